"""Overrides, imports and the other ways in."""

import pytest

from builder.diagnostics import SpecError
from builder.language import load
from builder.language.load import shipped
from builder.language.tree import plain

TEXT = """name: small
params: {classes: 10, widths: [4, 8]}
model:
  inputs: {x: [4]}
  layers:
    - Dense: =classes
      name: label
train:
  - {loss: MeanSquaredError, epochs: 3}
  - {epochs: 5}
"""


def fault(text, **changes):
    with pytest.raises(SpecError) as error:
        load(text, {path.replace("__", "."): value for path, value in changes.items()})
    return error.value.faults[0]


@pytest.mark.parametrize("path, given, kept", [
    ("params.classes", 100, 100), ("params.classes", "100", 100), ("params.classes", "1e-3", 0.001), ("params.classes", "no", "no"),
    ("params.widths.1", "[1, {a: 2}]", [1, {"a": 2}]), ("params.classes", "=2 * 3", "=2 * 3"), ("params.classes", [1, 2], [1, 2]),
    ("params.classes", None, None), ("params.classes", True, True), ("params.classes", 0.25, 0.25), ("params.classes", "", None),
    ("params.widths", "\na: 1\nb: [2]\n", {"a": 1, "b": [2]}),
    ("train.1.epochs", 7, 7), ("name", "other", "other"), ("description", "added: 'as: this'", None)])
def test_overrides(path, given, kept):
    if path == "description":
        assert load(TEXT, {path: "'added: this'"}).description == "added: this"
        return
    node = load(TEXT, {path: given}).tree
    for key in path.split("."):
        node = node.items[int(key)] if key.isdecimal() else node.get(key)
    assert plain(node) == kept


def test_overrides_stand_where_a_key_may_stand():
    assert load(TEXT, {"data": "{source: Digits}"}).data.source.name == "Digits"
    assert load(TEXT, {"train": "{loss: Poisson}", "train.epochs": 3}).train[0].settings["epochs"].value == 3
    assert load(TEXT, {"train.1.seed": 3}).train[1].settings["seed"].value == 3 and load(TEXT,
                                                                                         {"model.weights": "old.keras"}).tree.get("model").get("weights").value == "old.keras"


@pytest.mark.parametrize("path, near", [
    ("params.clases", ["params.classes"]), ("parms.classes", ["params"]), ("train.0.epoch", ["train.0.epochs"]), ("model.layers.7", []), ("name.x", []),
    ("train.epochs", []), ("", []), ("params..classes", [])])
def test_unknown_paths(path, near):
    found = fault(TEXT, **{path: 1})
    assert found.kind == "unknown-path" and found.facts["near"] == near


def test_a_bad_value_points_into_itself():
    found = fault(TEXT, params__classes="[1, 2")
    assert found.kind == "bad-yaml" and found.span.source.name == "--set params.classes"


def test_shipped_specs_load_by_name():
    assert "lenet5" in shipped() and load("lenet5").name == "lenet5"


def test_a_spec_is_given_back():
    spec = load(TEXT)
    assert load(spec) is spec


def test_imports_of_imports_and_what_the_spec_says_wins(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.yaml").write_text("imports: [../b.yaml]\nblocks:\n  A: {layers: [Flatten]}\n  Same: {layers: [Flatten]}")
    (tmp_path / "b.yaml").write_text("blocks:\n  B: {layers: [Flatten]}\nnetworks:\n  n: {inputs: {x: [4]}, layers: [Flatten]}")
    (tmp_path / "main.yaml").write_text("imports: [deep/a.yaml]\nblocks:\n  Same: {layers: [Dense: 1]}\nmodel: {inputs: {x: [4]}, layers: [A]}")
    spec = load(tmp_path / "main.yaml")
    assert set(spec.blocks) == {"A", "B", "Same"} and set(spec.networks) == {"n"}
    assert spec.blocks["Same"].span.source is spec.source and spec.blocks["B"].span.source.name.endswith("b.yaml")


def test_the_same_file_by_two_ways_is_no_cycle(tmp_path):
    for name, text in {"c": "blocks: {C: {layers: [Flatten]}}", "a": "imports: [c.yaml]", "b": "imports: [c.yaml]"}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "main.yaml").write_text("imports: [a.yaml, b.yaml]\nmodel: {inputs: {x: [4]}, layers: [C]}")
    assert set(load(tmp_path / "main.yaml").blocks) == {"C"}
