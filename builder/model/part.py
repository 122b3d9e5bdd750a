"""A part of a Keras model: some of its outputs, and the inputs that these depend on."""

from collections.abc import Iterable, Mapping


def part(inputs: Mapping[str, object], outputs: Mapping[str, object], name: str):
    """A Keras model of the same layers and weights from tensor to tensor, by name; inputs that no output depends on are left out."""
    import keras

    reached = _before(outputs.values())
    return keras.Model({key: tensor for key, tensor in inputs.items() if id(tensor) in reached}, dict(outputs), name=name)


def _before(tensors: Iterable) -> set[int]:
    """The tensors that some depend on, themselves among them, by identity."""
    pending, found = list(tensors), set()
    while pending:
        tensor = pending.pop()
        if id(tensor) not in found:
            found.add(id(tensor))
            operation, node, _ = tensor._keras_history  # Keras has no public way backwards
            pending += operation._inbound_nodes[node].input_tensors
    return found
