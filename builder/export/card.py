"""What lies beside an export: the model's card, the names of its classes, a request for TensorFlow Serving."""

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np

from builder.export.formats import FORMATS, Source
from builder.export.generated import Proved
from builder.export.interface import Interface, Port
from builder.export.proof import own_modules
from builder.training.files import read_json, write_json, write_text

CARD, REQUEST, LABELS = "model_card.json", "request.json", "labels.json"
PACKAGES = ("keras-bricks", "keras", "tensorflow", "numpy")


def write_beside(folder: Path, source: Source, done: Sequence, *, spec_text: str | None, metrics: Mapping | None,
                 info: Mapping | None, real: bool) -> None:
    """Writes the card, and where they mean something the labels and the request.

    `done` are the `Exported` of this time; those of earlier times stay on the card where the weights are the same.
    `real` tells whether the examples of the proof are real ones.
    """
    card = {
        "name": source.name,
        "created": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "inputs": {port.name: _input(port) for port in source.ports.inputs},
        "outputs": {port.name: _output(source.ports, port) for port in source.ports.outputs},
        "parameters": source.model.count_params(),
        "spec_sha256": hashlib.sha256(spec_text.encode()).hexdigest() if spec_text else None,
        "weights_sha256": weights_hash(source.model),
        "metrics": dict(metrics or {}),
        "versions": {name: version for name in PACKAGES if (version := _version(name))},
        **({"run": dict(info)} if info else {}),
    }
    exports = {one.format: _export(source, one, real) for one in done}
    exports = {**_earlier(folder, card), **exports}
    card["exports"] = {format: exports[format] for format in FORMATS if format in exports}
    if "saved_model" in exports:
        card["serve"] = _serve(source.name)
        write_text(folder / REQUEST, json.dumps(request(source)) + "\n")
    labels = {port.name: list(port.classes) for port in source.ports.outputs if port.classes}
    if labels:
        write_json(folder / LABELS, labels)
    write_json(folder / CARD, card)


def _input(port: Port) -> dict:
    return {"key": port.key, "shape": list(port.shape), "dtype": port.dtype}


def _output(ports: Interface, port: Port) -> dict:
    plain = {"shape": list(port.shape), "dtype": port.dtype}
    if not port.classes:
        return plain
    return {**plain, "classes": list(port.classes), "class_key": ports.class_key(port)}


def _export(source: Source, done, real: bool) -> dict:
    needs = {"needs": _needs(source.model)} if done.format == "keras" else {}
    return {"path": done.path.name, "greatest_difference": _finite(done.greatest_difference),
            "compared_on": "real inputs" if real else "made-up inputs", **needs, **_generates(source, done.sequences)}


def _generates(source: Source, proved: Proved | None) -> dict:
    """The signature that makes sequences: what it reads, and how it was proved."""
    if proved is None:
        return {}
    keys = [port.key for port in source.ports.inputs if port.name in source.generator.plan.needs]
    return {"generate": {"inputs": keys, "search": source.generator.how.search, "sequences": proved.count, "proof": proved.told}}


def _needs(model) -> list[str]:
    """What must be installed, or lie at hand, for a `.keras` file to load."""
    own = own_modules(model)
    ours = ["keras-bricks"] if any(not file for file in own.values()) else []
    return ["keras", *ours, *(Path(file).name for file in own.values() if file)]


def _finite(number: float) -> float | None:
    return number if np.isfinite(number) else None


def _earlier(folder: Path, card: Mapping) -> dict:
    """Exports of these very weights that were made before and still lie there."""
    before = read_json(folder / CARD, {})
    same = isinstance(before, dict) and all(before.get(key) == card[key] for key in ("name", "weights_sha256"))
    exports = before.get("exports", {}) if same else {}
    return {format: one for format, one in exports.items() if (folder / one["path"]).exists()}


def weights_hash(model) -> str:
    """A hash of all weights, in the model's order."""
    total = hashlib.sha256()
    for variable in model.weights:
        total.update(np.ascontiguousarray(variable.numpy()).tobytes())
    return total.hexdigest()


def _serve(name: str) -> dict:
    """How to serve the SavedModel; both commands are for the folder the card lies in."""
    return {
        "signature": "serving_default",
        "command": f'docker run --rm -p 8501:8501 -v "$PWD/saved_model:/models/{name}/1" -e MODEL_NAME={name} '
                   "tensorflow/serving",
        "request": f"curl -d @{REQUEST} http://localhost:8501/v1/models/{name}:predict",
    }


def request(source: Source) -> dict:
    """One example as TensorFlow Serving's REST interface takes it, in the form of a list of instances."""
    instance = {port.key: source.examples[port.name][0].tolist() for port in source.ports.inputs}
    return {"signature_name": "serving_default", "instances": [instance]}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
