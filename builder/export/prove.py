"""Reloads exports in a fresh process and writes down what they give; run as a script, it needs nothing of ours.

`python -P prove.py JOBS.json` does each job in turn. A job has `format`, `path`, `inputs` [[name, key], ...],
`outputs` [name, ...], `rowwise`, `modules` [[name, file], ...], `cases` [[given.npz, got.npz], ...] and `error`. The
arrays of a file stand in the order of `inputs`, or of `outputs`. What a job raises is written to its `error` file.
"""

import contextlib
import importlib
import importlib.util
import json
import sys
import traceback

import numpy as np


def load_saved_model(job, name="serving_default"):
    import tensorflow as tf

    loaded = tf.saved_model.load(job["path"])

    def call(named):
        signature = loaded.signatures[name]  # `loaded` must stay alive while it is called
        return signature(**{key: tf.constant(named[name]) for name, key in job["inputs"]})

    return call


def load_generate(job):
    return load_saved_model(job, "generate")


def load_keras(job):
    import keras
    import tensorflow as tf

    for name, file in job["modules"]:
        _import(name, file)
    model = keras.saving.load_model(job["path"], compile=False)
    return lambda named: model({name: tf.constant(values) for name, values in named.items()}, training=False)


def load_onnx(job):
    import onnxruntime

    session = onnxruntime.InferenceSession(job["path"], providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return lambda named: dict(zip(names, session.run(names, {key: named[name] for name, key in job["inputs"]})))


def load_litert(job):
    runner = _interpreter(job["path"]).get_signature_runner("serving_default")

    def call(named):
        given = {key: _bytes(named[name]) for name, key in job["inputs"]}
        return {name: np.array(values) for name, values in runner(**given).items()}

    return call


def _interpreter(path):
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        from tensorflow.lite.python.interpreter import Interpreter
    return Interpreter(path)


def _bytes(values):
    return np.char.encode(values, "utf-8").astype(object) if values.dtype.kind == "U" else values


def _import(name, file):
    """A module of the user's own layers, under the name it had when the model was saved."""
    if not file:
        importlib.import_module(name)
        return
    spec = importlib.util.spec_from_file_location(name, file)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


LOADERS = {"saved_model": load_saved_model, "generate": load_generate, "keras": load_keras, "onnx": load_onnx, "litert": load_litert}


def do(job):
    call = LOADERS[job["format"]](job)
    for given, got in job["cases"]:
        with np.load(given) as arrays:
            named = dict(zip((name for name, _ in job["inputs"]), (arrays[key] for key in arrays.files)))
        outputs = _by_rows(call, named) if job["rowwise"] else _plain(call(named))
        np.savez(got, *(outputs[name] for name in job["outputs"]))


def _by_rows(call, named):
    count = len(next(iter(named.values())))
    rows = [_plain(call({name: values[row:row + 1] for name, values in named.items()})) for row in range(count)]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def _plain(outputs):
    return {name: as_plain(np.asarray(values)) for name, values in outputs.items()}


def as_plain(values):
    """An array numpy can store without pickle: text as unicode, bfloat16 as float32."""
    if values.dtype.kind in "OS":
        texts = [value.decode() if isinstance(value, bytes) else str(value) for value in values.ravel().tolist()]
        return np.array(texts, dtype=str).reshape(values.shape)
    return values.astype("float32") if values.dtype.kind == "V" or values.dtype.name == "bfloat16" else values


def main(path):
    with open(path, encoding="utf-8") as file:
        jobs = json.load(file)
    for job in jobs:
        with contextlib.suppress(OSError), open(job["error"], "w", encoding="utf-8") as told:
            try:
                do(job)
            except Exception:
                told.write(traceback.format_exc())


if __name__ == "__main__":
    main(sys.argv[1])
