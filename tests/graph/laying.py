"""A text laid with the fake catalogue, and what of a graph counts as the same model."""

from graph_fake import Fake

from builder.diagnostics import SpecError
from builder.graph import Graph, Wire, check, lay
from builder.language import load

HEAD = "model:\n  inputs: {x: [8]}\n  layers:\n"


def laid(text: str) -> Graph:
    spec = load(text + "\n")
    check(spec, Fake(), {})
    return lay(spec, Fake(), {})[0]


def steps(text: str, before: str = "") -> Graph:
    """The graph of a model with these steps; they are indented here."""
    return laid(before + HEAD + "\n".join("    " + line for line in text.strip("\n").splitlines()))


def kinds(text: str) -> list[str]:
    """The kinds of fault that a text has."""
    try:
        laid(text)
    except SpecError as error:
        return [fault.kind for fault in error.faults]
    return []


def model(graph: Graph, named: bool = False) -> list:
    """What is computed: calls in order, what they read, which weights they use. Names and places only where asked."""
    order = {name: i for i, name in enumerate(graph.layers)}
    return [(node.what, node.brick, node.recipe, node.network, order.get(node.layer), read(node.inputs), read(node.named), node.outputs,
             node.parameters, node.again, node.name if named else None) for node in graph.nodes] + [
             (name if named else None, read(wire)) for name, wire in graph.outputs.items()]


def read(value: object) -> object:
    if isinstance(value, Wire):
        return (value.node, value.port)
    return tuple(read(part) for part in value) if isinstance(value, tuple) else value
