"""Batches as a tf.data.Dataset: rows gathered by their numbers, in an order that is a function of seed and epoch."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import prod

import numpy as np

from builder.data.augment import augmenter, mixed_shape
from builder.data.store import Files, StoredTexts
from builder.data.table import Column
from builder.graph.graph import Recipe, TensorSpec

ENDLESS = np.iinfo("int64").max
BLOCK, MOST = 1 << 20, 16  # bytes and batches gathered at a time: what a core's own cache holds


@dataclass(frozen=True)
class Order:
    """Which rows make up which batch. Batches are counted through all epochs: `steps` of them an epoch.

    `even` are the rows of each class where all classes are to be drawn equally often.
    """

    size: int
    batch: int
    seed: int | None = None
    epoch: int = 0
    start_batch: int = 0
    repeat: bool = False
    drop_remainder: bool = False
    even: tuple[np.ndarray, ...] = ()

    @property
    def steps(self) -> int:
        return self.size // self.batch if self.drop_remainder else -(-self.size // self.batch)

    @property
    def first(self) -> int:
        return self.epoch * self.steps + self.start_batch

    @property
    def last(self) -> int:
        return ENDLESS if self.repeat else (self.epoch + 1) * self.steps

    @property
    def whole(self) -> bool:
        """Whether every batch is a full one."""
        return self.drop_remainder or self.size % self.batch == 0

    def rows(self, count, batches: int = 1):
        """The row numbers of a block: as many batches of one epoch, blocks counted (an int64 scalar tensor) as batches are.

        They are shuffled by a cipher that keeps no state. The block that `start_batch` lies in begins with that batch,
        and the last one of an epoch may be shorter.
        """
        import tensorflow as tf

        blocks = self.blocks(batches)
        epoch, block = count // blocks, count % blocks
        start = block * batches * self.batch
        end = tf.minimum(start + batches * self.batch, self.steps * self.batch if self.whole else self.size)
        first = count == self.first_block(batches)
        places = tf.range(tf.where(first, tf.maximum(start, self.start_batch * self.batch), start), end)
        if self.seed is None:
            return places
        seed = tf.stack([tf.constant(self.seed, "int64"), epoch])
        drawn = tf.random.experimental.index_shuffle(places, seed=seed, max_index=self.size - 1)
        return self.balanced(drawn, epoch) if self.even else drawn

    def balanced(self, drawn, epoch):
        """Rows of the classes in turn in place of shuffled places, so that an epoch has as many of each.

        A class is gone through in rounds, each in an order of its own: no row comes again before all of its class have come.
        """
        import tensorflow as tf

        sizes, rows = np.array([len(some) for some in self.even]), tf.constant(np.concatenate(self.even))
        kind, turn = drawn % len(sizes), drawn // len(sizes)
        count = tf.gather(tf.constant(sizes), kind)
        each = -(-self.size // len(sizes))  # turns of a class in an epoch; they are counted on through all epochs
        turn = turn + epoch * each
        seeds = tf.stack([tf.fill(tf.shape(kind), tf.constant(self.seed, "int64")), kind, turn // count], axis=1)
        # The public function takes one seed for all, whatever it says.
        place = tf.raw_ops.RandomIndexShuffle(index=turn % count, seed=seeds, max_index=count - 1, rounds=4)
        return tf.gather(rows, tf.gather(tf.constant(np.cumsum(sizes) - sizes), kind) + place)

    def blocks(self, batches: int) -> int:
        """Blocks of so many batches in an epoch."""
        return -(-self.steps // batches)

    def first_block(self, batches: int) -> int:
        return self.epoch * self.blocks(batches) + self.start_batch // batches

    def last_block(self, batches: int) -> int:
        return ENDLESS if self.repeat else (self.epoch + 1) * self.blocks(batches)


def pipeline(split, inputs: Mapping[str, TensorSpec | None], targets: Mapping[str, str], order: Order,
             augment: tuple[Recipe, ...]):
    """Batches of `(inputs, targets)`; see `Split.dataset`.

    Rows are gathered a block of batches at a time and cut into batches without being copied: for small examples
    the work of each batch in tf.data would be greater than gathering its rows.
    """
    import tensorflow as tf

    with tf.device("cpu"):
        read = {name: _reader(split.columns[name], spec) for name, spec in inputs.items()}
        answer = {name: _answer(split.columns[field], split.mixes) for name, field in targets.items()}
        own = _own_rows(split)
        change = augmenter(augment, split, inputs, order) if augment else None
        batches = _block(split, (*inputs, *targets.values()), order)

        def block(count):
            rows = own(order.rows(count, batches))
            return tuple({name: gather(rows) for name, gather in some.items()} for some in (read, answer))

        found = tf.data.Dataset.range(order.first_block(batches), order.last_block(batches))
        found = found.map(block, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        found = found.flat_map(lambda *some: tf.data.Dataset.from_tensors(some).rebatch(order.batch, drop_remainder=order.whole))
        if change:
            counted = tf.data.Dataset.zip(found, tf.data.Dataset.range(order.first, order.last))
            found = counted.map(lambda some, count: change(*some, count), num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        if not order.repeat:
            found = found.apply(tf.data.experimental.assert_cardinality(order.last - order.first))
        return found.prefetch(tf.data.AUTOTUNE)


def _own_rows(split):
    """A function from row numbers of a split to those of its source, which are the same for all columns."""
    import tensorflow as tf

    at = next(iter(split.columns.values())).at
    return (lambda rows: rows) if at is None else partial(tf.gather, tf.constant(at))


def _block(split, names: tuple[str, ...], order: Order) -> int:
    """How many batches to gather at a time: so many that the work of a call does not count, few where they are large or decoded."""
    columns = [split.columns[name] for name in names]
    if any(isinstance(column.store, Files) for column in columns):
        return 1
    row = sum(max(prod(column.field.shape) * column.dtype.itemsize, 8) for column in columns)
    return max(1, min(MOST, order.steps, BLOCK // (row * order.batch)))


def _reader(column: Column, spec: TensorSpec | None):
    """A function from row numbers to the values of a column, cast and shaped as wanted."""
    import tensorflow as tf

    shape = given_shape(column.field.shape, spec)
    dtype = spec.dtype if spec else column.field.dtype

    stored = _gatherer(column)

    def gather(rows):
        found = stored(rows)
        found = tf.reshape(found, (tf.size(rows), *shape))
        return found if found.dtype == dtype else tf.cast(found, dtype)

    return gather


def _answer(column: Column, mixes: bool):
    """As `_reader`, of a target: where examples are mixed, a class is told by the shares of all classes, float32."""
    import tensorflow as tf

    gather, shape = _reader(column, None), mixed_shape(column.field, mixes)
    if not mixes:
        return gather
    if shape == column.field.shape:
        return lambda rows: tf.cast(gather(rows), "float32")
    return lambda rows: tf.one_hot(tf.reshape(gather(rows), (tf.size(rows),)), shape[0])


def _gatherer(column: Column):
    """A function from row numbers of a column's store to the rows there."""
    import tensorflow as tf

    store = column.store
    if store.held:
        return partial(tf.gather, store.tensor)
    if isinstance(store, Files) and store.traced:
        return _decoder(store)
    read = partial(_read, store.encoded if isinstance(store, StoredTexts) else store.__getitem__)
    return lambda rows: tf.numpy_function(read, [rows], column.field.dtype, stateful=False)


def _decoder(store: Files):
    """A function from row numbers to the images in their files, several of a batch decoded at a time."""
    import tensorflow as tf

    names, load = tf.constant([os.fsencode(name) for name in store.names]), store.traced()
    item = tf.TensorSpec(store.item, store.dtype)
    return lambda rows: tf.map_fn(load, tf.gather(names, rows), fn_output_signature=item, parallel_iterations=MOST)


def _read(read, rows: np.ndarray) -> np.ndarray:
    found = read(rows)
    return np.array(found, dtype=object) if isinstance(found, list) else found


def given_shape(shape: tuple[int, ...], spec: TensorSpec | None) -> tuple[int, ...]:
    """The shape to give: a lone value and a list of one stand for each other."""
    if spec is None:
        return shape
    if shape == () and spec.shape == (1,):
        return (1,)
    return () if shape == (1,) and spec.shape == () else shape
