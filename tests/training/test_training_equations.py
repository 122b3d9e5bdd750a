"""An output whose loss is an equation is read and judged as one whose loss is Keras's."""

import json

import numpy as np
import pytest
from PIL import Image

from builder import SpecError, experiment
from builder.training.meaning import meaning

SPEC = """
name: own
data: {source: Digits, validation: 0.2, limit: 200}
losses:
  Own:
    params: [classes, smoothing: 0.0]
    let: {wanted: "one_hot(cast(y_true, 'int32'), classes) * (1 - smoothing) + smoothing / classes"}
    formula: -sum(wanted * log(clip(y_pred, 1e-7, 1)), axis=-1)
model:
  inputs: {image: [8, 8, 1]}
  layers: [Rescaling: =1 / 16, Flatten, {Dense: 10, name: scores}, {Activation: softmax, name: label}]
train:
  seed: 1
  loss: [{Own: 10, name: label_loss}]
  metrics: [accuracy]
  class_weight: {0: 5, 1: 0.1}
  epochs: 3
"""
KERAS = SPEC.replace("Own: 10,", "SparseCategoricalCrossentropy: {},")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("equations")
    return [experiment.train(text, runs=folder) for text in (SPEC, KERAS)]


def near(one, other) -> None:
    """Equal but for the last bits of numbers."""
    if isinstance(one, dict):
        assert list(one) == list(other)
        one, other = list(one.values()), list(other.values())
    if isinstance(one, list):
        assert len(one) == len(other)
        for pair in zip(one, other):
            near(*pair)
    else:
        assert one == (pytest.approx(other, abs=1e-4) if isinstance(other, float) else other)


def test_it_is_judged_as_with_the_loss_of_keras(runs):
    own, theirs = (json.loads((run.folder / "evaluation.json").read_text()) for run in runs)
    assert own["outputs"]["label"]["kind"] == "classes" and own["pictures"] == ["confusion.png"]
    near(own, theirs)
    for one, other in zip(*(run.model.get_weights() for run in runs), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("formula", ["mean(square(y_pred - one_hot(cast(y_true, 'int32'), 10)))", "mean(y_pred * one_hot(cast(y_true, 'int32'), 10), axis=0)"])
def test_weights_of_classes_need_a_value_for_each_example(formula):
    with pytest.raises(SpecError) as caught:
        experiment.check(SPEC.replace("{Own: 10, name: label_loss}", f'{{formula: "{formula}", from: label, target: label}}'))
    assert [fault.kind for fault in caught.value.faults] == ["class-weight-program"]


def test_predictions_have_the_names_of_classes(runs, tmp_path):
    Image.fromarray(np.arange(64, dtype="uint8").reshape(8, 8)).save(tmp_path / "a.png")
    own, theirs = (experiment.predict(run, [tmp_path / "a.png"])[0].as_json() for run in runs)
    assert set(own["label"]) == {"class", "probability", "probabilities"}
    near(own, theirs)


@pytest.mark.parametrize(("term", "activation"), [
    ("{Own: [10, smoothing: 0.1]}", "softmax"), ("{Own: 10, weight: =1 / (1 + epoch)}", "softmax"),
    ("{formula: -mean(y_true * scores), target: label}", "softmax"),
    ("{SparseCategoricalCrossentropy: [from_logits: true], from: scores, target: label}", "softmax"),
])
def test_what_is_compared_with_its_field_is_the_loss_of_an_output(term, activation):
    found = experiment.check(SPEC.replace("{Own: 10, name: label_loss}", term).replace("  class_weight: {0: 5, 1: 0.1}\n", "")).phases[-1]
    loss = found.losses["label"]
    assert loss.by_equation and loss.target == "label" and dict(loss.recipe.args)["activation"] == activation
    assert [measure.name for measure in found.measures] == ["accuracy"]


@pytest.mark.parametrize(("activation", "shape", "field", "classes", "found"), [
    ("softmax", (3,), ((), "int64"), "abc", ("class", False, True)),
    ("linear", (3,), ((1,), "int64"), "abc", ("class", True, True)),
    ("softmax", (3,), ((), "int64"), None, ("class", False, True)),
    ("softmax", (4, 3), ((4,), "int64"), "abc", ("class", False, True)),
    ("linear", (3,), ((), "int64"), None, ("number", False, False)),  # such as three quantiles of a count
    ("linear", (16,), ((), "int64"), "abc", ("embedding", False, False)),
    ("sigmoid", (1,), ((), "int64"), "ab", ("yes-no", False, False)),
    (None, (1,), ((), "int64"), "ab", ("yes-no", True, False)),
    ("sigmoid", (1,), ((1,), "bool"), None, ("yes-no", False, False)),
    ("linear", (1,), ((), "int64"), None, ("number", False, False)),
    ("softmax", (3,), ((3,), "float32"), None, ("class", False, False)),
    ("sigmoid", (3,), ((3,), "uint8"), None, ("labels", False, False)),
    ("sigmoid", (3,), ((3,), "float32"), None, ("number", False, False)),  # such as an image
])
def test_the_field_tells_what_an_output_is(activation, shape, field, classes, found):
    read = meaning("equation", {"activation": activation}, shape, classes and tuple(classes), dict(zip(("shape", "dtype"), field)))
    assert (read.kind, read.logits, read.sparse) == found
    assert read.classes == {"number": (), "labels": ("0", "1", "2"), "yes-no": tuple(classes or "01")}.get(read.kind, tuple(classes or "012"))


@pytest.mark.slow
def test_an_ensemble_of_it_is_judged_too(tmp_path):
    """Its members are plain models: there the equation is a loss of `compile`."""
    run = experiment.train(SPEC + "ensemble: {members: 2}\n", runs=tmp_path)
    told = json.loads((run.folder / "evaluation.json").read_text())
    assert told["outputs"]["label"]["kind"] == "classes" and told["combine"] == "mean"
    assert all(1 < figures["loss"] < 3 and 0 <= figures["accuracy"] <= 1 for figures in (told["metrics"], *told["members"].values()))
