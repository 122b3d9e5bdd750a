"""Whether data fit a model: each fault and its text; and made-up data, which always fit."""

import numpy as np
import pytest
from data_help import recipe
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.data import Data, Split, Target, check_fields, made_up
from builder.data.table import column, labels, texts
from builder.diagnostics import Source, Span, SpecError, render
from builder.graph.graph import TensorSpec

SPEC = Source("s.yaml", "model:\n  inputs: {image: [28, 28, 1]}\ndata:\n  source: {Npz: mnist.npz}\n")
INPUT, SOURCE = Span(SPEC, 2, 19, 2, 30), Span(SPEC, 4, 11, 4, 27)


def data_of(span=None, **columns):
    made = {n: texts(n, v) if isinstance(v, list) else column(n, v) for n, v in columns.items()}
    made["label"] = labels("label", [0, 1, 2, 1], ("a", "b", "c"))
    return Data({n: c.field for n, c in made.items()}, {"train": Split("train", made)}, span=span)


def said(data, inputs=(), targets=(), **more):
    with pytest.raises(SpecError) as caught:
        check_fields(data, dict(inputs), targets, **more)
    return render(caught.value.faults)


IMAGE = np.zeros((4, 28, 28), "uint8")


def test_shapes_that_do_not_fit():
    data = data_of(SOURCE, image=IMAGE)
    assert said(data, {"image": TensorSpec((28, 28, 1))}, spans={"image": INPUT}) == """\
error[data-shape]: the field `image` does not fit the input `image`
 --> s.yaml:2:19
  |
2 |   inputs: {image: [28, 28, 1]}
  |                   ^^^^^^^^^^^ the input wants (28, 28, 1)
...
4 |   source: {Npz: mnist.npz}
  |           ^^^^^^^^^^^^^^^^ the data has (28, 28), 4 examples
help: add the channel axis: `fields: {image: {reshape: [28, 28, 1]}}`
note: the data has (28, 28)
"""


@pytest.mark.parametrize("wanted, help", [
    ((784,), "reshape it: `fields: {image: {reshape: [784]}}`"),
    ((32, 32), "say what the data has: `inputs: {image: [28, 28]}`"),
    ((28,), "say what the data has: `inputs: {image: [28, 28]}`"),
])
def test_help_for_shapes(wanted, help):
    assert f"help: {help}\n" in said(data_of(image=IMAGE), {"image": TensorSpec(wanted)})


def test_help_for_images_of_another_size():
    text = said(data_of(image=IMAGE[..., None]), {"image": TensorSpec((32, 32, 1))})
    assert "help: say `inputs: {image: [28, 28, 1]}` and begin the model with `- Resizing: [32, 32]`\n" in text


@pytest.mark.parametrize("array, wanted", [
    (IMAGE, TensorSpec((28, 28))), (IMAGE, TensorSpec((None, 28))), (IMAGE[:, 0, 0], TensorSpec((1,))),
    (IMAGE[:, 0, :1], TensorSpec(())), (np.array([1.0, 2, 3, 4]), TensorSpec((), "int64")),
    (["a"] * 4, TensorSpec((1,), "string")),
])
def test_what_fits(array, wanted):
    check_fields(data_of(image=array), {"image": wanted})


def test_a_missing_field():
    targets = [Target("digit", "lable", TensorSpec((3,)), "SparseCategoricalCrossentropy")]
    assert said(data_of(image=IMAGE), {"imag": TensorSpec((28, 28))}, targets) == """\
error[missing-field]: the input `imag` has no field of its name
help: rename a field: `fields: {imag: image}`
note: fields there are: image, label

error[missing-field]: the output `digit` is compared with the field `lable`, but there is none
help: give the step that makes it `name: label`, or the loss of this output `target: label`
note: fields there are: image, label
"""


def test_a_missing_field_that_nothing_is_near():
    targets = [Target("dense", "dense", TensorSpec((3,)), "SparseCategoricalCrossentropy")]
    assert "`target: label`" in said(data_of(image=IMAGE), {"image": TensorSpec((28, 28))}, targets)
    assert "`fields: {photo: image}`" in said(data_of(image=IMAGE), {"photo": TensorSpec((28, 28))})


@pytest.mark.parametrize("array, wanted, text", [
    (["a"] * 4, "float32", "the input `x` wants float32, but its field holds text"),
    (np.zeros(4), "string", "the input `x` wants string, but its field holds numbers"),
    (np.array([0, 1.5, 2, 3]), "int32", "the input `x` wants int32, but its field holds fractions"),
    (np.array([0, np.nan, 2, 3]), "int32", "the input `x` wants int32, but its field holds missing values"),
])
def test_dtypes_that_do_not_fit(array, wanted, text):
    assert said(data_of(x=array), {"x": TensorSpec((), wanted)}).startswith(f"error[data-dtype]: {text}\nhelp: ")


SPARSE, CROSS, BINARY = "SparseCategoricalCrossentropy", "CategoricalCrossentropy", "BinaryCrossentropy"


@pytest.mark.parametrize("field, shape, loss", [
    ("label", (3,), SPARSE), ("label", (7,), SPARSE), ("x", (), "MeanSquaredError"), ("x", (1,), "MeanSquaredError"),
    ("mask", (2, 2, 1), BINARY), ("classes", (2, 2, 5), SPARSE), ("label", (99,), None), ("x", (1,), BINARY),
])
def test_targets_that_fit(field, shape, loss):
    data = data_of(x=np.array([0, 1, 1, 0.0]), mask=np.zeros((4, 2, 2), "uint8"), classes=np.full((4, 2, 2), 4))
    check_fields(data, {}, [Target("out", field, TensorSpec(shape), loss)])


@pytest.mark.parametrize("field, shape, loss, text", [
    ("label", (2,), SPARSE, """\
error[label-range]: the field `label` holds 2, but the output `out` knows only 0 to 1
help: give the output 3 units
note: found in the train split, of 3 classes
"""),
    ("label", (1,), BINARY, """\
error[label-range]: the field `label` holds 2, but the output `out` knows only 0 to 1
help: give the output 3 units and use `SparseCategoricalCrossentropy`
note: found in the train split, of 3 classes
"""),
    ("x", (3,), SPARSE, """\
error[label-range]: the field `x` holds -1, but the output `out` knows only 0 to 2
note: found in the train split
"""),
    ("from_one", (3,), SPARSE, """\
error[label-range]: the field `from_one` holds 3, but the output `out` knows only 0 to 2
help: classes count from 0: `fields: {given: from_one, from_one: {formula: given - 1}}` under `data`
note: found in the train split
"""),
    ("label", (3,), CROSS, """\
error[target-shape]: `CategoricalCrossentropy` cannot compare the output `out` with the field `label`
help: for class numbers use `SparseCategoricalCrossentropy`
note: the output has the shape (3,), the field one value; the loss wants (3,)
"""),
    ("onehot", (3,), SPARSE, """\
error[target-shape]: `SparseCategoricalCrossentropy` cannot compare the output `out` with the field `onehot`
help: for a value for each class use `CategoricalCrossentropy`
note: the output has the shape (3,), the field (3,); the loss wants whole numbers of shape ()
"""),
    ("words", (1,), "MeanSquaredError", """\
error[text-target]: the output `out` is compared with `words`, which is text
help: make it a class: `label: words` in the source
"""),
])
def test_targets_that_do_not_fit(field, shape, loss, text):
    data = data_of(x=np.array([0, 1, 1, -1.0]), from_one=np.array([1, 2, 3, 2]), onehot=np.eye(4)[:, :3], words=["a"] * 4)
    assert said(data, {}, [Target("out", field, TensorSpec(shape), loss)]) == text


# made-up data ----------------------------------------------------------------------------------

SIZES = st.lists(st.one_of(st.none(), st.integers(1, 4)), max_size=3).map(tuple)
DTYPES = st.sampled_from(["float32", "int32", "int64", "string", "uint8", "bool"])


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), st.builds(TensorSpec, SIZES, DTYPES), min_size=1), SIZES.filter(bool),
       st.sampled_from([SPARSE, CROSS, BINARY, "MeanSquaredError", None]))
def test_made_up_data_fit(inputs, shape, loss):
    targets = [Target("out", "y", TensorSpec(shape), loss)]
    data = made_up(inputs, targets, 4)
    check_fields(data, inputs, targets)
    assert data.splits["train"].size == data.splits["validation"].size == 4


def test_made_up_data_are_batches():
    data = made_up({"image": TensorSpec((None, None, 3)), "text": TensorSpec((1,), "string")}, [
        Target("label", "label", TensorSpec((5,)), SPARSE), Target("again", "image", TensorSpec((64, 64, 3)), "MeanSquaredError")])
    x, y = next(iter(data.splits["train"].dataset(["image", "text"], {"label": "label", "again": "image"}, 8)))
    assert x["image"].shape == (8, 64, 64, 3)
    assert np.array_equal(x["image"], y["again"])
    assert x["text"].dtype == "string"
    assert set(y["label"].numpy()) <= set(range(5))


def test_digits_fit_lenet(opened):
    data = opened(recipe("Digits"), validation=0.1)
    check_fields(data, {"image": TensorSpec((8, 8, 1))}, [Target("label", "label", TensorSpec((10,)), SPARSE)])


def test_targets_with_gaps():
    text = said(data_of(x=np.array([0, np.nan, 1, np.nan])), {}, [Target("price", "x", TensorSpec((1,)), "MeanSquaredError")])
    assert text == """\
error[target-gaps]: the output `price` is compared with `x`, which has 2 missing values
help: leave such rows out: `label: x, numbers: x` in the source and `skip_bad: true` under `data`
note: one of them makes the loss of its batch, and then every weight, not a number
"""


def test_a_folder_of_one_class(tmp_path, opened):
    from data_help import write_images

    write_images(tmp_path, {"cat": 3})
    data = opened(recipe("ImageFolder", folder="."))
    inputs = {"image": TensorSpec((4, 5, 3))}
    with pytest.raises(SpecError) as caught:
        check_fields(data, inputs, [Target("label", "label", TensorSpec((2,)), SPARSE)])
    assert render(caught.value.faults) == (
        "error[one-class]: `label` has one class only, `cat`, so the output `label` has nothing to tell apart\n"
        "help: give examples of another class, where classes are folders in a folder of its own\n")
    check_fields(data, inputs, [Target("again", "image", TensorSpec((4, 5, 3)), "MeanSquaredError")])


def test_numbers_that_became_classes_are_no_targets_of_numbers():
    def checked(classes, loss="MeanSquaredError", units=1):
        made = {"mass": labels("mass", [0, 2, 1], classes)}
        check_fields(Data({"mass": made["mass"].field}, {"train": Split("train", made)}), {}, [Target("mass", "mass", TensorSpec((units,)), loss)])

    checked(("0", "1", "2"))
    checked(("small", "middling", "large"))
    checked(("2700", "2850", "3000"), "SparseCategoricalCrossentropy", 3)
    with pytest.raises(SpecError) as caught:
        checked(("2700", "2850", "3000"))
    assert render(caught.value.faults) == """\
error[class-as-number]: `MeanSquaredError` compares with the values of `mass`, but it is a class, so these are its places among 3 classes
help: keep its values: `numbers: mass` in a `Csv`, or take it out of `label`
note: `2700` is class 0 and `3000` is class 2
"""
