"""Files given to a trained model: images, rows and texts."""

import numpy as np
import pytest
from data_help import plan_of, recipe, write_images

from builder.data import read_examples
from builder.diagnostics import SpecError, render
from builder.graph.graph import TensorSpec
from builder.graph.plans import FieldPlan

IMAGE = {"image": TensorSpec((4, 5, 1))}
TEXT = {"text": TensorSpec((1,), "string")}
ROW = {"age": TensorSpec((1,)), "zip": TensorSpec((), "string")}


def said(*arguments):
    with pytest.raises(SpecError) as caught:
        read_examples(*arguments)
    return render(caught.value.faults)


def test_images_are_brought_to_size(tmp_path):
    write_images(tmp_path, {"a": 2}, size=(9, 9, 3))
    found = read_examples(None, ["a/000.png", "a/001.png"], IMAGE, tmp_path)
    assert found.names == ("a/000.png", "a/001.png")
    batch = next(iter(found.dataset(IMAGE)))
    assert batch["image"].shape == (2, 4, 5, 1)
    assert batch["image"].dtype == "float32"


def test_images_for_an_input_without_channels(tmp_path):
    write_images(tmp_path, {"a": 1})
    flat = {"image": TensorSpec((4, 5))}
    assert next(iter(read_examples(None, ["a/000.png"], flat, tmp_path).dataset(flat)))["image"].shape == (1, 4, 5)


def test_lines_and_whole_texts(tmp_path):
    (tmp_path / "a.txt").write_text("one\n\ntwo\n")
    found = read_examples(plan_of(tmp_path, recipe("TextLines", files=".")), ["a.txt"], TEXT, tmp_path)
    assert found.names == ("a.txt:1", "a.txt:3")
    assert next(iter(found.dataset(TEXT)))["text"].numpy().tolist() == [[b"one"], [b"two"]]
    whole = read_examples(plan_of(tmp_path, recipe("TextFolder", folder=".")), ["a.txt"], TEXT, tmp_path)
    assert whole.split.column("text").tolist() == ["one\n\ntwo"]


@pytest.mark.parametrize("text", ["31,0123,yes\n?,77,no\n", "31,0123\n?,77\n"])
def test_rows_with_and_without_their_label(tmp_path, text):
    (tmp_path / "new.csv").write_text(text)
    source = recipe("Csv", path="old.csv", columns=("years", "zip", "bought"), label="bought", header=False)
    plan = plan_of(tmp_path, source, fields={"age": FieldPlan("years")})
    found = read_examples(plan, ["new.csv"], ROW, tmp_path)
    assert found.names == ("new.csv, row 1", "new.csv, row 2")
    assert np.array_equal(found.split.column("age"), np.array([31, np.nan], "float32"), equal_nan=True)
    assert found.split.column("zip").tolist() == ["0123", "77"]


def test_what_does_not_fit(tmp_path):
    write_images(tmp_path, {"a": 1})
    (tmp_path / "t.csv").write_text("age,zip\nold,1\n")
    (tmp_path / "u.csv").write_text("age\n3\n")
    (tmp_path / "bad.png").write_bytes(b"")
    assert said(None, ["t.csv"], ROW, tmp_path).startswith(
        "error[data-dtype]: the input `age` wants float32, but its field holds text\n")
    assert said(None, ["u.csv"], ROW, tmp_path).startswith("error[missing-column]: `u.csv` has no column named `zip`\n")
    assert said(None, ["a/000.png"], ROW, tmp_path) == (
        "error[predict-inputs]: `a/000.png` cannot be several inputs at once\nhelp: give a CSV file with the columns age, zip\n")
    assert "error[predict-kind]: `a/000.png` cannot be read as the input `x`" in said(None, ["a/000.png"], {"x": TensorSpec((3,))}, tmp_path)
    assert "error[bad-image]: `bad.png` does not decode: the file is empty" in said(None, ["bad.png"], IMAGE, tmp_path)
    assert "error[missing-path]: there is no file `no.png`" in said(None, ["no.png"], IMAGE, tmp_path)
