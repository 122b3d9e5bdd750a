"""Checks between passes: a graph that breaks these rules is a bug of ours, never the user's mistake."""

from builder.graph.graph import Graph


class BrokenGraph(AssertionError):
    """A pass made a graph that is not one."""


def verify(graph: Graph) -> None:
    """Every node reads only earlier ones, names are unique, every layer called is known.

    Raises:
        BrokenGraph: a rule is broken.
    """
    names = [node.name for node in graph.nodes]
    if len(set(names)) != len(names):
        raise BrokenGraph(f"{graph.name}: two nodes bear one name")
    for position, node in enumerate(graph.nodes):
        if node.index != position:
            raise BrokenGraph(f"{node.name}: out of place")
        if any(wire.node >= position or graph.nodes[wire.node].outputs[wire.port] != wire for wire in node.reads()):
            raise BrokenGraph(f"{node.name}: reads what is not there yet")
        if node.what == "layer" and node.layer not in graph.layers:
            raise BrokenGraph(f"{node.name}: calls a layer nobody made")
        if node.what == "network" and node.network not in graph.networks:
            raise BrokenGraph(f"{node.name}: calls a network nobody laid")
    for wire in graph.outputs.values():
        if wire.node >= len(graph.nodes):
            raise BrokenGraph(f"{graph.name}: an output leads nowhere")
    for inner in graph.networks.values():
        verify(inner)
