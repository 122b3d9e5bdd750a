"""What each step of a program changes, in numbers: what `build check` tells of training."""

from collections.abc import Iterator
from dataclasses import dataclass

from builder.graph.graph import Graph
from builder.graph.patterns import fits
from builder.graph.plans import PhasePlan, StepPlan
from builder.graph.wires import Wires, owners, weighted


@dataclass(frozen=True)
class Update:
    """One step: how many `parameters` it updates, by the columns of which terms and which optimizer, on each `every`-th batch.

    One that only `follows` a network has neither terms nor optimizer. `alone`: the phase has no other.
    """

    phase: int
    step: str
    parameters: int
    terms: tuple[str, ...]
    optimizer: str | None
    every: int
    follows: str | None
    alone: bool


def updates(graph: Graph, phases: tuple[PhasePlan, ...]) -> Iterator[Update]:
    """The steps of all phases that are programs, in order; phases count from 1."""
    wires = Wires(graph)
    for number, phase in enumerate(phases, start=1):
        for step in phase.steps:
            yield Update(number, step.name, _parameters(wires, phase, step), tuple(term.name for term in step.terms),
                         step.optimizer.name if step.optimizer else None, step.every, step.follow.source if step.follow else None, len(phase.steps) == 1)


def _parameters(wires: Wires, phase: PhasePlan, step: StepPlan) -> int:
    """Those of the layers it names that its terms come through and that are not frozen; a follower moves all that its network has."""
    layers, owner = weighted(wires.graph), owners(wires.graph)
    named = {owner[name]: count for name, count in layers.items() if not step.update or any(fits(name, pattern) for pattern in step.update)}
    if step.follow:
        return sum(named.values())
    trainable = {owner[name]: count for name, count in weighted(wires.graph, "trainable").items()}
    names = {one: [name for name in layers if owner[name] == one] for one in named}
    reached = {owner[name] for term in step.terms for _, wire in term.wires for name in wires.before(wires.taps[wire])}
    return sum(_trained(phase, names[one], trainable.get(one, 0), count) for one, count in named.items() if one in reached)


def _trained(phase: PhasePlan, names: list[str], trainable: int, count: int) -> int:
    """As `training.freeze` has it: what `unfreeze` names is trained, whatever `freeze` and the spec say of it."""
    if any(fits(name, pattern) for name in names for pattern in phase.unfreeze):
        return trainable or count
    return 0 if any(fits(name, pattern) for name in names for pattern in phase.freeze) else trainable
