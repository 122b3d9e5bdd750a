"""Batches as a tf.data.Dataset: rows gathered by their numbers, in an order that is a function of seed and epoch."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import prod

import numpy as np

from builder.data.augment import augmenter, mixed_shape
from builder.data.calls import resting
from builder.data.decoding import decoded
from builder.data.dice import Dice
from builder.data.drawing import ROWS, Drawn, Draws, in_turn
from builder.data.store import Files, StoredTexts
from builder.data.table import Column
from builder.graph.graph import Recipe, TensorSpec

ENDLESS = np.iinfo("int64").max
BLOCK, MOST = 1 << 20, 16  # bytes and batches gathered at a time: what a core's own cache holds


@dataclass(frozen=True)
class Order:
    """Which rows make up which batch. Batches are counted through all epochs: `steps` of them an epoch.

    `even` are the rows of each class where all classes are to be drawn equally often. Where `among` is given, the rows of an epoch are
    drawn from so many, in rounds of all of them.
    """

    size: int
    batch: int
    seed: int | None = None
    epoch: int = 0
    start_batch: int = 0
    repeat: bool = False
    drop_remainder: bool = False
    even: tuple[np.ndarray, ...] = ()
    among: int | None = None

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

    def places(self, count, batches: int = 1):
        """The places in its epoch of a block: of as many batches, blocks counted (an int64 scalar tensor) as batches are.

        The block that `start_batch` lies in begins with that batch, and the last one of an epoch may be shorter.
        """
        import tensorflow as tf

        block = count % self.blocks(batches)
        start = block * batches * self.batch
        end = tf.minimum(start + batches * self.batch, self.steps * self.batch if self.whole else self.size)
        first = count == self.first_block(batches)
        return tf.range(tf.where(first, tf.maximum(start, self.start_batch * self.batch), start), end)

    def rows(self, places, epoch):
        """The row numbers at some places of an epoch, shuffled by a cipher that keeps no state."""
        import tensorflow as tf

        among = self.among or self.size
        if self.seed is None:
            return in_turn(places, self.size, among)
        seed = tf.stack([tf.constant(self.seed, "int64"), epoch])
        rounds = -(-self.size // among)
        drawn = tf.random.experimental.index_shuffle(places, seed=seed, max_index=rounds * among - 1)
        return self.balanced(drawn, epoch) if self.even else drawn % among if rounds > 1 else drawn

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
        read = {name: _reader(split.drawn[name], spec) for name, spec in inputs.items()}
        answer = {name: _answer(split.drawn[field], split.mixes) for name, field in targets.items()}
        files = (_decoders((name, split.drawn[name], spec) for name, spec in inputs.items()),
                 _decoders((name, split.drawn[field], TensorSpec(split.drawn[field].field.shape) if split.mixes else None) for name, field in targets.items()))
        fields = [split.drawn[name] for name in (*inputs, *targets.values())]
        drawn = _drawer(split, fields, order)
        change = augmenter(augment, split, inputs, order) if augment else None
        batches = _block(fields, order)

        def block(count):
            numbers = drawn(order.places(count, batches), count // order.blocks(batches))
            return tuple({name: gather(numbers) for name, gather in some.items()} for some in (read, answer))

        found = tf.data.Dataset.range(order.first_block(batches), order.last_block(batches))
        found = found.map(block, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        if any(files):
            found = decoded(found, files, order.batch, order.whole, ragged=order.repeat and not order.whole)
        else:
            found = found.flat_map(lambda *some: tf.data.Dataset.from_tensors(some).rebatch(order.batch, drop_remainder=order.whole))
        if change:
            counted = tf.data.Dataset.zip(found, tf.data.Dataset.range(order.first, order.last))
            found = counted.map(lambda some, count: change(*some, count), num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        if not order.repeat:
            found = found.apply(tf.data.experimental.assert_cardinality(order.last - order.first))
        return found.prefetch(tf.data.AUTOTUNE)


def _drawer(split, fields: list[Drawn], order: Order):
    """A function from the places of an epoch, and its number, to the numbers that fields are read by, rows being those of the source."""
    import tensorflow as tf

    at = next((drawn.column.at for drawn in fields if drawn.column is not None), None)
    kinds = {drawn.by: drawn for drawn in fields}
    if not split.draws:
        return lambda places, epoch: {ROWS: _own(order.rows(places, epoch), at)}
    types = [tf.as_dtype("int64" if drawn.column is not None else drawn.dtype) for drawn in kinds.values()]
    draw = partial(_draw, split.draws, tuple(kinds), split.seed if order.seed is None else order.seed, order.seed is None)

    def drawn(places, epoch):
        found = tf.numpy_function(draw, [places, order.rows(places, epoch), epoch], types, stateful=False)
        shaped = zip(kinds.items(), found, strict=True)
        return {by: _own(tf.ensure_shape(one, (None, *drawn.extra)), at if drawn.column is not None else None) for (by, drawn), one in shaped}

    return drawn


@resting
def _draw(draws: Draws, names: tuple[str, ...], seed: int, same: bool, places: np.ndarray, rows: np.ndarray, epoch: np.ndarray) -> list[np.ndarray]:
    """The numbers of some draws; they are the `same` in every epoch where nothing is shuffled."""
    numbers = draws.numbers(Dice(seed, 0 if same else int(epoch), places), rows)
    return [numbers[name] for name in names]


def _own(rows, at: np.ndarray | None):
    """The rows of the source for those of a split."""
    import tensorflow as tf

    return rows if at is None else tf.gather(tf.constant(at), rows)


def _block(fields: list[Drawn], order: Order) -> int:
    """How many batches to gather at a time: so many that the work of a call does not count, few where they are large or decoded."""
    if any(drawn.column is not None and isinstance(drawn.column.store, Files) for drawn in fields):
        return 1
    row = sum(max(prod(drawn.field.shape) * drawn.dtype.itemsize, 8) for drawn in fields)
    return max(1, min(MOST, order.steps, BLOCK // (row * order.batch)))


def _reader(drawn: Drawn, spec: TensorSpec | None):
    """A function from numbers, by name, to the values of a field, cast and shaped as wanted."""
    import tensorflow as tf

    if _traced(drawn):
        return lambda numbers: numbers[drawn.by]
    shape = given_shape(drawn.field.shape, spec)
    dtype = spec.dtype if spec else drawn.field.dtype
    stored = (lambda values: values) if drawn.column is None else _gatherer(drawn.column)

    def gather(numbers):
        own = numbers[drawn.by]
        found = stored(tf.reshape(own, (-1,)) if drawn.column is not None and drawn.extra else own)
        found = tf.reshape(found, (tf.shape(own)[0], *shape))
        return found if found.dtype == dtype else tf.cast(found, dtype)

    return gather


def _answer(drawn: Drawn, mixes: bool):
    """As `_reader`, of a target: where examples are mixed, a class is told by the shares of all classes, float32."""
    import tensorflow as tf

    gather, shape = _reader(drawn, None), mixed_shape(drawn.field, mixes)
    if not mixes or _traced(drawn):
        return gather
    if shape == drawn.field.shape:
        return lambda numbers: tf.cast(gather(numbers), "float32")
    return lambda numbers: tf.one_hot(tf.reshape(found := gather(numbers), (tf.shape(found)[0],)), shape[0])


def _gatherer(column: Column):
    """A function from row numbers of a column's store to the rows there."""
    import tensorflow as tf

    store = column.store
    if store.held:
        return partial(tf.gather, store.tensor)
    read = partial(_read, store.encoded if isinstance(store, StoredTexts) else store.__getitem__)
    return lambda rows: tf.numpy_function(read, [rows], column.field.dtype, stateful=False)


def _traced(drawn: Drawn) -> bool:
    """Whether a field's values are files that are decoded later, outside of Python: until then their numbers stand for them."""
    return drawn.column is not None and isinstance(drawn.column.store, Files) and drawn.column.store.traced is not None


def _decoders(wanted) -> dict:
    """By name, what reads the files of one example; see `decoded`."""
    return {name: _decoder(drawn, spec) for name, drawn, spec in wanted if _traced(drawn)}


def _decoder(drawn: Drawn, spec: TensorSpec | None):
    """A function from the numbers of one example's files, and whether it is a real one, to their images as wanted."""
    import tensorflow as tf

    shape, dtype = given_shape(drawn.field.shape, spec), spec.dtype if spec else drawn.field.dtype
    store, load = drawn.column.store, drawn.column.store.traced()

    def images(numbers):
        if not drawn.extra:
            return load(numbers, dtype)
        return tf.map_fn(lambda number: load(number, dtype), tf.reshape(numbers, (-1,)), fn_output_signature=tf.TensorSpec(store.item, dtype))

    def decode(numbers, real):
        read = lambda: tf.reshape(images(numbers), shape)
        return read() if real is None else tf.cond(real, read, lambda: tf.zeros(shape, dtype))

    return decode


@resting
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
