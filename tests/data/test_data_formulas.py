"""Fields worked out from others by a formula: their values, classes and splits, and what is said of formulas that do not fit."""

import numpy as np
import pytest
from data_help import plan_of, recipe

import builder
from builder.data import open_data
from builder.diagnostics import SpecError
from builder.graph.plans import EquationPlan, FieldPlan

RNG = np.random.default_rng(1)
IMAGES = RNG.integers(0, 256, (20, 3, 3, 1)).astype("uint8")
LABELS = np.arange(20) % 6


@pytest.fixture
def source(tmp_path):
    np.savez(tmp_path / "some.npz", image=IMAGES, label=LABELS, score=RNG.normal(size=20).astype("float32"))
    return tmp_path, recipe("Npz", path="some.npz", label="label")


def formula(text: str, *reads: str, **constants) -> FieldPlan:
    return FieldPlan("", None, None, EquationPlan(text, (), tuple(constants.items())), (*reads, *constants))


def opened(source, **fields):
    base, recipe = source
    return open_data(plan_of(base, recipe, fields=fields, test=0.3))


def values(data, name: str) -> np.ndarray:
    """A field of all examples, in the order of the images' own labels and pixels."""
    return np.concatenate([np.asarray(split.column(name)) for split in data.splits.values()])


def test_fields_are_what_numpy_makes_of_them_in_every_split(source):
    data = opened(source, parity=formula("label % 2", "label"), ink=formula("mean(image, axis=[1, 2, 3]) / scale", "image", scale=10),
                  double=formula("2 * ink", "ink"), sum=formula("image + image", "image"))
    label, image = values(data, "label"), values(data, "image")
    np.testing.assert_array_equal(values(data, "parity"), label % 2)
    np.testing.assert_allclose(values(data, "ink"), image.reshape(20, -1).mean(1) / 10, rtol=1e-6)
    np.testing.assert_allclose(values(data, "double"), image.reshape(20, -1).mean(1) / 5, rtol=1e-6)
    np.testing.assert_array_equal(values(data, "sum"), image.astype("int64") * 2)  # bytes do not run over
    assert {name: (one.dtype, one.classes) for name, one in data.fields.items() if name in ("parity", "ink", "sum")} == {
        "parity": ("int64", ("0", "1")), "ink": ("float32", None), "sum": ("int64", None)}


def test_a_large_field_is_worked_out_in_parts(source, monkeypatch):
    from builder.data import formulas

    whole = values(opened(source, ink=formula("mean(image, axis=[1, 2, 3])", "image")), "ink")
    monkeypatch.setattr(formulas, "CHUNK", 9 * 8 * 3)
    np.testing.assert_array_equal(values(opened(source, ink=formula("mean(image, axis=[1, 2, 3])", "image")), "ink"), whole)


def test_a_name_that_is_a_param_and_a_field_is_the_field(source):
    data = opened(source, odd=formula("label % 2", label=7))
    np.testing.assert_array_equal(values(data, "odd"), values(data, "label") % 2)


@pytest.mark.parametrize("plan, kind, problem", [
    (formula("lable % 2", "lable"), "unknown-field", None),
    (formula("mean(image)", "image"), "field-formula", "it gives one value for all examples"),
    (formula("image[0]", "image"), "field-formula", "it gives 3 values for"),
    (formula("3 * width", width=4), "field-formula", "it reads no field"),
    (formula("1 if label > 4 else 0", "label"), "field-formula", "truth value"),
    (formula("concatenate([label, image])", "label", "image"), "field-formula", ""),
])
def test_what_does_not_fit_is_told(source, plan, kind, problem):
    with pytest.raises(SpecError) as error:
        opened(source, made=plan)
    fault = error.value.faults[0]
    assert fault.kind == kind and (problem is None or problem in fault.facts["problem"])


def test_a_name_that_is_taken(source):
    with pytest.raises(SpecError) as error:
        opened(source, score=formula("label * 2", "label"))
    assert error.value.faults[0].kind == "field-taken"


SPEC = ("data: {source: Digits, fields: {made: {formula: %s}}}\nmodel: {inputs: {image: [8, 8, 1]}, layers: [Flatten, {Dense: 1, name: made}]}\n"
        "train: {loss: MeanSquaredError}")


@pytest.mark.parametrize("text, kind", [
    ("nothing(label)", "unknown-function"), ("label %", "bad-formula"), ("2 ** 3", "field-formula"), ("{a: 1}", "wrong-shape"),
])
def test_what_the_text_alone_tells(text, kind):
    with pytest.raises(SpecError) as error:
        builder.check(SPEC % text)
    assert [fault.kind for fault in error.value.faults][:1] == [kind]


def test_nothing_stands_beside_a_formula():
    with pytest.raises(SpecError) as error:
        builder.check((SPEC % "label % 2").replace("formula:", "from: label, formula:"))
    assert error.value.faults[0].kind == "unknown-key"
