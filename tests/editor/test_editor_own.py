"""The schema of one spec in yaml-language-server: its own blocks, their parameters, the names its sections are bound by."""

import json

import pytest
from editor_help import Editor

SPEC = """\
params: {classes: 10}
imports: [gates.yaml]
blocks:
  Twice:
    description: Two convolutions.
    params: [filters, act: relu, pad: same, gate: sigmoid]
    layers:
      - Conv2D: [=filters, 3, activation: =act, padding: =pad]
        name: first
      - Gate: [=gate]
networks:
  encoder: {inputs: {image: [8, 8, 1]}, layers: [Flatten]}
data: {source: Digits, fields: {picture: image, kind: label}}
model:
  inputs: {picture: [8, 8, 1]}
  layers:
    - Twice: [8, act: tanh]
    - Flatten
    - Dense: [=classes, activation: softmax]
      name: kind
train: {loss: SparseCategoricalCrossentropy}
"""
STEP = "    - Twice: [8, act: tanh]\n"


@pytest.fixture(scope="module")
def own(server, tmp_path_factory):
    from builder.commands.schema_ import schema_of

    folder = tmp_path_factory.mktemp("own")
    (folder / "gates.yaml").write_text("blocks: {Gate: {params: [by: sigmoid], layers: [Activation: =by]}}", encoding="utf-8")
    (folder / "own.yaml").write_text(SPEC, encoding="utf-8")
    (folder / "own.json").write_text(json.dumps(schema_of(folder / "own.yaml")), encoding="utf-8")
    return Editor(server, folder / "spec.yaml", "own.json")


@pytest.mark.parametrize("old, new, wanted", [
    (STEP, "    - Tw|\n", {"Twice"}),
    (STEP, "    - Ga|\n", {"Gate"}),
    (STEP, "    - Twice: {fil|}\n", {"filters"}),
    (STEP, "    - Twice: [8, a|]\n", {"act"}),
    (STEP, "    - Twice: [8, act: re|]\n", {"relu"}),
    (STEP, "    - Twice: [8, pad: va|]\n", {"valid"}),
    (STEP, "    - Twice: [8, gate: ta|]\n", {"tanh"}),
    (STEP, STEP + "    - use: enc|\n", {"encoder"}),
    (STEP, STEP + "    - Concatenate:\n      from: [fir|]\n", {"first"}),
    (STEP, STEP + "    - Dense: 3\n      from: pic|\n", {"picture"}),
    ("Dense: [=classes,", "Dense: [units: =cl|,", {"=classes"}),
    ("{loss: SparseCategoricalCrossentropy}", "{loss: {ki|}}", {"kind"}),
    ("{loss: SparseCategoricalCrossentropy}", "{loss: {kind: {MeanSquaredError: {}, target: pic|}}}", {"picture"}),
])
def test_what_the_spec_itself_names_is_completed(own, old, new, wanted):
    assert wanted <= set(own.suggested(SPEC.replace(old, new)))


def test_its_blocks_tell_of_themselves(own):
    assert "Two convolutions." in own.hover(SPEC.replace("- Twice: [8", "- Tw|ice: [8"))
    assert "becomes `activation` of `Conv2D`" in own.hover(SPEC.replace("act: tanh", "a|ct: tanh"))


def test_the_world_is_closed(own):
    found = own.problems_of({"right": SPEC, "brick": SPEC.replace("- Twice: [8", "- Twicee: [8"), "argument": SPEC.replace("act: tanh", "actt: tanh")})
    assert found["right"] == []
    assert [(one.marked, "after a new block, `build schema own.yaml`" in one.message) for one in found["brick"]] == [("Twicee", True)]
    assert [(one.marked, "`Twice` takes: filters, act, pad, gate" in one.message) for one in found["argument"]] == [("actt", True)]
