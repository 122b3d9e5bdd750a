"""Augmentation: Keras layers on training batches, their randomness a function of seed, epoch and batch.

Keras's random layers draw from a counter that each call advances; inside a parallel pipeline that is
neither repeatable nor resumable. Here each batch is given counters of its own through a stateless scope.
"""

from collections.abc import Mapping

from builder.diagnostics import fail
from builder.graph.graph import Recipe, TensorSpec


def augmenter(recipes: tuple[Recipe, ...], split, inputs: Mapping[str, TensorSpec | None], order):
    """A function of (inputs of a batch, number of the batch) that changes the images among the inputs."""
    import tensorflow as tf

    from builder.catalog import make

    names = _changed(split, inputs)
    layers = [make(recipe, dtype="float32") for recipe in recipes]
    for name in names:
        shape = split.columns[name].field.shape
        for layer in layers:
            shape = tuple(layer(tf.zeros((1, *shape)), training=True).shape[1:])
    seed = split.seed if order.seed is None else order.seed

    def change(x: dict, count) -> dict:
        start = tf.stack([tf.constant(seed, "int64"), count])
        return x | {name: _applied(layers, x[name], start) for name in names}

    return change


def _changed(split, inputs: Mapping[str, TensorSpec | None]) -> list[str]:
    """The inputs that are images, or else the only input that is numbers."""
    fields = {name: split.columns[name].field for name in inputs}
    images = [name for name, field in fields.items() if len(field.shape) == 3]
    numbers = [name for name, field in fields.items() if field.dtype != "string"]
    if images or len(numbers) == 1:
        return images or numbers
    raise fail("augment-nothing", split.span, fields={name: field.shape for name, field in fields.items()})


def _applied(layers: list, x, start):
    """All layers on one batch, each layer's counters folded from the batch's own."""
    import keras
    import tensorflow as tf

    x = tf.cast(x, "float32")
    for number, layer in enumerate(layers):
        counters = [v for v in layer.variables if v.name == "seed_generator_state"]
        own = tf.random.fold_in(start, number)
        drawn = tf.random.stateless_uniform((len(counters), 2), own, 0, 2**31 - 1, "int32")
        state = [(v, tf.cast(drawn[i], v.dtype)) for i, v in enumerate(counters)]
        with keras.StatelessScope(state_mapping=state):
            x = layer(x, training=True)
    return x
