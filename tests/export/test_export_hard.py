"""Models that some format finds hard: text, recurrence, layers of one's own, chance, half precision."""

import json
import sys

import export_models as models
import numpy as np
import pytest
import tensorflow as tf

from builder.catalog import make
from builder.diagnostics import SpecError, render
from builder.export import export
from builder.export.graphs import write_graph
from builder.export.interface import interface, plain_model
from builder.graph.graph import Recipe

OWN = '''
import keras
@keras.saving.register_keras_serializable(package="mine")
class Twice(keras.layers.Layer):
    def call(self, x):
        return 2 * x
@keras.saving.register_keras_serializable(package="mine")
class Noise(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seeds = keras.random.SeedGenerator(3)
    def call(self, x):
        return x + keras.random.normal(keras.ops.shape(x), seed=self.seeds)
'''


def signature(path):
    loaded = tf.saved_model.load(str(path))
    return loaded, loaded.signatures["serving_default"]


def test_text_goes_in_and_a_class_comes_out(tmp_path):
    [done] = export(models.words(), "saved_model", tmp_path, classes={"label": ["bad", "good"]},
                    samples={"text": np.array([b"good film", "bäd".encode(), b""], object)})
    _, serve = signature(done.path)
    outputs = serve(text=tf.constant(["a good film", "bad"]))
    names = [["bad", "good"][int(score > 0.5)] for score in outputs["label"].numpy()[:, 0]]
    assert [name.decode() for name in outputs["label_class"].numpy()] == names
    assert json.loads((tmp_path / "request.json").read_text())["instances"] == [{"text": "good film"}]


@pytest.mark.slow
def test_a_recurrent_model_becomes_litert_of_a_fixed_shape(tmp_path):
    [done] = export(models.recurrent(), ["litert"], tmp_path, samples={"ids": np.arange(12).reshape(2, 6)})
    assert done.greatest_difference < 1e-5
    assert render(done.warnings) == (
        "warning[export-fixed]: LiteRT takes this model's inputs one example at a time, in a fixed shape\n"
        "note: inputs: ids (1, 6)\n"
        "note: a recurrent layer of free length needs operations that LiteRT lacks\n")


def test_no_kernel_of_a_gpu_is_exported(tmp_path, monkeypatch):
    """On a machine with a GPU Keras lays cuDNN's kernels into the graph, which then runs on no other."""
    rnn = sys.modules["keras.src.backend.tensorflow.rnn"]
    monkeypatch.setattr(rnn, "_is_gpu_available", lambda: True)
    model = plain_model(models.recurrent(models.layers.GRU))
    write_graph(model, interface(model), tmp_path / "graph")
    assert b"Cudnn" not in (tmp_path / "graph" / "saved_model.pb").read_bytes()
    model.export(tmp_path / "keras", verbose=False)
    assert b"Cudnn" in (tmp_path / "keras" / "saved_model.pb").read_bytes()
    assert {layer.use_cudnn for layer in model._flatten_layers() if hasattr(layer, "use_cudnn")} == {"auto"}


def test_layers_of_this_project_and_of_the_user(tmp_path, monkeypatch):
    own = _own(tmp_path, monkeypatch)
    model = models.dense(make(Recipe("layer", "FillMissing", ())), own.Twice())
    [done] = export(model, "keras", tmp_path / "out")
    card = json.loads((tmp_path / "out" / "model_card.json").read_text())
    assert done.greatest_difference == 0
    assert card["exports"]["keras"]["needs"] == ["keras", "keras-bricks", "mine.py"]


@pytest.mark.slow
def test_of_a_model_that_draws_only_shapes_are_compared(tmp_path, monkeypatch):
    model = models.dense(_own(tmp_path, monkeypatch).Noise())
    before = [variable.numpy() for variable in model.variables]
    [done] = export(model, "saved_model", tmp_path / "out")
    assert np.isnan(done.greatest_difference)
    assert [warning.kind for warning in done.warnings] == ["export-random"]
    assert all(np.array_equal(old, new) for old, new in zip(before, model.variables))


@pytest.mark.slow
def test_half_precision_is_allowed_its_rounding(tmp_path):
    policy = models.keras.dtype_policies.DTypePolicy("mixed_bfloat16")
    model = models.dense(models.layers.Dense(8, dtype=policy), dtype=policy)
    done = export(model, ["saved_model", "keras"], tmp_path)
    assert all(one.greatest_difference < 3e-2 for one in done)


def test_operations_that_litert_lacks_are_named(tmp_path, monkeypatch):
    model = models.dense(_own(tmp_path, monkeypatch).Noise())
    with pytest.raises(SpecError) as error:
        export(model, "litert", tmp_path / "out")
    assert render(error.value.faults) == (
        "error[export-operations]: LiteRT lacks `StatelessRandomGetKeyCounter`, `StatelessRandomNormalV2`, which this "
        "model needs\nhelp: export it as a SavedModel: `--format saved_model`\n")
    assert not list((tmp_path / "out").iterdir())


def _own(tmp_path, monkeypatch):
    """The module of the user's layers, as `--trust` loads one: a file, under a name of its own."""
    import importlib.util

    path = tmp_path / "mine.py"
    path.write_text(OWN)
    spec = importlib.util.spec_from_file_location(f"bricks_code_{tmp_path.name}", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module
