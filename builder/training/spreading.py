"""A training program on several devices: each step means what it means on one, as `strategies` has it for a model that is compiled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import tensorflow as tf

from builder.training.gathering import Outputs, Rows, apart, my_rows, read_outputs, sum_gradients, summed
from builder.training.program import Program, rows_of
from builder.training.steps import Step
from builder.training.strategies import copied, first, firsts
from builder.training.terms import Reading, Term, by_gradient, differentiates, wires_of


@dataclass
class SpreadProgram:
    """The steps of a program whose weights were made in the scope of `strategy`; `room` is the size of a batch.

    Each replica works out the wires of its rows. Those of all are gathered, so that a term is that of the whole batch. An equation
    with a gradient by a wire is worked out in the replicas, where alone the wire's own rows are, and their gradients are gathered too.
    """

    program: Program
    strategy: object
    room: int
    seen: dict[str, Outputs] = field(default_factory=dict)

    @cached_property
    def firsts(self) -> dict[str, list]:
        """For each step the weights that it updates as they lie on the first device."""
        return {step.plan.name: firsts(self.strategy, step.variables) for step in self.program.losing}

    @cached_property
    def pairs(self) -> dict[str, list[tuple]]:
        """For each step what follows and what it follows, as they lie on the first device."""
        sides = {step.plan.name: ([one for one, _ in step.follow], [other for _, other in step.follow]) for step in self.program.work.steps}
        return {name: list(zip(*(firsts(self.strategy, side) for side in both))) for name, both in sides.items()}

    def build(self) -> None:
        """Builds the optimizers."""
        for step in self.program.losing:
            step.optimizer.build(self.firsts[step.plan.name])

    def train_step(self, batch: tuple) -> dict:
        """As `Program.train_step`."""
        for step in self.program.work.steps:
            self.program.sometimes(step, lambda step=step: self.advance(step, batch))
        self.program.work.count.assign_add(1)
        return self.program.get_metrics_result()

    def advance(self, step: Step, batch: tuple) -> None:
        """As `Program.advance`."""
        name = step.plan.name
        if step.terms:
            gradients, tensors, masks, added, known = self.strategy.run(lambda *batch: self.train_part(step, *batch), batch)
            read = self.whole(name, tensors, masks, batch, known)
            judged = self.program.judged(step, read, self.program.work.count.value, [self.first(added)])
            step.optimizer.apply([self.first(gradient) for gradient in gradients], self.firsts[name])
            copied(self.strategy, self.firsts[name], step.variables)
            self.program.note([step], [judged], rows_of(batch[0]))
            for term in step.stateful:
                term.loss.update(*term.pair(read))
        step.move(self.pairs[name])
        copied(self.strategy, [one for one, _ in self.pairs[name]], [one for one, _ in step.follow])

    def train_part(self, step: Step, inputs: Mapping, fields: Mapping, weights: Mapping | None = None) -> tuple:
        """In a replica: the gradients of the whole batch, its wires with their masks, the penalties, and equations with gradients by wires."""
        rows = my_rows(inputs, self.room)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(step.values)
            made, added, known = self.made([step], step.taps, rows.of(inputs), fields, rows, training=True)
            outputs = read_outputs(made, rows)
            joined = outputs.put(rows.joined)
            loss = step.optimizer.scale_loss(self.loss_of(step, fields, joined, self.program.shares(weights), known) + added[0])
        found = tape.gradient(loss, step.values)
        self.program.check_reached(step, found)
        self.seen[step.plan.name] = outputs
        return sum_gradients(found, rows), joined.tensors, outputs.masks, summed(added[0]), known

    def made(self, steps: list[Step], taps, inputs: Mapping, fields: Mapping, rows: Rows, training: bool) -> tuple:
        """In a replica: what `taps` gives for its `inputs`, its share of each step's penalties, and by name the equations with gradients by wires.

        Such an equation is of the whole batch; what it differentiates by are the replica's own rows, and these gradients are joined like wires.
        """
        plans = [plan for step in steps for plan in (*step.plan.terms, *step.measured) if differentiates([plan])]
        with by_gradient(inputs, bool(plans)) as gradient:
            made = taps(inputs, training=training)
            added = [_share(step, rows) for step in steps]
            joined = {wire: rows.joined(made[wire]) for wire in wires_of(plans)}
            own = {id(tensor): made[wire] for wire, tensor in joined.items()}
            read = Reading(joined, fields, lambda y, x: rows.joined(gradient(y, own.get(id(x), x))))
            return made, added, {plan.name: Term(plan).value(read) for plan in plans}

    def loss_of(self, step: Step, fields: Mapping, outputs: Outputs, shares: Mapping, known: Mapping):
        """The terms of the whole batch, inside a replica."""
        def total(fields, tensors, masks, shares, known, count):
            return self.program.judged(step, Reading(outputs.values(tensors, masks), fields, None, shares, known), count, ()).total

        count = tf.convert_to_tensor(self.program.work.count.value)
        return apart(total, dict(fields), dict(outputs.tensors), dict(outputs.masks), dict(shares), dict(known), count)

    def test_step(self, batch: tuple) -> dict:
        """As `Program.test_step`."""
        program = self.program
        tensors, masks, added, known = self.strategy.run(self.test_part, batch)
        read = self.whole("", tensors, masks, batch, known)
        judged = [program.judged(step, read, program.last, [self.first(one)]) for step, one in zip(program.losing, added)]
        program.note(program.losing, judged, rows_of(batch[0]))
        return program.get_metrics_result()

    def test_part(self, inputs: Mapping, fields: Mapping) -> tuple:
        """In a replica: the wires of the whole batch with their masks, the penalties of each step, and equations with gradients by wires."""
        rows = my_rows(inputs, self.room)
        made, added, known = self.made(self.program.losing, self.program.work.taps, rows.of(inputs), fields, rows, training=False)
        self.seen[""] = outputs = read_outputs(made, rows)
        return outputs.put(rows.gathered).tensors, outputs.masks, [summed(one) for one in added], known

    def whole(self, name: str, tensors: Mapping, masks: Mapping, batch: tuple, known: Mapping) -> Reading:
        """What terms are worked out on outside of the replicas."""
        wires = self.seen[name].values(*({wire: self.first(tensor) for wire, tensor in found.items()} for found in (tensors, masks)))
        return Reading(wires, batch[1], None, self.program.shares(*batch[2:] or [None]), {plan: self.first(value) for plan, value in known.items()})

    def first(self, value):
        return first(self.strategy, value)

    def finalize(self) -> None:
        """As `Program.finalize`."""
        for step in self.program.losing:
            step.optimizer.finalize_variable_values(self.firsts[step.plan.name])
            copied(self.strategy, self.firsts[step.plan.name], step.variables)


def _share(step: Step, rows: Rows):
    """A replica's share of the penalties of a step's layers."""
    return rows.share * tf.add_n([tf.zeros(()), *step.penalties()])
