"""`build check --data`: what is told of the data, and the contact sheet of a training batch."""

import io
import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from builder.commands import cli
from builder.diagnostics import render

PHOTOS = """\
name: photos
data:
  source: {ImageFolder: [photos, size: [16, 16]]}
  validation: 0.25
  skip_bad: true
  augment: [RandomFlip: horizontal]
  batch: 4
model:
  inputs: {image: [16, 16, 3]}
  layers:
    - Flatten
    - Dense: [2, activation: softmax]
      name: label
train: {loss: SparseCategoricalCrossentropy, seed: 1}
"""
ROWS = """\
name: rows
data: {source: {Csv: [rows.csv, label: kind]}}
model:
  inputs: {size: [1]}
  layers:
    - Dense: [2, activation: softmax]
      name: kind
train: {loss: SparseCategoricalCrossentropy}
"""


def check(tmp_path, spec: str, *words: str):
    (tmp_path / "spec.yaml").write_text(spec, encoding="utf-8")
    return CliRunner().invoke(cli, ["check", str(tmp_path / "spec.yaml"), "--data", *words])


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BRICKS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def photos(tmp_path):
    """Red photos and blue ones: the left half lit, so that a flip is seen."""
    for name, channel in (("red", 0), ("blue", 2)):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for number in range(8):
            image = np.zeros((16, 16, 3), "uint8")
            image[:, :8, channel] = 255
            Image.fromarray(image).save(folder / f"{number}.png")
    (tmp_path / "photos/red/bad.png").write_bytes(b"no image")
    return tmp_path


@pytest.fixture
def rows(tmp_path):
    (tmp_path / "rows.csv").write_text("size,kind\n" + "".join(f"{n}.5,{'ab'[n % 2]}\n" for n in range(12)))
    return tmp_path


def test_what_is_told(photos):
    said = check(photos, PHOTOS, "-o", str(photos / "sheet.html")).output
    rows = [line.split() for line in said.splitlines()]
    assert ["image", "16×16×3", "uint8"] in rows and ["label", "one", "value", "int64", "2", "classes"] in rows
    assert ["split", "examples", "blue", "red"] in rows and ["train", "12", "6", "6"] in rows and ["validation", "4", "2", "2"] in rows
    assert "1 bad example was left out: photos/red/bad.png" in said and "  left out: photos/red/bad.png" in said
    assert said.rstrip().endswith("sheet.html")


def test_a_page_of_images_with_their_labels(photos):
    page = photos / "sheet.html"
    assert check(photos, PHOTOS, "-o", str(page)).exit_code == 0
    text = page.read_text(encoding="utf-8")
    labels = re.findall(r"<p><b>(\w+)</b></p>", text)
    pictures = [pixels_of(data) for data in re.findall(r'src="data:image/png;base64,([^"]+)"', text)]
    assert len(labels) == len(pictures) == 4 and set(labels) <= {"red", "blue"}
    assert [("red", "blue")[int(picture[..., 2].any())] for picture in pictures] == labels


def pixels_of(data: str) -> np.ndarray:
    from base64 import b64decode

    return np.asarray(Image.open(io.BytesIO(b64decode(data))).convert("RGB"))


def test_the_sheet_is_the_batch_that_is_trained_on(photos):
    from builder.experiment import check as checked
    from builder.experiment import look

    (photos / "spec.yaml").write_text(PHOTOS, encoding="utf-8")
    data, batch = look(checked(photos / "spec.yaml"))
    x, y = next(iter(data.splits["train"].dataset(["image"], ["label"], 4, shuffle_seed=1)))
    assert np.array_equal(batch.inputs["image"], x["image"]) and np.array_equal(batch.targets["label"], y["label"])
    plain, _ = next(iter(data.splits["train"].dataset(["image"], ["label"], 4, shuffle_seed=1, augment=False)))
    assert not np.array_equal(batch.inputs["image"], plain["image"])


def test_a_picture(photos):
    path = photos / "sheet.png"
    assert check(photos, PHOTOS, "-o", str(path)).exit_code == 0
    sheet = np.asarray(Image.open(path))
    assert sheet.shape == (12 + 112 + 4 + 16 + 12, 4 * 124 + 12, 3)
    lit = sheet[12 : 12 + 112, 12 : 12 + 112]
    assert {tuple(colour) for colour in lit.reshape(-1, 3)} <= {(0, 0, 0), (255, 0, 0), (0, 0, 255)}


def test_rows_where_there_are_no_images(rows):
    page = rows / "sheet.html"
    with open(rows / "rows.csv", "a") as file:
        file.write(",a\n")
    found = check(rows, ROWS, "-o", str(page))
    assert found.exit_code == 0 and "1 missing" in found.output
    sheet = page.read_text(encoding="utf-8").partition("<section")[0]
    found = re.findall(r"<tr><td[^>]*>([ab])</td><td[^>]*>([\d.]+)</td></tr>", sheet)
    assert sorted((float(size), kind) for kind, size in found) == [(n + 0.5, "ab"[n % 2]) for n in range(12)]


@pytest.mark.parametrize("name, said", [
    ("sheet.png", "no field of this data is an image"), ("sheet.jpg", "a contact sheet cannot be `.jpg`"), ("spec.yaml", "is there already")])
def test_files_that_cannot_be(rows, name, said):
    found = check(rows, ROWS, "-o", str(rows / name))
    assert said in render(found.exception.faults)


def test_without_a_file_it_is_a_page_of_its_own(rows):
    import pathlib

    told = json.loads(check(rows, ROWS, "--json").output)["data"]
    assert told["splits"] == {"train": 12} and told["classes"] == {"kind": {"train": [6, 6]}}
    sheet = pathlib.Path(told["sheet"])
    assert sheet.suffix == ".html" and sheet.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_sheet_needs_data(rows):
    bare = ROWS.replace("data: {source: {Csv: [rows.csv, label: kind]}}\n", "").partition("train:")[0]
    assert "a spec whose data are looked at needs `data`" in render(check(rows, bare).exception.faults)
    words = CliRunner().invoke(cli, ["check", str(rows / "spec.yaml"), "-o", "x.html"])
    assert words.exit_code == 2 and "-o is for the sheet of --data" in words.output


@pytest.mark.parametrize("value, said", [
    ([0.7, 0.3, 0.0], "cat 70%, dog 30%"), ([0.0, 1.0, 0.0], "dog"), (2, "eel"), ([0.4, 0.35, 0.25], "cat 40%, dog 35%, eel 25%")])
def test_classes_are_told_by_name(value, said):
    from builder.data import Field
    from builder.report.sheet import told

    assert told(Field("kind", (), "int64", ("cat", "dog", "eel")), np.array(value)) == said
