"""The JSON Schema: specs of the language pass, wrong ones do not, and its keys are those the language has."""

import json
from pathlib import Path

import pytest

from builder.catalog import sections
from builder.catalog.schema import json_schema
from builder.diagnostics import Source
from builder.language import spec, steps
from builder.language.text import parse
from builder.language.tree import Map, Scalar

jsonschema = pytest.importorskip("jsonschema")
HOME = Path(__file__).parents[2]
SPECS = sorted([*HOME.glob("specs/**/*.yaml"), *HOME.glob("builder/catalog/blocks/**/*.yaml")])


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def plain(node):
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Map):
        return {entry.key.value: plain(entry.value) for entry in node}
    return [plain(item) for item in node.items]


def faults(validator, text):
    return [error.message for error in validator.iter_errors(plain(parse(Source("spec.yaml", text))))]


def model(step):
    return "model:\n  inputs: {x: [8, 8, 3]}\n  layers:\n" + "\n".join(f"    {line}" for line in step.splitlines())


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_passes(validator, path):
    assert not faults(validator, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("step", [
    "- Flatten", "- Flatten:", "- Dense: 10", "- Dense: =classes", "- Conv2D: [64, 3, padding: same]", "- ops.relu",
    "- Conv2D: {filters: 64, kernel_size: [3, 3], kernel_regularizer: {L2: 1e-4}}", "- Reshape: [7, 7, 64]",
    "- TimeDistributed: {Dense: 10}", "- Bidirectional: [LSTM: [64, return_sequences: true]]",
    "- MyBlock: [1, deep: true]",
    "- Dense: [10, activation: LeakyReLU, kernel_initializer: he_normal]", "- ops.mean: [axis: 1]",
    "- Concatenate:\n  from: [skip, previous]",
    "- LSTM: 4\n  from: {sequences: a, initial_state: [h, c]}\n  as: [y, h, c]",
    "- when: =depth > 0\n  layers: [Flatten]\n  else: [{Dense: 1}]",
    "- branches: [[Conv2D: [64, 1]], []]\n  merge: Concatenate",
    "- for: {f: [1, 2]}\n  layers:\n    - Dense: =f\n      repeat: 2\n      name: d{f}",
    "- {use: encoder, from: x, name: a}",
    "- formula: (1 - z) * h\n  name: state", "- Dropout: 0.5\n  trainable: false\n  weights: w.h5", "- Add: [name: a]",
    "- Dense: 4\n  trainable: =not frozen", "- Dense: {units: 4, bias_initializer: {Constant: 1}}",
])
def test_steps_that_are_right(validator, step):
    assert not faults(validator, model(step))


@pytest.mark.parametrize("step", [
    "- Dense: {unit: 10}", '- Conv2D: {filters: "32", kernel_size: 3}', "- Conv2D: [64, 3, pading: same]", "- dense",
    "- Dense: 10\n  nam: a", "- ops.nothing", "- Dense: {units: 4, use_bias: 3}", "- 7", "- Dropout: high",
    "- Dense: {units: 4, kernel_initializer: {HeNormall: {}}}", "- Dense: {units: 4, kernel_initializer: henormal}",
    "- branches: 3", "- MaxPooling2D: {pool_size: two}", "- LSTM: [4, return_sequences: sometimes]",
])
def test_steps_that_are_wrong(validator, step):
    assert faults(validator, model(step))


@pytest.mark.parametrize("text", [
    "train: {loss: {label: Poisson, aux: {MeanSquaredError: {}, target: image, weight: 0.3}, box: null}}",
    "train: {loss: {Huber: [delta: 2.0], target: y}, optimizer: {Adam: 1e-3}, metrics: {label: [accuracy, AUC]}}",
    "train: [{epochs: 3}, {optimizer: {SGD: {learning_rate: {CosineDecay: [0.1, 100]}}}, freeze: 'a.*', clip: 1.0}]",
    "train: {callbacks: [EarlyStopping: [patience: 3], TerminateOnNaN], precision: mixed_bfloat16, metrics: [mse]}",
    "data: {source: {Npz: mnist.npz}, fields: {image: {from: x, reshape: [28, 28, 1]}, y: label}, validation: 0.1}",
    "data: {source: Digits, test: {Npz: t.npz}, augment: [RandomFlip: horizontal, RandomZoom: 0.1], cache: true}",
    "params: [filters, size: 3]", "params: {classes: 10}", "imports: a.yaml",
    "export: {formats: [keras, saved_model]}", "defaults: {Conv2D: {padding: same}}",
    "blocks: {A: {params: [n], inputs: [x, h], outputs: [y], layers: [Dense: =n]}}",
    "networks: {net: {inputs: {t: string, x: {shape: [null, 3], dtype: int32}}, layers: [Flatten], outputs: {a: b}}}",
])
def test_sections_that_are_right(validator, text):
    assert not faults(validator, text)


@pytest.mark.parametrize("text", [
    "modle: {}", "train: {los: X}", "train: {optimizer: Adamm}", "train: {loss: {Huber: {dlta: 1.0}}}",
    "train: {metrics: [acuracy]}", "train: {optimizer: {Adam: fast}}", "train: {epochs: many}", "data: {batch: 3}",
    "data: {source: Digits, bach: 3}", "data: {source: {Csv: {paths: a.csv}}}", "export: {formats: [pickle]}",
    "model: {inputs: {x: 3}, layers: []}", "model: {layers: [Flatten]}", "blocks: {A: {params: [n]}}",
    "train: {callbacks: [EarlyStoping]}",
])
def test_sections_that_are_wrong(validator, text):
    assert faults(validator, text)


def test_blocks_of_the_library_are_known(validator):
    assert not faults(validator, model("- Inception: [64, 96, 128, 16, 32, 32]"))
    assert faults(validator, model("- Inception: {numbers: 3}"))


def test_its_keys_are_those_of_the_language():
    assert set(sections.TOP) == set(spec.TOP)
    assert set(sections.STEP) == {*steps.KINDS, *steps.BESIDE}
    assert set(sections.BLOCK) == set(spec.BLOCK)
    assert set(sections.NETWORK) == set(spec.NETWORK)
    assert set(sections.DATA) == set(spec.DATA)
    assert set(sections.PHASE) == set(spec.PHASE)


def test_it_is_small_and_its_references_lead_somewhere():
    schema = json_schema()
    text = json.dumps(schema)
    assert len(text) < 3_000_000
    wanted = {part.split('"')[0] for part in text.split('"$ref": "#/definitions/')[1:]}
    assert wanted <= set(schema["definitions"])


def test_it_carries_the_help_of_keras():
    definitions = json_schema()["definitions"]
    dense = definitions["layer:Dense"]
    assert "densely-connected" in dense["description"]
    units = dense["anyOf"][1]["properties"]["units"]["$ref"].rpartition("/")[2]
    assert "dimensionality of the output space" in definitions[units]["description"]
