"""The terms of a loss and what is measured: numbers that plans make of wires, data fields and numbers."""

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import keras
from keras import ops

from builder.catalog.equation import apply
from builder.diagnostics import Faults, Source, Span, SpecError
from builder.graph.graph import Recipe
from builder.graph.plans import EquationPlan, Target, TermPlan
from builder.language.formula import parse
from builder.training.making import made

GRADIENT = "gradient"  # what equations call it


@dataclass(frozen=True, eq=False)
class Reading:
    """What terms are worked out on: the tensor of each wire by its name in the model, and of each data field.

    `gradient(y, x)` is the derivative of the sum of `y` by the wire `x`, in the shape of `x`. `shares` is what each example counts
    in the loss of a wire, where its classes have weights. `known` are the values of terms that are worked out already, by name.
    """

    wires: Mapping[str, object]
    fields: Mapping[str, object]
    gradient: Callable | None = None
    shares: Mapping[str, object] = field(default_factory=dict)
    known: Mapping[str, object] = field(default_factory=dict)

    def truth(self, target: Target | None, recipe: Recipe | None = None, predicted=None):
        """The target as a tensor or, for an equation, as the number it is; a loss gets its number in the shape of what it judges."""
        if target is None:
            return None
        if target.kind != "number":
            return (self.fields if target.kind == "field" else self.wires)[target.value]
        return target.value if predicted is None else _filled(target.value, recipe, predicted)


@contextlib.contextmanager
def reading(taps, inputs: Mapping, fields: Mapping, differentiates: bool, training: bool, shares: Mapping = MappingProxyType({})) -> Iterator[Reading]:
    """What a model of wires gives for a batch; its gradients by wires can be asked for inside."""
    with by_gradient(inputs, differentiates) as gradient:
        yield Reading(taps(inputs, training=training), fields, gradient, shares)


@contextlib.contextmanager
def by_gradient(inputs: Mapping, differentiates: bool) -> Iterator[Callable | None]:
    """What gives the derivative of one tensor by another, both made of a batch of inputs inside; None where nothing differentiates."""
    import tensorflow as tf

    if not differentiates:
        yield None
        return
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([value for value in inputs.values() if value.dtype.is_floating])
        yield functools.partial(_gradient, tape)


def _gradient(tape, y, x):
    with tape.stop_recording():
        found = tape.gradient(y, x)
    if found is None:
        raise ValueError("what `gradient` is to differentiate does not depend on that wire")
    return found


def _filled(number: float, recipe: Recipe | None, like):
    """A number for each value; for a loss on classes by their numbers, one for each row of scores."""
    sparse = recipe is not None and recipe.name.startswith("Sparse")
    return ops.full_like(like[..., 0] if sparse else like, number)


@dataclass(frozen=True, eq=False)
class Term:
    """A term with its loss, which is None for an equation."""

    plan: TermPlan
    loss: object = None

    @property
    def name(self) -> str:
        return self.plan.name

    @property
    def stateful(self) -> bool:
        """Whether the loss has state that moves after each step (see `builder.catalog.losses`)."""
        return hasattr(self.loss, "update")

    def value(self, read: Reading):
        """Its mean over the batch, without its weight: a float32 scalar."""
        if self.name in read.known:
            return read.known[self.name]
        if isinstance(self.plan.measure, EquationPlan):
            return mean(_weighed(equation(self.plan, read), self.share(read)))
        return mean(self.loss(*self.pair(read), sample_weight=self.share(read)))

    def share(self, read: Reading):
        """What each example counts in a term of one wire and a field; None where all count the same."""
        target, wires = self.plan.target, {wire for _, wire in self.plan.wires}
        return read.shares.get(*wires) if target is not None and target.kind == "field" and len(wires) == 1 else None

    def pair(self, read: Reading) -> tuple:
        """What its loss takes: target and prediction."""
        return pair(self.plan, read)

    def weight(self, clock: Mapping):
        """Its weight: a number, or a scalar where that is a formula of `epoch` and `step`, which `clock` has."""
        weight = self.plan.weight
        return mean(worked_out(weight, clock)) if isinstance(weight, EquationPlan) else weight


class EquationLoss(keras.losses.Loss):
    """The equation of a term that reads one wire and a field, as a loss for `compile`."""

    def __init__(self, plan: TermPlan):
        super().__init__(name=plan.name)
        self.plan = plan

    def call(self, y_true, y_pred):
        return equation(self.plan, Reading({self.plan.wires[0][1]: y_pred}, {self.plan.target.value: y_true}))


@dataclass(frozen=True, eq=False)
class Measure:
    """One measured number that trains nothing, kept in a Keras metric; `term` is what a plain mean is of."""

    plan: TermPlan
    metric: object
    term: Term | None = None

    def seen(self, read: Reading) -> tuple:
        """What the metric counts: target and prediction, or the one value that a mean is of."""
        return pair(self.plan, read) if self.term is None else (self.term.value(read),)

    def count(self, seen: tuple, rows) -> None:
        """Counts what was seen of so many rows."""
        if self.term is None:
            self.metric.update_state(*seen)
        else:
            self.metric.update_state(*seen, sample_weight=rows)


def term(faults: Faults, plan: TermPlan) -> Term:
    """A term of its plan; what Keras refuses goes to `faults`."""
    return Term(plan) if isinstance(plan.measure, EquationPlan) else Term(plan, made(faults, plan.measure, plan.span))


def measure(faults: Faults, plan: TermPlan, read: Reading) -> Measure:
    """What measures by its plan; `read` shows the shapes by which Keras tells what `accuracy` is meant."""
    if isinstance(plan.measure, str):
        from keras.src.trainers.compile_utils import get_metric

        metric = get_metric(plan.measure, *pair(plan, read))
        metric.name = plan.name
        return Measure(plan, metric)
    if isinstance(plan.measure, Recipe) and plan.measure.kind == "metric":
        return Measure(plan, made(faults, plan.measure, plan.span, name=plan.name))
    return Measure(plan, keras.metrics.Mean(name=plan.name), term(faults, plan))


def pair(plan: TermPlan, read: Reading) -> tuple:
    """Target and prediction of a loss or metric."""
    predicted = read.wires[plan.wires[0][1]]
    recipe = plan.measure if isinstance(plan.measure, Recipe) else None
    return read.truth(plan.target, recipe, predicted), predicted


def equation(plan: TermPlan, read: Reading):
    """The value of a term's equation; wires of half precision are read in float32."""
    names = {name: read.wires[wire] for name, wire in plan.wires}
    whole = {name: _whole(value) for name, value in names.items()}
    own = {id(whole[name]): value for name, value in names.items()}
    if plan.target is not None:
        whole["y_true"] = _whole(read.truth(plan.target))
    return worked_out(plan.measure, whole, {GRADIENT: lambda y, x: _whole(read.gradient(y, own.get(id(x), x)))})


def worked_out(plan: EquationPlan, names: Mapping, functions: Mapping = MappingProxyType({})):
    """The value of a formula, after the names that it lets stand for others.

    Raises:
        SpecError: it cannot be worked out, at its place in the spec.
    """
    names = {**dict(plan.constants), **names}
    try:
        for name, formula in plan.let:
            names[name] = apply(formula, names, functions)
        return apply(plan.formula, names, functions)
    except SpecError as error:
        raise SpecError([replace(fault, span=plan.span or fault.span) for fault in error.faults]) from error


def _whole(value):
    dtype = keras.backend.standardize_dtype(value.dtype) if hasattr(value, "dtype") else ""
    return ops.cast(value, "float32") if dtype in ("float16", "bfloat16") else value


def _weighed(value, share):
    """Values of examples by what each example counts; what is no value of an example stays as it is."""
    if share is None or not value.shape.rank or value.shape[0] != share.shape[0]:
        return value
    for _ in range(value.shape.rank - share.shape.rank):
        share = ops.expand_dims(share, -1)
    return ops.cast(share, value.dtype) * value


def mean(value):
    """One float32 number of values of any shape."""
    value = ops.cast(ops.convert_to_tensor(value), "float32")
    return ops.mean(value) if value.shape.rank else value


def wires_of(plans: Iterable[TermPlan]) -> tuple[str, ...]:
    """The wires that terms read, their targets among them, each once."""
    read = [name for plan in plans for name in (*(wire for _, wire in plan.wires), *_target(plan, "wire"))]
    return tuple(dict.fromkeys(read))


def fields_of(plans: Iterable[TermPlan]) -> tuple[str, ...]:
    """The data fields that terms are compared with, each once."""
    return tuple(dict.fromkeys(name for plan in plans for name in _target(plan, "field")))


def _target(plan: TermPlan, kind: str) -> tuple[str, ...]:
    return (plan.target.value,) if plan.target is not None and plan.target.kind == kind else ()


def differentiates(plans: Iterable[TermPlan]) -> bool:
    """Whether an equation among them asks for a gradient."""
    equations = [plan.measure for plan in plans if isinstance(plan.measure, EquationPlan)]
    formulas = [text for one in equations for text in (one.formula, *(text for _, text in one.let))]
    return any(GRADIENT in parse(text, Span(Source("formula", text), 1, 1, 1, 1)).calls for text in formulas)
