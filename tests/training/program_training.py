"""Small specs and hand-written plans for the tests of training programs."""

from dataclasses import replace

import numpy as np
import tiny_training as tiny

from builder import experiment
from builder.data import Column, Data, Field, Split
from builder.graph.plans import EquationPlan, FollowPlan, PhasePlan, StepPlan, Target, TermPlan
from builder.inside.wires import Inside
from builder.model import build

TWO = """
name: two
model:
  inputs: {x: [6]}
  layers:
    - Dense: [16, activation: tanh]
      name: stem
    - Dense: [3, activation: softmax]
      name: label
    - Dense: 1
      from: stem
      name: total
  outputs: [label, total]
"""
GAN = """
name: gan
networks:
  generator:
    inputs: {noise: [3]}
    layers:
      - {Dense: [8, activation: relu], name: hidden}
      - {Dense: 2, name: point}
  discriminator:
    inputs: {point: [2]}
    layers:
      - {Dense: [8, activation: tanh], name: hidden}
      - {Dense: 1, name: score}
model:
  inputs: {real: [2], noise: [3]}
  layers:
    - {use: generator, from: noise, name: fake}
    - {use: discriminator, from: real, name: real_score}
    - {use: discriminator, from: fake, name: fake_score}
  outputs: [fake, real_score, fake_score]
"""


def graph_of(text: str):
    return experiment.check(text).graph


def made(text: str, seed: int = 1, precision: str | None = None):
    """The model of a spec and what gives its wires."""
    import keras

    graph = graph_of(text)
    keras.utils.set_random_seed(seed)
    model = build(graph, precision)
    return model, Inside(graph, model)


def data(n: int = 40, validation: int = 0, **shapes: tuple[int, ...]) -> Data:
    """Fields of normal numbers, the same ones each time."""
    rng = np.random.default_rng(5)

    def split(name: str, size: int) -> Split:
        columns = {}
        for field, shape in shapes.items():
            columns[field] = Column(Field(field, shape, "float32"), rng.normal(size=(size, *shape)).astype("float32"))
        return Split(name, columns)

    splits = {"train": split("train", n)} | ({"validation": split("validation", validation)} if validation else {})
    return Data({name: column.field for name, column in splits["train"].columns.items()}, splits)


def term(name: str, measure, *wires: str, target=None, weight=1.0, **named: str) -> TermPlan:
    """A term of a loss by its name, or of a formula (a text with a space or a bracket)."""
    formula = isinstance(measure, str) and any(sign in measure for sign in " (")
    measure = EquationPlan(measure) if formula else tiny.recipe("loss", measure) if isinstance(measure, str) else measure
    pairs = tuple(named.items()) or (tuple((wire, wire) for wire in wires) if isinstance(measure, EquationPlan) else (("y_pred", wires[0]),))
    if target is not None and not isinstance(target, Target):
        target = Target("field", target) if isinstance(target, str) else Target("number", target)
    return TermPlan(name, measure, pairs, target, weight)


def step(name: str, *terms: TermPlan, update: tuple[str, ...] = (), optimizer=None, **more) -> StepPlan:
    return StepPlan(name, update, terms, optimizer or tiny.recipe("optimizer", "SGD", learning_rate=0.1), **more)


def phase(*steps: StepPlan, **more) -> PhasePlan:
    first = next(one for one in steps if one.optimizer is not None and one.terms)
    return replace(PhasePlan(losses={}, optimizer=first.optimizer, epochs=1, seed=3, steps=steps), **more)


def adversarial(optimizer=None, **more) -> tuple[StepPlan, StepPlan]:
    """A discriminator's step and a generator's."""
    loss = tiny.recipe("loss", "BinaryCrossentropy", from_logits=True)
    one = tuple(term(name, loss, wire, target=target) for name, wire, target in (("real", "real_score", 1.0), ("fake", "fake_score", 0.0)))
    return (step("d", *one, update=("discriminator",), optimizer=optimizer),
            step("g", term("fooled", loss, "fake_score", target=1.0), update=("generator",), optimizer=optimizer, **more))


__all__ = ["GAN", "TWO", "EquationPlan", "FollowPlan", "Inside", "adversarial", "data", "made", "phase", "step", "term"]
