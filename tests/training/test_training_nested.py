"""A network that the model uses and another network too has one set of layers under two names."""

import keras
import numpy as np
import program_training as small
import pytest

from builder import experiment
from builder.graph.updates import updates
from builder.model.saving import save
from builder.training import freeze
from builder.training.freeze import layers_by_name, trainable_flags

NESTED = """
name: nested
networks:
  inner: {inputs: {x: [4]}, layers: [{Dense: 4, name: d}]}
  outer: {inputs: {x: [4]}, layers: [{use: inner, name: i}, {Dense: 1, name: e}]}
model:
  inputs: {x: [4]}
  layers:
    - {use: inner, from: x, name: z}
    - {use: outer, from: z, name: y}
"""


@pytest.mark.parametrize(("pattern", "trained"),
                         [("inner", ["outer.e"]), ("outer.inner", ["outer.e"]), ("outer.e", ["inner.d", "outer.inner.d"]), ("outer", [])])
def test_either_name_freezes_it(pattern, trained):
    model, _ = small.made(NESTED)
    freeze.apply(model, trainable_flags(model), (pattern,), ())
    assert [name for name, layer in layers_by_name(model) if layer.trainable_variables] == trained


@pytest.mark.parametrize(("settings", "parameters"), [("", 25), ("update: inner, ", 20), ("update: outer, ", 25), ("update: outer.e, ", 5)])
def test_its_parameters_are_counted_once(settings, parameters):
    checked = experiment.check(NESTED + f"train: {{steps: [{{{settings}loss: {{MeanSquaredError: {{}}, from: y, target: 1}}}}]}}")
    assert [one.parameters for one in updates(checked.graph, checked.phases)] == [parameters]
    frozen = experiment.check(NESTED + f"train: {{steps: [{{{settings}loss: {{MeanSquaredError: {{}}, from: y, target: 1}}}}], freeze: [outer.inner]}}")
    assert [one.parameters for one in updates(frozen.graph, frozen.phases)] == [{25: 5, 20: 0, 5: 5}[parameters]]


def test_it_is_saved_as_one(tmp_path):
    """Keras alone writes a file that it cannot load: it takes the inner call of a network for the outer one."""
    model, _ = small.made(NESTED)
    x, file = {"x": np.random.default_rng(0).normal(size=(3, 4)).astype("float32")}, tmp_path / "nested.keras"
    model.save(file)
    with pytest.raises(ValueError, match="used 2 times"):
        keras.saving.load_model(file)
    for saved in (model, None):  # and once more what was loaded
        save(saved or keras.saving.load_model(file), file)
        loaded = keras.saving.load_model(file)
        assert (loaded(x)["y"].numpy() == model(x)["y"].numpy()).all() and len(loaded.trainable_variables) == 4
