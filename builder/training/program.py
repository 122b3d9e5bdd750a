"""A phase of several steps, or of terms that `compile` cannot say, as a Keras model with a train step of its own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import keras
import tensorflow as tf

from builder.diagnostics import Faults, fail
from builder.graph.plans import PhasePlan
from builder.training.phases import zeros
from builder.training.steps import Step, steps_of
from builder.training.terms import Measure, Reading, measure, reading, wires_of


@dataclass(eq=False)
class Work:
    """What a program goes by: its steps, a model of every wire they read, the wires of judged outputs, and as variables the batches of an
    epoch and those trained on so far.

    Keras must not track it: counts and losses are no weights of the model.
    """

    plan: PhasePlan
    steps: tuple[Step, ...]
    taps: object
    outputs: Mapping[str, str]
    epoch: object
    count: object
    measures: dict[str, Measure] = field(default_factory=dict)

    @classmethod
    def of(cls, model, plan: PhasePlan, wires, epoch: int) -> "Work":
        outputs = {name: wires.name(name) for name, loss in plan.losses.items() if loss.recipe}
        read = wires_of(term for step in plan.steps for term in step.terms), wires_of(plan.measures), outputs.values()
        taps = wires.taps(dict.fromkeys(name for some in read for name in some))
        count, each = (keras.Variable(value, dtype="int64", trainable=False, name=name) for value, name in ((0, "batches"), (epoch, "epoch")))
        return cls(plan, steps_of(model, plan, wires), taps, outputs, each, count)


@dataclass(frozen=True, eq=False)
class Judged:
    """What a step's terms gave for a batch: its loss, each term, and what each of its measures counts."""

    total: object
    each: list
    seen: list


class Program(keras.Model):
    """Trains and judges a model by the steps of a phase, on batches of inputs and of data fields, both by name.

    It shares the model's weights, and is what callbacks see; what they save of it is the model itself.
    """

    def __init__(self, model, plan: PhasePlan, wires, epoch: int = 1):
        """`wires` gives models of inner wires (as `builder.inside.wires.Inside`); an `epoch` has so many batches.

        Raises:
            SpecError: what Keras refuses of a loss or an optimizer, a step with nothing to train, a follower unlike what it follows.
        """
        super().__init__(name=model.name)
        self.inner, self.built = model, True
        self.work = Work.of(model, plan, wires, epoch)
        self.compile(optimizer=self.losing[0].optimizer, loss=None, auto_scale_loss=False)

    def call(self, inputs, training=None):
        return self.inner(inputs, training=training)

    @property
    def losing(self) -> list[Step]:
        """The steps that have a loss; others only follow."""
        return [step for step in self.work.steps if step.terms]

    @property
    def terms(self) -> list:
        """The terms of all steps."""
        return [term for step in self.losing for term in step.terms]

    @property
    def stateful(self) -> list:
        """The terms whose losses have state."""
        return [term for term in self.terms if term.stateful]

    @property
    def last(self):
        """How many batches had been trained on before the last one."""
        return tf.maximum(self.work.count.value - 1, 0)

    @property
    def optimizers(self) -> dict:
        """The optimizer of each step that has a loss. The first is the model's own, which callbacks change."""
        return {step.plan.name: step.optimizer for step in self.losing}

    def build_state(self, truths: Mapping) -> None:
        """Makes the variables of optimizers, losses and measures; `truths` are the fields' shapes, with the batch, and dtypes."""
        for step in self.losing:
            if not step.optimizer.built:
                step.optimizer.build(step.variables)
        self.build_measures(truths)

    def build_measures(self, truths: Mapping) -> None:
        """Makes the variables of losses and measures alone, on zeros of one example."""
        work, faults = self.work, Faults()
        for term in self.stateful:
            term.loss.build(tuple(work.taps.output[term.plan.wires[0][1]].shape))
        read = Reading(zeros(work.taps.output), zeros(truths), lambda y, x: keras.ops.zeros_like(x))
        work.measures = {plan.name: measure(faults, plan, read) for plan in work.plan.measures}
        faults.check()
        for one in work.measures.values():
            one.count(one.seen(read), 1)
        self.reset_metrics()

    def kept(self) -> dict[str, list]:
        """The variables, beside weights and metrics, that a run goes on with, by owner."""
        optimizers = [variable for step in self.losing for variable in step.optimizer.variables]
        losses = [variable for term in self.stateful for variable in term.loss.variables]
        return {"optimizer": optimizers, "loss": losses, "count": [self.work.count]}

    def judging(self) -> dict:
        """The variables that it is judged by beside the model's, by name."""
        losses = {f"loss/{number}": variable for number, variable in enumerate(self.kept()["loss"])}
        return {"count": self.work.count, "epoch": self.work.epoch, **losses}

    def train_step(self, data: tuple) -> dict:
        """Each step in its turn, on the same batch."""
        for step in self.work.steps:
            self.sometimes(step, lambda step=step: self.advance(step, *data))
        self.work.count.assign_add(1)
        return self.get_metrics_result()

    def sometimes(self, step: Step, run: Callable) -> None:
        """Runs a step on each `every`-th batch, counted through all epochs."""
        if step.plan.every == 1:
            run()
        else:
            tf.cond((self.work.count.value + 1) % step.plan.every == 0, run, lambda: None)

    def advance(self, step: Step, inputs: Mapping, fields: Mapping, weights: Mapping | None = None) -> None:
        """Updates what the step updates, counts what was found, and lets followers follow; `weights` are those of examples by field."""
        if step.terms:
            gradients, judged, pairs = self.found(step, inputs, fields, self.shares(weights))
            step.optimizer.apply(gradients, step.variables)
            self.note([step], [judged], rows_of(inputs))
            for term, pair in zip(step.stateful, pairs):
                term.loss.update(*pair)
        step.move()

    def shares(self, weights: Mapping | None) -> dict:
        """What examples count in the losses of judged outputs, by their wires."""
        work = self.work
        return {work.outputs[name]: weights[loss.target] for name, loss in work.plan.losses.items() if loss.target in (weights or {})}

    def found(self, step: Step, inputs: Mapping, fields: Mapping, shares: Mapping) -> tuple[list, Judged, list]:
        """A step's forward and backward pass: gradients, what was judged, and what losses with state are to hear."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(step.values)
            with reading(step.taps, inputs, fields, step.differentiates, training=True, shares=shares) as read:
                judged = self.judged(step, read, self.work.count.value)
                pairs = [term.pair(read) for term in step.stateful]
            scaled = step.optimizer.scale_loss(judged.total)
        gradients = tape.gradient(scaled, step.values)
        self.check_reached(step, gradients)
        return gradients, judged, pairs

    def check_reached(self, step: Step, gradients: list) -> None:
        """Raises where no weight that a step updates has a gradient."""
        if all(gradient is None for gradient in gradients):
            raise fail("step-without-gradient", step.plan.span, step=step.plan.name, update=step.plan.update)

    def judged(self, step: Step, read: Reading, count, added: Iterable | None = None) -> Judged:
        """The loss of a step for a batch; `count` batches were trained on before. `added` stands for its penalties where these are known."""
        each = [term.value(read) for term in step.terms]
        seen = [self.work.measures[plan.name].seen(read) for plan in step.measured]
        clock = {"epoch": tf.cast(count // self.work.epoch.value, tf.float32), "step": tf.cast(count, tf.float32)}
        return Judged(step.total(each, clock, step.penalties() if added is None else added), each, seen)

    def note(self, steps: Iterable[Step], judged: Iterable[Judged], rows) -> None:
        """Counts what steps were for so many rows; a mean of numbers needs none of the shaping that `update_state` does."""
        weight = tf.cast(rows, tf.float32)
        for step, one in zip(steps, judged):
            for mean, value in zip((step.mean, *step.means), (one.total, *one.each)):
                mean.total.assign_add(weight * value)
                mean.count.assign_add(weight)
            for plan, seen in zip(step.measured, one.seen):
                self.work.measures[plan.name].count(seen, rows)

    def test_step(self, data: tuple) -> dict:
        """All terms and measures of all steps, with the weights that the last training step had."""
        self.judge(*data)
        return self.get_metrics_result()

    def judge(self, inputs: Mapping, fields: Mapping) -> dict:
        """As `test_step`; gives the outputs by which a model is judged."""
        with reading(self.work.taps, inputs, fields, any(step.differentiates for step in self.losing), training=False) as read:
            judged = [self.judged(step, read, self.last) for step in self.losing]
        self.note(self.losing, judged, rows_of(inputs))
        return {name: tf.cast(read.wires[wire], tf.float32) for name, wire in self.work.outputs.items()}

    @property
    def metrics(self) -> list:
        """Of each step the means of its loss and its terms; then what is measured."""
        means = [mean for step in self.losing for mean in (step.mean, *step.means)]
        return [*means, *(one.metric for one in self.work.measures.values())]

    @property
    def idle(self) -> list[str]:
        """The columns of steps that no batch since the epoch began was one for: there are no numbers in them."""
        idle = [step for step in self.losing if step.plan.every > 1 and not float(step.mean.count)]
        return [one.name for step in idle for one in (step.mean, *step.means, *step.measured)]

    @property
    def directions(self) -> dict[str, str]:
        """Whether less or more of what is logged is better, where that is known: losses are to fall."""
        known = {"up": "max", "down": "min"}
        measures = {name: known[sign] for name, one in self.work.measures.items() if (sign := getattr(one.metric, "_direction", None)) in known}
        return {**{mean.name: "min" for step in self.losing for mean in (step.mean, *step.means)}, **measures}

    def get_metrics_result(self) -> dict:
        """The loss of all steps together, that of each where there are several, each term and each measure."""
        totals = {step.mean.name: step.mean.result() for step in self.losing}
        terms = {mean.name: mean.result() for step in self.losing for mean in step.means}
        measures = {name: one.metric.result() for name, one in self.work.measures.items()}
        return {"loss": sum(totals.values()), **(totals if len(totals) > 1 else {}), **terms, **measures}

    def finalize(self) -> None:
        """At the end of training: averaged weights take the place of the last ones, where an optimizer averages."""
        for step in self.losing:
            step.optimizer.finalize_variable_values(step.variables)

    def save(self, *where, **how) -> None:
        """Saves the model, which needs nothing of ours to be loaded."""
        self.inner.save(*where, **how)

    def save_weights(self, *where, **how) -> None:
        self.inner.save_weights(*where, **how)


def rows_of(inputs: Mapping):
    """How many examples a batch has."""
    return tf.shape(tf.nest.flatten(inputs)[0])[0]
