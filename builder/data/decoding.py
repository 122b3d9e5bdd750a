"""Image files decoded within tf.data, image by image and several at a time, each in the way that is known to fit it."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from builder.data.calls import resting
from builder.data.images import Way, filtered, image_array

Load = Callable[[object, str], object]


def image_loader(names: Sequence[str], ways: Sequence[Way], size: tuple[int, int] | None, channels: int, resize: str = "stretch") -> Load:
    """A function of the number of a file, as a scalar tensor, and a dtype: the image that `load_image` reads, with the same bits.

    It can stand in a graph, where Python has no part in JPEG and PNG. Ways that no file needs make no branches.
    """
    import tensorflow as tf

    kinds = sorted(set(ways))
    files, which = tf.constant([os.fsencode(name) for name in names]), tf.constant([kinds.index(way) for way in ways])

    def load(number, dtype: str):
        data = tf.io.read_file(files[number])
        branches = [partial(_image, data, way, size, channels, resize, dtype) for way in kinds]
        return branches[0]() if len(branches) == 1 else tf.switch_case(which[number], branches)

    return load


def _image(data, way: Way, size: tuple[int, int] | None, channels: int, resize: str, dtype: str):
    """The image of a file's bytes, in a graph."""
    import tensorflow as tf

    if way.kind == "other":
        read = resting(lambda some: image_array(some, size, channels, resize))
        return tf.cast(tf.ensure_shape(tf.numpy_function(read, [data], tf.uint8, stateful=False), (None, None, channels)), dtype)
    image = tf.io.decode_jpeg(data, channels, ratio=way.ratio) if way.kind == "jpeg" else tf.io.decode_png(data, channels)
    image = tf.ensure_shape(image, (None, None, channels))
    return tf.cast(image, dtype) if size is None else BRINGING[resize](image, tuple(size), way.filter, dtype)


def _cropped(image, size: tuple[int, int], how: str, dtype: str):
    import tensorflow as tf

    shape = tf.shape(image)
    rows, columns = (tf.maximum(1, tf.minimum(shape[axis], shape[1 - axis] * size[axis] // size[1 - axis])) for axis in (0, 1))
    top, left = (shape[0] - rows) // 2, (shape[1] - columns) // 2
    return filtered(image[top : top + rows, left : left + columns], size, how, dtype)


def _padded(image, size: tuple[int, int], how: str, dtype: str):
    import tensorflow as tf

    shape = tf.cast(tf.shape(image)[:2], "float64")
    scale = tf.reduce_min(tf.constant(size, "float64") / shape)
    inner = tf.maximum(1, tf.cast(tf.round(shape * scale), "int32"))
    before = (size - inner) // 2
    return tf.pad(filtered(image, inner, how, dtype), tf.concat([tf.stack([before, size - inner - before], 1), [[0, 0]]], 0))


BRINGING = {"stretch": filtered, "crop": _cropped, "pad": _padded}


def decoded(batches, files: tuple[Mapping[str, Callable], ...], batch: int, whole: bool, ragged: bool):
    """A dataset of batches in which some tensors are numbers of files: these read, each example by itself as Keras does it.

    Args:
        files: of inputs and targets, by name: a function of one example's numbers, and of whether it is a real one.
        whole: whether all batches are full ones.
        ragged: whether a smaller batch may stand before others. It is filled up on the way with examples that are not real.
    """
    import tensorflow as tf

    def one(x, y, real=None):
        x, y = ({name: own[name](value, real) if name in own else value for name, value in some.items()} for some, own in zip((x, y), files, strict=True))
        return (x, y) if real is None else (x, y, real)

    if ragged:
        batches = batches.map(partial(_filled, batch))
    found = batches.unbatch().map(one, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).batch(batch, drop_remainder=whole or ragged)
    return found.map(_cut) if ragged else found


def _filled(batch: int, x: dict, y: dict):
    import tensorflow as tf

    count = tf.shape(next(iter(x.values())))[0]
    x, y = tf.nest.map_structure(lambda value: tf.gather(value, tf.minimum(tf.range(batch), count - 1)), (x, y))
    return x, y, tf.range(batch) < count


def _cut(x: dict, y: dict, real):
    import tensorflow as tf

    count = tf.math.count_nonzero(real, dtype="int32")
    return tf.nest.map_structure(lambda value: value[:count], (x, y))
