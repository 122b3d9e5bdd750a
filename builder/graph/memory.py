"""An estimate of what training a graph takes in memory, from its shapes alone."""

from math import prod

from builder.graph.graph import Graph

SLOTS = {"SGD": 1, "RMSprop": 1, "Adagrad": 1, "Lion": 1}
FREE = 32


def training_memory(graph: Graph, batch: int, optimizer: str = "Adam") -> int:
    """Bytes for one training step in float32: weights, gradients, optimizer state and kept activations.

    A free dimension counts as 32; what the framework itself takes is left out.
    """
    slots = SLOTS.get(optimizer, 2)
    weights = graph.parameters + graph.trainable * (1 + slots)
    return 4 * (weights + batch * _activations(graph))


def _activations(graph: Graph) -> int:
    own = sum(prod(size or FREE for size in wire.spec.shape) for node in graph.nodes for wire in node.outputs if node.what != "network")
    return own + sum(_activations(graph.networks[node.network]) for node in graph.nodes if node.what == "network")
