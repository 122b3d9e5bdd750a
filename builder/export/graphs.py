"""SavedModel: the model as a TensorFlow graph with named inputs and outputs, and names for its classes."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from builder.catalog import import_keras
from builder.catalog.importing import muted
from builder.export.interface import Interface, Port, portable_kernels
from builder.model.generate import Generator

SIGNATURE = "serving_default"
PASSING = ("Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze")


def write_graph(model, ports: Interface, folder: Path, *, named: bool = True,
                shapes: Mapping[str, tuple[int, ...]] | None = None, generator: Generator | None = None) -> None:
    """Writes a SavedModel with the signatures `serve` and `serving_default`, preprocessing inside, and `generate` where there is a generator.

    Args:
        model: a plain model (`interface.plain_model`).
        ports: its inputs and outputs.
        folder: where the SavedModel is written; its parent exists.
        named: whether classifiers also give the class name, as `<output>_class`.
        generator: makes sequences with the model.
        shapes: whole shapes by input name, batch included, where nothing may stay free.
    """
    keras = import_keras()
    archive = keras.export.ExportArchive()
    archive.track(model)
    with portable_kernels(model), muted(), _quiet():
        archive.add_endpoint("serve", _serve(model, ports, named), [_signature(ports, shapes or {})])
        if generator is not None:
            archive.track(generator.model)
            archive.add_endpoint("generate", _generate(generator, ports), [_signature(ports, {}, generator.plan.needs)])
        archive.write_out(str(folder), verbose=False)


def _signature(ports: Interface, shapes: Mapping[str, tuple[int, ...]], names: Sequence[str] | None = None) -> dict:
    import tensorflow as tf

    return {port.key: tf.TensorSpec(shapes.get(port.name, port.shape), port.dtype, name=port.key)
            for port in ports.inputs if names is None or port.name in names}


def _generate(generator: Generator, ports: Interface):
    def generate(inputs):
        return generator({port.name: inputs[port.key] for port in ports.inputs if port.key in inputs})

    return generate


def _serve(model, ports: Interface, named: bool):
    def serve(inputs):
        outputs = dict(model({port.name: inputs[port.key] for port in ports.inputs}, training=False))
        for port in ports.outputs if named else ():
            if port.classes:
                outputs[ports.class_key(port)] = class_names(model, port, outputs[port.name])
        return outputs

    return serve


def class_names(model, port: Port, scores):
    """The name of the likeliest class: a string tensor, one dimension less than `scores`.

    One unit is the score of the second of two classes: a logit after a linear layer, else a probability.
    """
    import tensorflow as tf

    if port.shape[-1] == 1:
        index = tf.cast(scores[..., 0] > (0.0 if _is_logit(model.output[port.name]) else 0.5), tf.int32)
    else:
        index = tf.argmax(scores, axis=-1)
    return tf.gather(tf.constant(port.classes), index)


def _is_logit(tensor) -> bool:
    """Whether a linear layer made a tensor, perhaps with casts and changes of shape after it."""
    operation, node, index = tensor._keras_history
    if hasattr(operation, "layers"):
        return _is_logit(operation.outputs[index])
    activation = getattr(getattr(operation, "activation", None), "__name__", "")
    kind = type(operation).__name__
    if kind in PASSING or (kind == "Activation" and activation == "linear"):
        return _is_logit(operation._inbound_nodes[node].input_tensors[0])
    return activation == "linear"


@contextlib.contextmanager
def _quiet():
    """TensorFlow tells of each saved asset, and absl of each untraced function, on the log."""
    import logging

    loggers = [logging.getLogger(name) for name in ("tensorflow", "absl")]
    before = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        yield
    finally:
        for logger, level in zip(loggers, before):
            logger.setLevel(level)
