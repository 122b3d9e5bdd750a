"""Batches as a tf.data.Dataset: whole batches gathered by row number, in an order that is a function of seed and epoch."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from builder.data.table import Column
from builder.graph.graph import Recipe, TensorSpec

ENDLESS = np.iinfo("int64").max


@dataclass(frozen=True)
class Order:
    """Which rows make up which batch. Batches are counted through all epochs: `steps` of them an epoch."""

    size: int
    batch: int
    seed: int | None = None
    epoch: int = 0
    start_batch: int = 0
    repeat: bool = False
    drop_remainder: bool = False

    @property
    def steps(self) -> int:
        return self.size // self.batch if self.drop_remainder else -(-self.size // self.batch)

    @property
    def first(self) -> int:
        return self.epoch * self.steps + self.start_batch

    @property
    def last(self) -> int:
        return ENDLESS if self.repeat else (self.epoch + 1) * self.steps

    def rows(self, count):
        """The row numbers of batch `count` (an int64 scalar tensor), shuffled by a cipher that keeps no state."""
        import tensorflow as tf

        epoch, batch = count // self.steps, count % self.steps
        start = batch * self.batch
        if self.drop_remainder or self.size % self.batch == 0:
            places = start + tf.range(self.batch, dtype="int64")
        else:
            places = tf.range(start, tf.minimum(start + self.batch, self.size))
        if self.seed is None:
            return places
        seed = tf.stack([tf.constant(self.seed, "int64"), epoch])
        return tf.random.experimental.index_shuffle(places, seed=seed, max_index=self.size - 1)


def pipeline(split, inputs: Mapping[str, TensorSpec | None], targets: Mapping[str, str], order: Order,
             augment: tuple[Recipe, ...]):
    """Batches of `(inputs, targets)`; see `Split.dataset`."""
    import tensorflow as tf

    from builder.data.augment import augmenter

    with tf.device("cpu"):
        read = {name: _reader(split.columns[name], spec) for name, spec in inputs.items()}
        answer = {name: _reader(split.columns[field], None) for name, field in targets.items()}
        change = augmenter(augment, split, inputs, order) if augment else None

        def batch(count):
            rows = order.rows(count)
            x = {name: gather(rows) for name, gather in read.items()}
            y = {name: gather(rows) for name, gather in answer.items()}
            return (change(x, count) if change else x), y

        counts = tf.data.Dataset.range(order.first, order.last)
        return counts.map(batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).prefetch(tf.data.AUTOTUNE)


def _reader(column: Column, spec: TensorSpec | None):
    """A function from row numbers to the values of a column, cast and shaped as wanted."""
    import tensorflow as tf

    shape = given_shape(column.field.shape, spec)
    dtype = spec.dtype if spec else column.field.dtype
    values = None if column.load else tf.constant(_storable(column.values))

    def gather(rows):
        if column.load:
            found = tf.numpy_function(partial(_load, column), [rows], column.field.dtype, stateful=False)
            found = tf.ensure_shape(found, (None, *column.field.shape))
        else:
            found = tf.gather(values, rows)
        if shape != column.field.shape:
            found = tf.reshape(found, (tf.shape(found)[0], *shape))
        return found if found.dtype == dtype else tf.cast(found, dtype)

    return gather


def _load(column: Column, rows: np.ndarray) -> np.ndarray:
    return column.rows(rows)


def _storable(values: np.ndarray):
    return values if values.dtype != object else values.tolist()


def given_shape(shape: tuple[int, ...], spec: TensorSpec | None) -> tuple[int, ...]:
    """The shape to give: a lone value and a list of one stand for each other."""
    if spec is None:
        return shape
    if shape == () and spec.shape == (1,):
        return (1,)
    return () if shape == (1,) and spec.shape == () else shape
