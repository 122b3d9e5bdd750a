"""What a model takes and gives, by name, as the exports and their callers see it."""

import contextlib
import keyword
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from builder.diagnostics import Fault, fail, near
from builder.model.part import part


@dataclass(frozen=True)
class Port:
    """One input or output: its name in the spec, its key in a signature, and its shape with a free batch."""

    name: str
    key: str
    shape: tuple[int | None, ...]
    dtype: str
    classes: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Interface:
    """The inputs and outputs of a model."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    @property
    def renamed(self) -> tuple[Fault, ...]:
        """A warning where a name of the spec cannot stand in a signature."""
        changed = {port.name: port.key for port in self.inputs if port.name != port.key}
        return (Fault("export-renamed", None, {"renamed": changed}, severity="warning"),) if changed else ()

    def class_key(self, output: Port) -> str:
        """The key of the class name that a classifier gives beside `output`."""
        taken = {port.key for port in self.outputs}
        plain = f"{output.name}_class"
        return plain if plain not in taken else f"{output.name}_class_name"


def plain_model(model, outputs: Iterable[str] | None = None):
    """A functional model of the same layers and weights: dicts in and out, no optimizer, no losses.

    Of several outputs some may be named; layers and inputs that only the others need are then not part of it.

    What is saved of it loads without the losses and metrics it was trained with.
    """
    import keras

    inputs = _named(model.input, [tensor.name for tensor in keras.tree.flatten(model.input)])
    every = _named(model.output, list(model.output_names))
    return part(inputs, {name: every[name] for name in outputs}, model.name) if outputs else keras.Model(inputs, every, name=model.name)


def network_of(model, name: str):
    """A network of a model, by the name that it has in the spec, with the weights it has there.

    Raises:
        SpecError: `export-network`, the model has no such network.
    """
    found = dict(_networks(model))
    if name not in found:
        raise fail("export-network", None, name=name, near=tuple(near(name, found)), networks=tuple(found))
    return found[name]


def _networks(model) -> Iterator[tuple[str, object]]:
    """Models within a model by their names, those within these too."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield layer.name, layer
            yield from _networks(layer)


def _named(tensors, names: list[str]) -> dict:
    import keras

    return dict(tensors) if isinstance(tensors, Mapping) else dict(zip(names, keras.tree.flatten(tensors)))


def interface(model, classes: Mapping[str, tuple[str, ...] | None] | None = None) -> Interface:
    """The ports of a plain model; `classes` are the class names of the outputs that have any.

    Names count where the output scores them: a unit for each class, or one unit for two.

    Raises:
        SpecError: `export-collision`, two inputs would bear the same name in a signature.
    """
    classes = classes or {}
    inputs = tuple(_port(name, _key(name), tensor) for name, tensor in model.input.items())
    outputs = tuple(_port(name, name, tensor, classes.get(name)) for name, tensor in model.output.items())
    taken: dict[str, str] = {}
    for port in inputs:
        if port.key.lower() in taken:  # TensorFlow takes `Age` and `age` for the same
            raise fail("export-collision", None, names=(taken[port.key.lower()], port.name))
        taken[port.key.lower()] = port.name
    return Interface(inputs, outputs)


def _port(name: str, key: str, tensor, classes=None) -> Port:
    import keras

    dtype, shape = keras.backend.standardize_dtype(tensor.dtype), (None, *tensor.shape[1:])
    units = shape[-1] if len(shape) > 1 and "float" in dtype else None
    nameable = classes and (len(classes) == units or (units, len(classes)) == (1, 2))
    return Port(name, key, shape, dtype, tuple(map(str, classes)) if nameable else None)


def _key(name: str) -> str:
    """TensorFlow makes Python arguments of a signature's inputs: letters, digits and `_`, and no word of Python's."""
    key = re.sub(r"\W", "_", name, flags=re.ASCII)
    fit = key[:1].isalpha() and key != "self" and not keyword.iskeyword(key)
    return key if fit else f"input_{key}"


def layers(model) -> Iterator:
    """Every layer of a model, those inside wrappers and nested models too."""
    yield from model._flatten_layers(include_self=False, recursive=True)


def learners(model) -> list:
    """The layers that learn from data before training, without those they are made of themselves."""
    found = [layer for layer in layers(model) if hasattr(layer, "adapt")]
    inner = {id(part) for layer in found for part in layers(layer)}
    return [layer for layer in found if id(layer) not in inner]


@contextlib.contextmanager
def portable_kernels(model) -> Iterator[None]:
    """No cuDNN kernels inside: a graph traced on a machine with a GPU must run on one without."""
    recurrent = [layer for layer in layers(model) if hasattr(layer, "use_cudnn")]
    before = [layer.use_cudnn for layer in recurrent]
    try:
        for layer in recurrent:
            layer.use_cudnn = False
        yield
    finally:
        for layer, was in zip(recurrent, before):
            layer.use_cudnn = was
