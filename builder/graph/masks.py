"""Masks that get lost between what makes them and what reads them: padding would then count as if it were data."""

from collections.abc import Iterator

from builder.diagnostics import Fault
from builder.graph.graph import Graph, Node, Recipe, Wire

READING = ("LSTM", "GRU", "SimpleRNN", "RNN", "Recurrent", "Bidirectional", "GlobalAveragePooling1D")
ATTENDING = ("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention")  # they read the masks of all that they read
ONE_MASK = (*READING, "Attention", "AdditiveAttention")  # the others are given a mask of the query and one of the values
# Keras's layers that keep the time but not the mask of what they read; operations and formulas keep none either.
LOSING = ("Conv1D", "SeparableConv1D", "DepthwiseConv1D", "Conv1DTranspose", "MaxPooling1D", "AveragePooling1D", "Reshape", "ZeroPadding1D", "Cropping1D",
          "UpSampling1D")


def lost_masks(graph: Graph) -> Iterator[Fault]:
    """A warning for each step that loses a mask which a later step would read."""
    told = set()
    for reader in graph.nodes:
        if reader.index not in graph.reached or any(name.endswith("mask") for name, _ in reader.named):
            continue
        for wire in dict.fromkeys(_masked(reader)):
            maker, loser = _way(graph, wire)
            if maker and loser and loser.index not in told:
                told.add(loser.index)
                facts = {"name": _local(loser), "maker": _local(maker), "reader": _local(reader),
                         "argument": "mask" if reader.brick in ONE_MASK else "value_mask"}
                yield Fault("mask-lost", loser.span, facts, trail=loser.trail).also(maker.span, "makes the mask")


def _masked(reader: Node) -> tuple[Wire, ...]:
    """The wires whose masks a step reads."""
    return reader.reads() if reader.brick in ATTENDING else reader.reads()[:1] if reader.brick in READING else ()


def _way(graph: Graph, wire: Wire) -> tuple[Node | None, Node | None]:
    """What makes the mask of a sequence, and the last step on the way that loses it."""
    loser, wires = None, (wire,)
    while len(wires) == 1:
        node = graph.nodes[wires[0].node]
        if _makes(node):
            return node, loser
        if node.brick in READING:  # that reader is told of what comes before it, and has what mask there is
            return None, None
        if loser is None and (node.what in ("op", "formula") or node.brick in LOSING):
            loser = node
        wires = node.reads()
    return None, None


def _makes(node: Node) -> bool:
    return node.brick == "Masking" or isinstance(node.recipe, Recipe) and node.brick == "Embedding" and dict(node.recipe.args).get("mask_zero") is True


def _local(node: Node) -> str:
    return node.name.rpartition(".")[2]
