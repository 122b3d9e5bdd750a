"""States of recurrent layers carried from batch to batch: truncated backpropagation through time (Williams, Peng 1990).

Keras's `stateful` ties a layer to one size of batch, for good. Here the layer stays free, and is stateful only while a step of
training is traced, with states that belong to the training: what is saved and exported takes batches of any size.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence

from builder.diagnostics import fail

FLAG = "carries"  # set by `catalog.make` on a layer that the spec calls stateful
TRAINING, JUDGING = "training", "judging"


class Carry:
    """The states of some layers, those of training apart from those of judging, so that neither disturbs the other."""

    def __init__(self, layers: list, batch: int):
        self.layers = layers
        self.states = {use: [_zeros(layer, batch) for layer in layers] for use in (TRAINING, JUDGING)}

    @property
    def variables(self) -> list:
        """What a checkpoint keeps beside the model: the states of training."""
        import keras

        return keras.tree.flatten(self.states[TRAINING])

    def reset(self, use: str) -> None:
        """States of zeros, as at the beginning of a text."""
        import keras

        for state in keras.tree.flatten(self.states[use]):
            state.assign(keras.ops.zeros_like(state))

    def over(self, step: Callable, use: str) -> Callable:
        """A step within which the layers go on from their states, and leave there where they end."""
        def carried(*arguments):
            with self._on(use):
                return step(*arguments)

        return carried

    @contextlib.contextmanager
    def _on(self, use: str) -> Iterator[None]:
        try:
            for layer, states in zip(self.layers, self.states[use], strict=True):
                _set(layer, stateful=True, states=states)
            yield
        finally:
            for layer in self.layers:
                _set(layer, stateful=False, states=None)


def carry_of(model, batch: int, span=None, devices: object = None) -> Carry | None:
    """The states that a model's layers carry; None where none does.

    Raises:
        SpecError: `carry-devices`, training is spread over several.
    """
    layers = [layer for layer in model._flatten_layers(include_self=False, recursive=True) if getattr(layer, FLAG, False)]
    if layers and devices is not None:
        raise fail("carry-devices", span, layers=[layer.name for layer in layers])
    return Carry(layers, batch) if layers else None


def names_of(model) -> list[str]:
    """The layers of a model that carry state, for a run to remember: what is saved of them is Keras's own, and forgets it."""
    return [layer.name for layer in model._flatten_layers(include_self=False, recursive=True) if getattr(layer, FLAG, False)]


def marked(model, names: Sequence[str]):
    """A model that was loaded, its layers of these names carrying state again."""
    for layer in model._flatten_layers(include_self=False, recursive=True):
        if layer.name in names and hasattr(layer, "get_initial_state"):
            layer.carries = True
    return model


def reset(model, use: str) -> None:
    """States of zeros where a model carries any."""
    carry = getattr(model, "carry", None)
    if carry is not None:
        carry.reset(use)


def over(model, step: Callable, use: str) -> Callable:
    """A step of a model with the states that it carries, if it carries any."""
    carry = getattr(model, "carry", None)
    return step if carry is None else carry.over(step, use)


def _zeros(layer, batch: int):
    """The first states of a layer, as variables."""
    import keras

    start = layer.get_initial_state(batch_size=batch)
    return keras.tree.map_structure(lambda state: keras.Variable(keras.ops.zeros_like(state), trainable=False, name="carried"), start)


def _set(layer, **values: object) -> None:
    """Past Keras, which would take the states for weights of the layer."""
    for name, value in values.items():
        object.__setattr__(layer, name, value)
