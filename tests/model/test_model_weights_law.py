"""The law of names: steps put in anywhere, the old weights still find every layer that stayed, and never one that is new.

Names that are given never change. Where names are only counted (`dense_2`), order and fit decide; an unnamed step put in beside one that
it equals in brick and shapes could be either, so neither gets the weights, and the report tells.
"""

import copy
from collections.abc import Iterator

import numpy as np
import pytest
import yaml

import builder
from builder.training.reporter import Silent

SPECS = {
    "stack": """
name: stack
model:
  inputs: {image: [12, 12, 1]}
  layers:
    - Conv2D: [4, 3]
    - BatchNormalization
    - Conv2D: [6, 3, activation: relu]
    - Flatten
    - Dense: 9
    - Dense: [5, activation: tanh]
    - {Dense: 3, name: label}
""",
    "boxes": """
name: boxes
blocks:
  Pair: {params: [units], layers: [Dense: =units, Activation: relu, Dense: =units]}
model:
  inputs: {x: [6]}
  layers:
    - Pair: 5
    - Pair: 4
    - {Pair: 4, name: kept}
    - name: head
      layers: [Dense: 7, Dense: 3]
""",
    "shared": """
name: shared
networks:
  encoder: {inputs: {x: [6]}, layers: [Dense: 5, Dense: 4]}
model:
  inputs: {left: [6], right: [6]}
  layers:
    - {use: encoder, from: left, name: a}
    - {use: encoder, from: right, name: b}
    - {Concatenate: {}, from: [a, b]}
    - Dense: 3
    - for: {units: [5, 6, 7]}
      layers: [Dense: =units, {Dense: 4, repeat: 2}]
""",
}
NEW = 77.0
DENSE = ["=channels(previous)", {"kernel_initializer": {"Constant": NEW}}]
INSERTED = {"dropout": {"Dropout": 0.1}, "activation": {"Activation": "relu"}, "named": {"Dense": DENSE, "name": "inserted"}, "unnamed": {"Dense": DENSE}}


class Heard(Silent):
    def __init__(self):
        self.warnings = []

    def warning(self, fault):
        self.warnings.append(fault)


def places(node: object) -> Iterator[list]:
    """Every list of steps of a spec."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node if isinstance(node, list) else ()):
        if key == "layers":
            yield value
        yield from places(value)


def edited(text: str, what: dict) -> Iterator[str]:
    """The spec with a step put in at each place at which a step may read the one before."""
    for number, steps in enumerate(places(yaml.safe_load(text))):
        for at in range(len(steps) + 1):
            if at < len(steps) and "from" in steps[at]:
                continue  # it reads what it names, and a step before it would be for nothing
            spec = yaml.safe_load(text)
            list(places(spec))[number].insert(at, copy.deepcopy(what))
            yield yaml.safe_dump(spec, sort_keys=False)


def marked(text: str):
    """The built model; each of its weights is told by a number of its own."""
    model = builder.compile(text)
    for count, variable in enumerate(variables(model)):
        variable.assign(np.full(variable.shape, count + 100, "float32"))
    return model


def variables(model) -> list:
    return [variable for variable in model.weights if "seed" not in variable.path]


@pytest.mark.parametrize("inserted", INSERTED)
@pytest.mark.parametrize("spec", SPECS)
def test_old_weights_find_their_layers(spec, inserted, tmp_path):
    text = SPECS[spec]
    old = marked(text)
    old.save(tmp_path / "old.keras")
    wanted = [variable.numpy() for variable in variables(old)]
    for changed in edited(text, INSERTED[inserted]):
        heard = Heard()
        model = builder.compile(changed.replace("model:\n", f"model:\n  weights: {tmp_path / 'old.keras'}\n"), reporter=heard)
        fresh = [variable.numpy() for variable in variables(builder.compile(changed))]
        assert_each_is_its_own([variable.numpy() for variable in variables(model)], wanted, fresh, changed)
        lost = len(wanted) - sum(variable.numpy().flat[0] >= 100 for variable in variables(model))
        told = [why for warning in heard.warnings for why in warning.facts["skipped"].values() if "several" in why]
        assert lost == 0 or inserted == "unnamed" and spec != "stack" and told, changed


def assert_each_is_its_own(got: list, wanted: list, fresh: list, text: str) -> None:
    """Old weights stand in their order, each once; what was put in has kept what it began with."""
    old = [int(value.flat[0]) - 100 for value in got if value.flat[0] >= 100]
    assert old == sorted(set(old)), text
    assert all(np.array_equal(wanted[number], next(value for value in got if value.flat[0] == number + 100)) for number in old), text
    assert [i for i, value in enumerate(got) if value.flat[0] == NEW] == [i for i, value in enumerate(fresh) if value.flat[0] == NEW], text
