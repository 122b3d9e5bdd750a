"""Augmentation: Keras layers on training batches, their randomness a function of seed, epoch and batch.

Keras's random layers draw from a counter that each call advances; inside a parallel pipeline that is
neither repeatable nor resumable. Here each batch is given counters of its own through a stateless scope.
Layers that mix examples (MixUp, CutMix) mix what they are compared with too.
"""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod

from builder.data.table import Field
from builder.diagnostics import fail
from builder.graph.graph import Recipe, TensorSpec
from builder.graph.plans import mixing


def mixable(field: Field) -> bool:
    """Whether values of a field can be mixed: shares of classes, or numbers in a vector."""
    return bool(field.classes) and prod(field.shape) == 1 or field.dtype.startswith("float") and len(field.shape) < 2


def mixed_shape(field: Field, mixes: bool) -> tuple[int | None, ...]:
    """The shape of a target: where examples are mixed, a class is told by the shares of all classes."""
    return (len(field.classes),) if mixes and field.classes and prod(field.shape) == 1 else field.shape


def augmenter(recipes: tuple[Recipe, ...], split, inputs: Mapping[str, TensorSpec | None], order):
    """A function of (inputs of a batch, its targets, number of the batch) that changes the images among the inputs.

    It changes the targets where a layer mixes examples; they are then float32 and of `mixed_shape`.
    """
    import tensorflow as tf

    from builder.catalog import make

    names = _changed(split, inputs)
    parts = _parts(split, names)
    layers = [(make(recipe, dtype="float32"), bool(mixing([recipe]))) for recipe in recipes]
    for name in names:
        shape = split.columns[name].field.shape
        for layer, _ in layers:
            shape = tuple(layer(tf.zeros((1, *shape)), training=True).shape[1:])
    seed = split.seed if order.seed is None else order.seed

    def change(x: dict, y: dict, count) -> tuple[dict, dict]:
        start = tf.stack([tf.constant(seed, "int64"), count])
        images = {name: tf.cast(x[name], "float32") for name in names}
        with _python_random(seed):
            for number, (layer, mixes) in enumerate(layers):
                images, y = _applied(layer, images, y, {name: tf.random.fold_in(start, number + len(layers) * part) for name, part in parts.items()}, mixes)
        return x | images, y

    return change


def _changed(split, inputs: Mapping[str, TensorSpec | None]) -> list[str]:
    """The inputs that are images, or else the only input that is numbers."""
    fields = {name: split.columns[name].field for name in inputs if split.drawn[name].column is not None}
    images = [name for name, field in fields.items() if len(field.shape) == 3]
    numbers = [name for name, field in fields.items() if field.dtype != "string"]
    if images or len(numbers) == 1:
        return images or numbers
    raise fail("augment-nothing", split.span, fields={name: field.shape for name, field in fields.items()})


def _parts(split, names: list[str]) -> dict[str, int]:
    """The number of the example, of those drawn as one, that each image is of: the images of one example are changed alike."""
    kinds = list(dict.fromkeys(split.drawn[name].by for name in names))
    return {name: kinds.index(split.drawn[name].by) for name in names}


def _applied(layer, images: dict, y: dict, own: Mapping, mixes: bool) -> tuple[dict, dict]:
    """One layer on the images of a batch, by counters that are drawn from each image's own seed."""
    import keras
    import tensorflow as tf

    counters = [v for v in layer.variables if v.name == "seed_generator_state"]
    found, labels = {}, _joined(y) if mixes and y else None
    for name, x in images.items():
        drawn = tf.random.stateless_uniform((len(counters), 2), own[name], 0, 2**31 - 1, "int32")
        with keras.StatelessScope(state_mapping=[(v, tf.cast(drawn[i], v.dtype)) for i, v in enumerate(counters)]):
            if labels is None:
                found[name] = layer(x, training=True)
            else:
                both = layer({"images": x, "labels": labels}, training=True)
                found[name], blended = both["images"], both["labels"]
    return found, y if labels is None else _parted(blended, y)


def _joined(y: dict):
    """All targets of a batch side by side, (batch, numbers): Keras's layers mix one tensor of labels."""
    import tensorflow as tf

    return tf.concat([tf.cast(tf.reshape(value, (tf.shape(value)[0], prod(value.shape[1:]))), "float32") for value in y.values()], axis=1)


def _parted(labels, y: dict) -> dict:
    """The targets out of `_joined`, in the shapes they had."""
    import tensorflow as tf

    parts = tf.split(labels, [prod(value.shape[1:]) for value in y.values()], axis=1)
    return {name: tf.reshape(part, (tf.shape(part)[0], *value.shape[1:])) for (name, value), part in zip(y.items(), parts, strict=True)}


@contextmanager
def _python_random(seed: int) -> Iterator[None]:
    """Inside, Python's own random numbers follow from the seed: AugMix draws the layers of its chains by them, when it is traced."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
