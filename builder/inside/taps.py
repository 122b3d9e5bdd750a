"""Keras models of the layers of another that give some of its inner wires, and compute nothing else."""

from collections.abc import Iterator, Mapping, Sequence

from builder.graph import Graph, Node
from builder.graph.wires import ports
from builder.inside.wires import Walk


def tapped(graph: Graph, model, names: Sequence[str], name: str):
    """A model of these wires, by their names in the graph; it takes all inputs of the model.

    A network stays one layer, or becomes one that gives more: two networks may name their layers alike, which in one Keras model none may.
    """
    import keras

    walk = Taps(frozenset(names))
    walk.inputs = {key: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=key) for key, tensor in model.input.items()}
    walk.laid(list(_needed(graph, names)), graph, model, walk.inputs, "")
    return keras.Model(walk.inputs, {key: walk.values[key] for key in names}, name=name)


class Taps(Walk):
    """A way through a graph that enters a network only where an inner wire of it is wanted."""

    def network(self, graph: Graph, model, named: Mapping, name: str) -> list:
        outputs = [ports(graph.nodes[wire.node])[wire.port] for wire in graph.outputs.values()]
        own = [f"{name}.{port}" for port in range(len(outputs))]  # the step's further outputs
        inner = [wire.removeprefix(f"{name}.") for wire in self.wanted if wire.startswith(f"{name}.") and wire not in own]
        if not inner:
            made = model(named)
            return [made[key] for key in graph.outputs]
        made = tapped(graph, model, list(dict.fromkeys([*outputs, *sorted(inner)])), name)(named)
        self.values |= {f"{name}.{wire}": made[wire] for wire in inner}
        return [made[wire] for wire in outputs]


def _needed(graph: Graph, names: Sequence[str]) -> Iterator[Node]:
    """The steps that wires come from, in their order."""
    found = graph.before(node.index for node in graph.nodes if any(name == node.name or name.startswith(f"{node.name}.") for name in names))
    return (node for node in graph.nodes if node.index in found)
