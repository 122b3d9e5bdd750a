"""The JSON Schema: specs of the language pass, wrong ones do not, and its keys are those the language has."""

import json
from pathlib import Path

import pytest

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
        "- Dense: [10, activation: LeakyReLU, kernel_initializer: he_normal]", "- ops.mean: [axis: 1]",
    "- Concatenate:\n  from: [skip, previous]",
    "- LSTM: 4\n  from: {sequences: a, initial_state: [h, c]}\n  as: [y, h, c]",
    "- when: =depth > 0\n  layers: [Flatten]\n  else: [{Dense: 1}]",
    "- branches: [[Conv2D: [64, 1]], []]\n  merge: Concatenate",
    "- for: {f: [1, 2]}\n  layers:\n    - Dense: =f\n      repeat: 2\n      name: d{f}",
    "- {use: encoder, from: x, name: a}",
    "- formula: (1 - z) * h\n  name: state", "- Dropout: 0.5\n  trainable: false\n  weights: w.h5", "- Add: [name: a]",
    "- Dense: 4\n  trainable: =not frozen", "- Dense: {}", "- Dense", "- Conv2D: [64, 3, [1, 1], same]", '- Conv2D: [=n, "=[n, n]"]', "- Flatten: {}",
    "- Activation: {LeakyReLU: 0.2}", "- Bidirectional: [{LSTM: 4}, merge_mode: null]",
    "- Bidirectional: [{Recurrent: {cell: {ElmanCell: 8}}}, merge_mode: sum]", "- Normalization: [axis: [-1]]", "- Add", "- Dense: [4, null]",
    "- Dense: [units: 4, activation: relu]", "- Dense: [10, {LeakyReLU: {}}]", "- UpSampling2D: [2, interpolation: =how]", "- Conv2D: [8, 3, padding: SAME]",
    "- Dense: {units: 16.0}", "- Dense: {units: 4, bias_initializer: {Constant: 1}}",
])
def test_steps_that_are_right(validator, step):
    assert not faults(validator, model(step))


@pytest.mark.parametrize("step", [
    "- Dense: {unit: 10}", '- Conv2D: {filters: "32", kernel_size: 3}', "- Conv2D: [64, 3, pading: same]", "- dense",
    "- Dense: 10\n  nam: a", "- ops.nothing", "- Dense: {units: 4, use_bias: 3}", "- 7", "- Dropout: high",
    "- Dense: {units: 4, kernel_initializer: {HeNormall: {}}}", "- Dense: {units: 4, kernel_initializer: henormal}",
    "- Flaten", "- MyBlock: [1, deep: true]", "- Denze: 3", "- ops.meen: [axis: 1]", '- Conv2D: ["32", 3]', "- Conv2D: [32, 3, padding: sme]",
    "- Dense: [10, relv]", "- Add: 3", "- UpSampling2D: {size: 2, interpolation: best}", "- Dense: 10\n  form: x",
    "- Dense: 10\n  repeat: often", "- Dense: 10\n  from: 3", "- Dense: {Units: 10}",
    "- branches: 3", "- MaxPooling2D: {pool_size: two}", "- LSTM: [4, return_sequences: sometimes]",
])
def test_steps_that_are_wrong(validator, step):
    assert faults(validator, model(step))


@pytest.mark.parametrize("text", [
    "train: {loss: {label: Poisson, aux: {MeanSquaredError: {}, target: image, weight: 0.3}, box: null}}",
    "train: {loss: {Huber: [delta: 2.0], target: y}, optimizer: {Adam: 1e-3}, metrics: {label: [accuracy, AUC]}}",
    "train: [{loss: Poisson, epochs: 3}, {optimizer: {SGD: {learning_rate: {CosineDecay: [0.1, 100]}}}, freeze: 'a.*', clip: 1.0}]",
    "train: {loss: null, callbacks: [EarlyStopping: [patience: 3], TerminateOnNaN], precision: mixed_bfloat16, metrics: [mse]}",
    "train: {loss: Poisson, execution: auto, epochs: =n, callbacks: TerminateOnNaN}",
    "train: {loss: Poisson, execution: {steps_per_execution: 16, jit_compile: false}}",
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
    "modle: {}", "train: {loss: Poisson, los: X}", "train: {epochs: 3}", "train: {loss: Poisson, optimizer: Adamm}", "train: {loss: {Huber: {dlta: 1.0}}}",
    "train: {loss: Poisson, metrics: [acuracy]}", "train: {loss: Poisson, optimizer: {Adam: fast}}", "train: {loss: Poisson, epochs: many}", "data: {batch: 3}",
    "data: {source: Digits, bach: 3}", "data: {source: {Csv: {paths: a.csv}}}", "export: {formats: [pickle]}",
    "model: {inputs: {x: 3}, layers: []}", "model: {layers: [Flatten]}", "blocks: {A: {params: [n]}}",
    "train: {loss: Poisson, callbacks: [EarlyStoping]}", "train: {loss: Poisson, execution: fast}", "train: {loss: Poisson, execution: {steps: 3}}",
    "train: {loss: {label: MeanSquared}}",
    "train: {loss: MeanSquared}", "data: {source: Digit}", "model: {inputs: {x: floatt32}, layers: []}", "train: {loss: Poisson, precision: half}",
    "blocks: {lower: {layers: []}}", "defaults: {Conv2D: {pad: same}}", "train: {loss: Poisson, optimizer: {Adam: {lr: 1e-3}}}",
])
def test_sections_that_are_wrong(validator, text):
    assert faults(validator, text)


def test_blocks_of_the_library_are_known(validator):
    assert not faults(validator, model("- Inception: [64, 96, 128, 16, 32, 32]"))
    assert faults(validator, model("- Inception: {numbers: 3}"))


def test_its_keys_are_those_of_the_language():
    definitions = json_schema()["definitions"]
    step = definitions["step"]["then"]["properties"]
    assert set(definitions["spec"]["properties"]) == set(spec.TOP)
    assert {key for key in step if key[0].islower() and "." not in key} == {*steps.KINDS, *steps.BESIDE}
    for name, keys in (("block", spec.BLOCK), ("network", spec.NETWORK), ("data", spec.DATA), ("phase", spec.PHASE)):
        assert set(definitions[name]["properties"]) == set(keys)
        for key in definitions[name]["properties"].values():
            assert "markdownDescription" in key or definitions[key["$ref"].rpartition("/")[2]]["markdownDescription"]


def test_it_is_small_and_its_references_lead_somewhere():
    schema = json_schema()
    text = json.dumps(schema)
    assert len(text) < 3_000_000
    wanted = {part.split('"')[0] for part in text.split('"$ref": "#/definitions/')[1:]}
    assert wanted <= set(schema["definitions"])


def test_it_carries_the_help_of_keras():
    definitions = json_schema()["definitions"]
    assert "densely-connected" in definitions["layer:Dense"]["description"]
    units = definitions["layer:Dense.named"]["properties"]["units"]["$ref"].rpartition("/")[2]
    assert "dimensionality of the output space" in definitions[units]["markdownDescription"]


def test_no_list_of_values_holds_one_twice():
    """Some validators refuse the whole schema for it."""
    assert all(len(values) == len({json.dumps(value) for value in values}) for values in enums(json_schema()))


def enums(schema):
    if isinstance(schema, dict):
        yield from [schema["enum"]] if isinstance(schema.get("enum"), list) else []
        yield from (found for part in schema.values() for found in enums(part))
    elif isinstance(schema, list):
        yield from (found for part in schema for found in enums(part))
