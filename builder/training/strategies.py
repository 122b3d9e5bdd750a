"""A training step on several devices that means what it means on one: forward and backward on shares of a batch, all else on the whole.

Each replica runs the model on its rows. The outputs of all are gathered, so that any loss, masked or not, and any metric is
that of the whole batch; a replica's gradient flows through its own rows alone, and the sum over the replicas is the
gradient that one device finds. Clipping, accumulation, averaging and loss scaling then happen once, in Keras's own
optimizer, which knows nothing of replicas.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from builder.diagnostics import fail
from builder.training.gathering import Outputs, Rows, apart, my_rows, read_outputs, sum_gradients, summed

FAR = 0x9E3779B1  # odd, so that the seeds of replicas never meet


@dataclass
class Spread:
    """The steps of a compiled model whose weights were made in the scope of `strategy`; `room` is the size of a batch.

    `weights` are the losses' by output. The optimizer must be built of `firsts`. Both steps are called outside of the
    strategy's scope, where Keras divides no loss by the number of replicas.
    """

    model: object
    strategy: object
    room: int
    weights: Mapping[str, float] | None = None
    seen: Outputs | None = None

    @cached_property
    def firsts(self) -> list:
        """The trainable weights as they lie on the first device: what the optimizer updates."""
        return firsts(self.strategy, self.model.trainable_variables)

    def build(self) -> None:
        """Builds the optimizer."""
        if not self.model.optimizer.built:
            self.model.optimizer.build(self.firsts)

    def train_step(self, batch: tuple):
        """As `keras.Model.train_step`, on `(inputs, targets)` or `(inputs, targets, weights)`."""
        gradients, outputs, masks, extra = self.strategy.run(self.train_part, batch)
        self.model.optimizer.apply([self.first(gradient) for gradient in gradients], self.firsts)
        self.copy()
        return self.measured(batch, outputs, masks, extra)

    def test_step(self, batch: tuple):
        """As `keras.Model.test_step`."""
        return self.measured(batch, *self.strategy.run(self.test_part, batch))

    def train_part(self, inputs: Mapping, targets: Mapping, weights: Mapping | None = None) -> tuple:
        """In a replica: the gradients of the whole batch, the outputs, and the loss that layers and weights add."""
        import tensorflow as tf

        rows = my_rows(inputs, self.room)
        with tf.GradientTape() as tape:
            made, added = self.called(rows, inputs, training=True)
            outputs = read_outputs(made, rows)
            joined = outputs.put(rows.joined)
            loss = self.model.optimizer.scale_loss(self.loss_of(targets, joined, weights) + added)
        found = tape.gradient(loss, [variable.value for variable in self.model.trainable_variables])
        self.seen = outputs
        return sum_gradients(found, rows), joined.tensors, outputs.masks, summed(added)

    def test_part(self, inputs: Mapping, targets: Mapping) -> tuple:
        """In a replica: the outputs of the whole batch and the added loss."""
        rows = my_rows(inputs, self.room)
        made, added = self.called(rows, inputs, training=False)
        self.seen = outputs = read_outputs(made, rows)
        return outputs.put(rows.gathered).tensors, outputs.masks, summed(added)

    def called(self, rows: Rows, inputs: Mapping, training: bool) -> tuple:
        """The model's outputs for this replica's rows, and its share of the penalties on weights and activities.

        The layers remember their penalties until the model is called again, by another replica as soon as this one waits.
        """
        import tensorflow as tf

        made = self.model(rows.of(inputs), training=training)
        added = tf.add_n([tf.zeros(()), *(tf.reduce_sum(tf.cast(loss, tf.float32)) for loss in self.model.losses)])
        return made, rows.share * added

    def loss_of(self, targets: Mapping, outputs: Outputs, weights: Mapping | None = None):
        """The loss of the whole batch, inside a replica."""
        def total(targets, tensors, masks, weights):
            return self.total(self.each(targets, outputs.values(tensors, masks), weights))

        return apart(total, dict(targets), dict(outputs.tensors), dict(outputs.masks), dict(weights or {}))

    def each(self, targets: Mapping, outputs: Mapping, weights: Mapping) -> dict:
        """The loss of each output, without the output's own weight; `weights` are those of examples, where they have any."""
        import tensorflow as tf

        return {name: tf.cast(loss(targets[name], outputs[name], weights.get(name)), tf.float32) for name, loss in self.model.loss.items()}

    def total(self, each: Mapping):
        return sum((self.weights or {}).get(name, 1.0) * loss for name, loss in each.items())

    def measured(self, batch: tuple, tensors: Mapping, masks: Mapping, added):
        """Losses and metrics of the whole batch, counted once, as Keras's own steps count them."""
        import tensorflow as tf

        inputs, targets, weights = (*batch, {})[:3]
        outputs = self.seen.values(*({name: self.first(tensor) for name, tensor in found.items()} for found in (tensors, masks)))
        each, known = self.each(targets, outputs, weights), {metric.name: metric for metric in self.model.metrics}
        known["loss"].update_state(self.total(each) + self.first(added), sample_weight=tf.shape(tf.nest.flatten(inputs)[0])[0])
        for name, loss in each.items() if len(each) > 1 else ():
            known[f"{name}_loss"].update_state(loss)
        return self.model.compute_metrics(inputs, targets, outputs, weights or None)

    def first(self, value):
        return first(self.strategy, value)

    def copy(self) -> None:
        copied(self.strategy, self.firsts, self.model.trainable_variables)

    def finalize(self) -> None:
        """At the end of training: averaged weights take the place of the last ones, where the optimizer averages."""
        self.model.optimizer.finalize_variable_values(self.firsts)
        self.copy()


def first(strategy, value):
    """What the first replica of this process has."""
    return None if value is None else strategy.experimental_local_results(value)[0]


def copied(strategy, firsts: list, variables: list) -> None:
    """Gives the weights of the first device to the others of this process."""
    for one, variable in zip(firsts, variables, strict=True):
        for other in strategy.experimental_local_results(variable.value)[1:]:
            other.assign(one.value)


def firsts(strategy, variables: list) -> list:
    """Keras variables over the first device's part of mirrored ones: writing to them needs no replica."""
    return [_first(strategy.experimental_local_results(variable.value)[0], variable) for variable in variables]


def _first(part, variable):
    import keras

    made = keras.Variable(part, dtype=variable.dtype, trainable=True, name=variable.name)
    made.constraint, made.regularizer = variable.constraint, variable.regularizer
    made.overwrite_with_gradient = variable.overwrite_with_gradient
    return made


def part_seeds(model, strategy) -> None:
    """Gives each replica random numbers of its own, or dropout would drop the same places of each share.

    The first replica keeps the state that is saved; the others' follow from it.
    """
    for variable in model.variables:
        if variable.name == "seed_generator_state":
            for number, part in zip(_numbers(strategy), strategy.experimental_local_results(variable.value)):
                seed, count = part.numpy().tolist()
                part.assign([(seed + number * FAR) % 2**31, count])


def _numbers(strategy) -> Iterator[int]:
    """The numbers of this process's replicas among all."""
    import tensorflow as tf

    number = tf.function(lambda: tf.identity(tf.distribute.get_replica_context().replica_id_in_sync_group), autograph=False)
    numbers = tf.function(lambda: strategy.run(number), autograph=False)()
    return (int(number) for number in strategy.experimental_local_results(numbers))


def spread(trained, strategy, room: int, weights: Mapping[str, float] | None = None):
    """The steps of a model over the devices of a strategy, its optimizers built; `room` is the size of a batch, `weights` are the losses'."""
    if hasattr(trained, "work"):
        from builder.training.spreading import SpreadProgram

        made = SpreadProgram(trained, strategy, room)
    else:
        made = Spread(trained, strategy, room, weights)
    made.build()
    return made


def _takes_turns(strategy) -> bool:
    """Whether the replicas of this process are parts of the CPU: these wait for each other in Python."""
    parts = strategy.extended.worker_devices
    return len(parts) > 1 and "CPU" in parts[0].upper()


@contextlib.contextmanager
def synchronised(model, strategy) -> Iterator[None]:
    """Inside, batch normalization takes its moments over all replicas; the model's configuration is as before afterwards.

    Raises:
        SpecError: `mirrored-penalty`, CPUs of one process cannot do both that and a penalty on activities.
    """
    layers = [layer for layer in model._flatten_layers() if getattr(layer, "synchronized", None) is False]
    penalised = [layer.name for layer in model._flatten_layers() if getattr(layer, "activity_regularizer", None) is not None]
    if layers and penalised and _takes_turns(strategy):
        # Replicas take turns where such a layer waits, and each would read the penalties of the one before it.
        raise fail("mirrored-penalty", None, layer=penalised[0], norm=layers[0].name)
    for layer in layers:
        layer.synchronized = True
    try:
        yield
    finally:
        for layer in layers:
            layer.synchronized = False
