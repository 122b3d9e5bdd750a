"""Every wire of a laid graph by its dotted name, as `builder.inside` names them, without building the model."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from builder.diagnostics import near
from builder.graph.graph import Graph, Node, TensorSpec, Wire


@dataclass(frozen=True)
class Tap:
    """A wire by name: what flows (None: known to Keras alone), the model's own step that it belongs to, and where it stands.

    `way` are the steps from the model down to the one that the wire leaves: networks are entered.
    """

    name: str
    spec: TensorSpec | None
    way: tuple[Node, ...]
    port: int = 0

    @property
    def step(self) -> Node:
        """The model's own step."""
        return self.way[0]


class Wires:
    """Finds the wires of one graph by what a person calls them; nothing is worked out before it is asked for."""

    def __init__(self, graph: Graph):
        self.graph = graph

    @cached_property
    def taps(self) -> dict[str, Tap]:
        """Every wire by its own name, in the order of the model."""
        return {tap.name: tap for tap in _taps(self.graph, self.graph.nodes)}

    @cached_property
    def aliases(self) -> dict[str, str]:
        """What else a wire may be called."""
        return dict(aliases(self.graph, ""))

    def find(self, name: str) -> Tap | None:
        """The wire of a name: as the model's steps may read it, by its dotted name, the box that it ends, or `encoder.conv` of a network used once."""
        wire = self.graph.names.get(name)
        if wire is not None:
            return self.taps[ports(self.graph.nodes[wire.node])[wire.port]]
        for given in (name, self._through_network(name)):
            if given in self.taps or given in self.aliases:
                return self.taps.get(given) or self.taps.get(self.aliases[given])
        return None

    def near(self, name: str) -> list[str]:
        """What may have been meant by a name that no wire has."""
        network, _, rest = name.partition(".")
        uses = [given for use in self._uses(network) if (given := f"{use}.{rest}".rstrip(".")) in self.taps or given in self.aliases]
        return uses or near(name, dict.fromkeys([*self.graph.names, *self.taps, *self.aliases]))

    def output(self, tap: Tap) -> str | None:
        """The output of the model that a wire is."""
        wire = tap.step.outputs[tap.port] if len(tap.way) == 1 else None
        return next((name for name, other in self.graph.outputs.items() if other == wire), None)

    def of_output(self, name: str) -> Tap:
        """The wire that an output of the model is; a step or an input may bear its name too."""
        wire = self.graph.outputs[name]
        return self.taps[ports(self.graph.nodes[wire.node])[wire.port]]

    def depends(self, tap: Tap, on: Tap) -> bool:
        """Whether a wire depends on another, as far as the model's own steps tell."""
        return on.step.index in self.graph.before([tap.step.index])

    def before(self, tap: Tap) -> set[str]:
        """The layers with weights that a wire depends on, by the names that `freeze` and `update` know them by."""
        return _into(self.graph, tap.way, tap.port)

    def _uses(self, network: str) -> list[str]:
        return [node.name for node in self.graph.nodes if node.network == network]

    def _through_network(self, given: str) -> str | None:
        network, _, rest = given.partition(".")
        uses = self._uses(network)
        return ".".join([uses[0], rest]).rstrip(".") if len(uses) == 1 else None


def ports(node: Node) -> list[str]:
    """The names of a step's outputs: its own, then with the number of the output: `lstm`, `lstm.1`, `lstm.2`."""
    return [f"{node.name}.{port}" if port else node.name for port in range(len(node.outputs))]


def aliases(graph: Graph, prefix: str) -> Iterator[tuple[str, str]]:
    """Boxes by what leaves them last, outputs by their wires; those of networks below the step that uses them."""
    reached = [node for node in graph.nodes if node.index in graph.reached]
    for path in graph.scopes:
        last = [node.name for node in reached if node.scope[: len(path)] == path][-1:]
        yield from ((prefix + ".".join(path), prefix + name) for name in last)
    for name, wire in graph.outputs.items():
        yield prefix + name, prefix + ports(graph.nodes[wire.node])[wire.port]
    for node in reached:
        if node.network:
            yield from aliases(graph.networks[node.network], f"{prefix}{node.name}.")


def weighted(graph: Graph, count: str = "parameters") -> dict[str, int]:
    """Every layer that has weights (by `count` trainable ones), by the name that `freeze` and `update` know it by, with their number.

    Those of a network stand below its name.
    """
    found = {name: getattr(node, count) for node in graph.nodes if node.layer and not node.again and getattr(node, count) for name in _layers(graph, node)}
    inner = {f"{one.name}.{name}": number for one in graph.networks.values() for name, number in weighted(one, count).items()}
    return found | inner


def owners(graph: Graph, prefix: str = "") -> dict[str, str]:
    """Every layer's name with the one name that tells it from others: a network that others use has one set of layers, whoever uses it."""
    own = {name: prefix + name for name in weighted(graph) if not any(name.startswith(f"{network}.") for network in graph.networks)}
    inner = {f"{one.name}.{name}": owner for one in graph.networks.values() for name, owner in owners(one, f"{one.name}.").items()}
    return own | inner


def grown(graph: Graph, names: Iterable[str], networks: Iterable[str] = ()) -> Graph:
    """The graph with an output for each of these wires, and for a use of each of these networks, that no output depends on.

    What is trained is part of the model, and so is what follows it.
    """
    wires = Wires(graph)
    uses = [[node for node in graph.nodes if node.network == name] for name in networks]
    unread = [nodes[0].name for nodes in uses if nodes and not any(node.index in graph.reached for node in nodes)]
    steps = {tap.step.index: tap for name in (*names, *unread) if (tap := wires.find(name))}
    outputs, added = dict(graph.outputs), []
    for index in sorted(steps, reverse=True):
        node, tap = graph.nodes[index], steps[index]
        if index not in replace(graph, outputs=outputs).reached:
            name = ports(node)[tap.port if len(tap.way) == 1 else 0]
            outputs[name] = node.outputs[tap.port if len(tap.way) == 1 else 0]
            added.append(name)
    return replace(graph, outputs=outputs, added=tuple(reversed(added))) if added else graph


def _taps(graph: Graph, nodes: tuple[Node, ...], prefix: str = "", way: tuple[Node, ...] = ()) -> Iterator[Tap]:
    for node in nodes:
        here = (*way, node)
        if node.what == "network":
            inner = graph.networks[node.network]
            yield from _taps(inner, tuple(one for one in inner.nodes if one.index in inner.reached), f"{prefix}{node.name}.", here)
        if node.layer and graph.layers[node.layer].inner and graph.layers[node.layer].cell is None:  # a cell's are other ones at each step
            yield from (Tap(f"{prefix}{node.name}.{name}", None, here) for name in graph.layers[node.layer].inner)
        if node.what != "input" or not way:
            yield from (Tap(f"{prefix}{name}", wire.spec, here, wire.port) for name, wire in zip(ports(node), node.outputs))


def _before(graph: Graph, wires: list[Wire]) -> set[str]:
    """The layers with weights of a graph, and of the networks it uses, that some of its wires depend on."""
    own, found, seen, pending = set(weighted(graph)), set(), set(), list(wires)
    while pending:
        wire = pending.pop()
        node = graph.nodes[wire.node]
        if node.network:
            inner = graph.networks[node.network]
            found |= {f"{inner.name}.{name}" for name in _before(inner, [list(inner.outputs.values())[wire.port]])}
        if node.index in seen:
            continue
        seen.add(node.index)
        pending += node.reads()
        found |= own & set(_layers(graph, node))
    return found


def _into(graph: Graph, way: tuple[Node, ...], port: int) -> set[str]:
    """The same of a wire within networks."""
    if len(way) == 1:
        return _before(graph, [way[0].outputs[port]])
    inner = graph.networks[way[0].network]
    return _before(graph, list(way[0].reads())) | {f"{inner.name}.{name}" for name in _into(inner, way[1:], port)}


def _layers(graph: Graph, node: Node) -> list[str]:
    """The layer that a step calls, and those within it where it is a whole network."""
    return [node.layer, *(f"{node.layer}.{name}" for name in graph.layers[node.layer].inner)] if node.layer else []
