"""The steps of a training program, made of their plans: what each reads, what it updates, and by which optimizer."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import keras
from keras import ops

from builder.diagnostics import Fault, Faults, fail
from builder.graph.patterns import fits
from builder.graph.plans import FollowPlan, PhasePlan, StepPlan, TermPlan
from builder.model.names import layers_by_name
from builder.training.making import optimizer_of, scaled
from builder.training.rates import multiplied
from builder.training.terms import Term, differentiates, term, wires_of


@dataclass(frozen=True, eq=False)
class Step:
    """One step, ready to run.

    `taps` is a model of the wires that its terms and `measured` read. Of the layers that it updates, `layers`, come its
    `variables` and the penalties in its loss. `follow` are pairs of variables: the first moves toward the second.
    `mean` and `means` are of its loss and of its terms since the epoch began.
    """

    plan: StepPlan
    terms: tuple[Term, ...]
    measured: tuple[TermPlan, ...]
    taps: object
    layers: list
    variables: list
    optimizer: object
    follow: list[tuple]
    mean: object
    means: tuple

    @property
    def values(self) -> list:
        """Its variables as TensorFlow's own, which a tape watches."""
        return [variable.value for variable in self.variables]

    @property
    def differentiates(self) -> bool:
        """Whether what it works out needs gradients by wires."""
        return differentiates((*self.plan.terms, *self.measured))

    @property
    def stateful(self) -> list[Term]:
        """The terms whose losses have state."""
        return [one for one in self.terms if one.stateful]

    def total(self, each: Iterable, clock: Mapping, added: Iterable):
        """The loss: its terms by their weights, and what is added to them."""
        return sum([*self.weighted(each, clock), *added])

    def penalties(self) -> list:
        """What the layers that it updates add to its loss since they were last called: regularizers of weights and activities, and `add_loss`."""
        return [ops.sum(ops.cast(loss, "float32")) for layer in self.layers for loss in layer.losses]

    def weighted(self, each: Iterable, clock: Mapping) -> list:
        weights = [one.weight(clock) for one in self.terms]
        return [value if isinstance(weight, float) and weight == 1.0 else weight * value for weight, value in zip(weights, each)]

    def move(self, pairs: Iterable[tuple] | None = None) -> None:
        """One network's weights a share of the way toward another's: a moving average of them. `pairs` are others in the place of `follow`."""
        for target, source in self.follow if pairs is None else pairs:
            target.assign_add(ops.cast(self.plan.follow.rate, target.dtype) * (source.value - target.value))


def steps_of(model, plan: PhasePlan, wires) -> tuple[Step, ...]:
    """The steps of a phase; `wires` gives a model of any inner wires (as `builder.inside.wires.Inside`).

    Raises:
        SpecError: `recipe-refused`, `frozen-all`, `follow-misfit`.
    """
    faults, shared = Faults(), dict(zip(plan.steps, _measured(plan), strict=True))
    found = [faults.attempt(_step, model, step, plan, shared[step], wires, faults) for step in plan.steps]
    faults.check()
    return tuple(found)


def _measured(plan: PhasePlan) -> list[tuple[TermPlan, ...]]:
    """For each step the measures that are read off its forward pass: the first that has the wires anyway, else the first of all."""
    losing = [step for step in plan.steps if step.terms]
    places = [next((step for step in losing if {*wires_of([one])} <= {*wires_of(step.terms)}), losing[0]) for one in plan.measures]
    return [tuple(one for one, place in zip(plan.measures, places) if place is step) for step in plan.steps]


def _step(model, plan: StepPlan, phase: PhasePlan, measured: tuple[TermPlan, ...], wires, faults: Faults) -> Step:
    taps = wires.taps(wires_of((*plan.terms, *measured))) if plan.terms else None
    layers = _updated(model, plan, taps) if plan.terms else []
    variables = _trainable(model, layers)
    if plan.terms and not variables:
        raise fail("frozen-all", plan.span or phase.span, frozen=phase.freeze)
    terms = tuple(term(faults, one) for one in plan.terms)
    faults.extend(fault for one in terms if (fault := _endless(one)))
    optimizer = optimizer_of(faults, plan) if plan.terms else None
    optimizer = optimizer and multiplied(optimizer, model, phase.rate_multipliers, variables)
    names = (f"{plan.name}_loss", *(one.name for one in plan.terms))
    mean, *means = (keras.metrics.Mean(name=name) for name in names)
    return Step(plan, terms, measured, taps, layers, variables, optimizer and scaled(optimizer, phase.precision),
                _followed(model, plan.follow), mean, tuple(means))


def _endless(term: Term) -> Fault | None:
    """A fault for a weight that is a formula and no number where training begins, such as `1 / step`."""
    first = float(term.weight({"epoch": ops.convert_to_tensor(0.0), "step": ops.convert_to_tensor(0.0)}))
    return None if math.isfinite(first) else Fault("weight-formula", term.plan.weight.span or term.plan.span,
                                                   {"problem": f"at first, where `epoch` and `step` are 0, it is {first}"})


def _updated(model, plan: StepPlan, taps) -> list:
    """The layers that a step's patterns name, of those that its terms come through."""
    reached = {id(layer) for _, layer in layers_by_name(taps)}
    found = {id(layer): layer for name, layer in layers_by_name(model)
             if id(layer) in reached and (not plan.update or any(fits(name, pattern) for pattern in plan.update))}
    return list(found.values())


def _trainable(model, layers: list) -> list:
    """Their weights that are trained, in the model's order."""
    known = {id(variable) for layer in layers for variable in layer.trainable_variables}
    return [variable for variable in model.trainable_variables if id(variable) in known]


def _followed(model, plan: FollowPlan | None) -> list[tuple]:
    """Pairs of the weights of two networks: numbers alone, for seeds and counts are no weights."""
    if plan is None:
        return []
    targets, sources = _weights(model, plan.target), _weights(model, plan.source)
    if not targets or [tuple(one.shape) for one in targets] != [tuple(one.shape) for one in sources]:
        raise fail("follow-misfit", plan.span, target=plan.target, source=plan.source, weights=len(targets), others=len(sources))
    return list(zip(targets, sources))


def _weights(model, network: str) -> list:
    layers = {id(layer): layer for name, layer in layers_by_name(model) if fits(name, network)}
    return [variable for layer in layers.values() for variable in layer.variables if "float" in str(variable.dtype)]
