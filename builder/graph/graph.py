"""The laid graph: layers, calls of them, and the wires between, each with its span and shape."""

from collections.abc import Iterable, Iterator, KeysView, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from builder.diagnostics import Span, Use


@dataclass(frozen=True)
class TensorSpec:
    """What flows on a wire: its shape without the batch dimension (None: any size) and its dtype."""

    shape: tuple[int | None, ...]
    dtype: str = "float32"


@dataclass(frozen=True)
class Recipe:
    """How to make one Keras object: its kind in the catalogue, its name and its worked-out arguments.

    Values are numbers, texts, booleans, None, tuples, mappings frozen as tuples of pairs in a `Pairs`,
    or other recipes (`Bidirectional(LSTM(64))`), so a recipe is hashable and says all there is.
    """

    kind: str
    name: str
    args: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Pairs:
    """A mapping as a hashable value."""

    items: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Wire:
    """One output of one node: the node's position in its graph, the port, and what flows there."""

    node: int
    port: int
    spec: TensorSpec


@dataclass(frozen=True)
class WeightsPlan:
    """Trained weights that a step, a network or the model asks for by name.

    `source` is a file or a run, `part` the box of it that is meant (`file.keras#encoder`), `scope` where the step stands in its
    network. `renames` are patterns of the file's names with what they become; `skip` patterns of ours; `places`
    tells where each pattern stands in the spec.
    """

    source: str
    span: Span
    part: str = ""
    scope: tuple[str, ...] = ()
    renames: tuple[tuple[str, str], ...] = ()
    skip: tuple[str, ...] = ()
    strict: bool = False
    trail: tuple[Use, ...] = ()
    places: tuple[tuple[str, Span], ...] = ()


@dataclass(frozen=True)
class Layer:
    """Weights that exist once, however often they are called; `name` is the Keras layer's name.

    `family` is the name in parts, those that nobody gave but that are counted (`dense_2`) as `dense#`;
    `inner` are the names of the layers within, of a whole network used as one or of a `cell`: the graph of one step of a recurrent layer.
    """

    name: str
    recipe: Recipe
    span: Span
    trail: tuple[Use, ...] = ()
    trainable: bool | None = None
    weights: WeightsPlan | None = None
    family: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()
    cell: "Graph | None" = None


@dataclass(frozen=True)
class Node:
    """One call. `what` is input, layer, op, formula or network.

    `inputs` are the positional call arguments: a wire, or a tuple of wires where a list is passed;
    `named` the call arguments by name. `scope` is the path of boxes (blocks and named groups) it
    stands in. `parameters`, `trainable` and `macs` count what this call adds: a layer called a
    second time adds no parameters. `macs` are multiply-accumulates for one example.
    """

    index: int
    what: str
    name: str
    span: Span
    brick: str
    inputs: tuple = ()
    named: tuple[tuple[str, object], ...] = ()
    outputs: tuple[Wire, ...] = ()
    layer: str | None = None
    recipe: Recipe | None = None
    formula: object = None
    network: str | None = None
    scope: tuple[str, ...] = ()
    trail: tuple[Use, ...] = ()
    parameters: int = 0
    trainable: int = 0
    macs: int = 0
    again: bool = False

    def reads(self) -> tuple[Wire, ...]:
        """Every wire this call reads, in order."""
        values = [*self.inputs, *(value for _, value in self.named)]
        return tuple(w for value in values for w in (value if isinstance(value, tuple) else (value,)) if isinstance(w, Wire))


@dataclass(frozen=True)
class Scope:
    """A box of the picture: a use of a block, or a named group."""

    path: tuple[str, ...]
    brick: str
    span: Span


@dataclass(frozen=True)
class Graph:
    """A network laid out: nodes in an order in which each reads only earlier ones.

    `names` are the single wires that steps named, as far as a step at the end could read them; `added` are the outputs that
    nobody listed, but that terms of a loss read.
    """

    name: str
    inputs: Mapping[str, Wire]
    outputs: Mapping[str, Wire]
    nodes: tuple[Node, ...]
    layers: Mapping[str, Layer] = field(default_factory=dict)
    scopes: Mapping[tuple[str, ...], Scope] = field(default_factory=dict)
    networks: Mapping[str, "Graph"] = field(default_factory=dict)
    span: Span | None = None
    weights: WeightsPlan | None = None
    names: Mapping[str, Wire] = field(default_factory=dict)
    added: tuple[str, ...] = ()

    @property
    def listed(self) -> tuple[str, ...]:
        """The outputs that the spec lists, or that stand for it where it lists none."""
        return tuple(name for name in self.outputs if name not in self.added)

    @property
    def parameters(self) -> int:
        """How many weights the model has: what no output reads is not part of it, what is shared counts once."""
        return sum(node.parameters for node in self.adding(set()))

    @property
    def trainable(self) -> int:
        return sum(node.trainable for node in self.adding(set()))

    @property
    def macs(self) -> int:
        return sum(node.macs for node in self.nodes if node.index in self.reached)

    @cached_property
    def reached(self) -> frozenset[int]:
        """The nodes that outputs depend on, and the inputs."""
        return frozenset(self.before(wire.node for wire in self.outputs.values()) | {wire.node for wire in self.inputs.values()})

    def before(self, nodes: Iterable[int]) -> KeysView[int]:
        """These nodes and all that they depend on, in the order in which they are come upon."""
        found, pending = {}, list(nodes)
        while pending:
            index = pending.pop()
            if index not in found:
                found[index] = None
                pending += [wire.node for wire in self.nodes[index].reads()]
        return found.keys()

    def read_by(self, nodes: Iterable[int]) -> list[str]:
        """The inputs that these nodes depend on."""
        found = self.before(nodes)
        return [name for name, wire in self.inputs.items() if wire.node in found]

    def adding(self, counted: set[str]) -> Iterator[Node]:
        """The first call of each layer of the model, networks within entered unless they are `counted`."""
        layers = {node.layer for node in self.nodes if node.index in self.reached}
        yield from (node for node in self.nodes if node.layer in layers and node.layer and not node.again)
        for node in self.nodes:
            if node.network and node.index in self.reached and node.network not in counted:
                counted.add(node.network)
                yield from self.networks[node.network].adding(counted)
