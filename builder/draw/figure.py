"""What a picture shows, without any geometry: bricks in nested boxes, the wires between, shared networks beside."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from builder.diagnostics import Span, Use
from builder.draw import words
from builder.graph.graph import Graph, Node, TensorSpec


@dataclass(frozen=True)
class Item:
    """One thing drawn: a brick, an input or output, or a box of others (`children`, in order).

    `what` is input, output, layer, op, formula, network, box, or closed for a box that shows only its totals;
    `shapes` is what leaves it, `bricks` counts what stands inside, `unread` is where nothing reads it, `layer` whose weights
    it has, `trail` the blocks and turns of loops that laid it. Items are numbered within their panel, a box before what it
    holds; `parent` and `children` are such numbers.
    """

    key: str
    what: str
    title: str
    brick: str
    name: str
    path: tuple[str, ...] = ()
    parent: int = -1
    children: tuple[int, ...] = ()
    detail: str = ""
    arguments: str = ""
    shapes: tuple[str, ...] = ()
    network: str | None = None
    shared: bool = False
    unread: bool = False
    parameters: int = 0
    trainable: int = 0
    macs: int = 0
    bricks: int = 0
    layer: str | None = None
    span: Span | None = None
    trail: tuple[Use, ...] = ()

    @property
    def is_box(self) -> bool:
        return self.what == "box"

    @property
    def line(self) -> int | None:
        return self.span.line if self.span else None


@dataclass(frozen=True)
class Trunk:
    """One wire: the item and port it comes from, its shape in words, and every item that reads it, in order."""

    source: int
    port: int
    shape: str
    readers: tuple[int, ...]


@dataclass(frozen=True)
class Panel:
    """One network: item 0 is the box of all; `uses` are the items that call networks drawn in other panels."""

    name: str
    items: tuple[Item, ...]
    trunks: tuple[Trunk, ...]
    uses: tuple[tuple[int, str], ...] = ()
    times: int = 0

    @property
    def total(self) -> Item:
        return self.items[0]


@dataclass(frozen=True)
class Figure:
    """The main network and then those it uses, and the cells it runs, each once."""

    panels: tuple[Panel, ...]


def figure(graph: Graph, depth: int | None = None) -> Figure:
    """Sorts a laid graph into what is to be drawn; boxes nested deeper than `depth` are closed."""
    graphs = [graph, *_networks(graph)]
    times = Counter(node.network for each in graphs for node in each.nodes if node.network)
    panels = (_Sorter(each, f"p{i}", depth, times).panel() for i, each in enumerate(graphs))
    return Figure(tuple(panels))


def _networks(graph: Graph) -> list[Graph]:
    """Every network and every cell of a recurrent layer reachable, each once, under the name its uses know it by."""
    found: dict[str, Graph] = {}
    pending = [graph]
    for each in pending:
        cells = {_step(layer.name): layer.cell for layer in each.layers.values() if layer.cell is not None}
        for name, network in (*each.networks.items(), *cells.items()):
            if name not in found:
                found[name] = replace(network, name=name)
                pending.append(network)
    return list(found.values())


class _Sorter:
    """Sorts one graph's nodes into boxes. Each unbroken run of nodes in a scope is one box, so that boxes never
    form a circle, whatever order the nodes come in."""

    def __init__(self, graph: Graph, prefix: str, depth: int | None, times: Mapping[str, int]):
        self.graph, self.prefix, self.depth, self.times = graph, prefix, depth, times
        self.items: list[Item] = []
        self.children: list[list[int]] = []
        self.place: dict[int, int] = {}
        self.add(Item("", "box", graph.name, "", graph.name, span=graph.span))

    def panel(self) -> Panel:
        self.nodes()
        self.outputs()
        self.totals()
        trunks = tuple(self.trunks())
        self.leaving(trunks)
        items = tuple(replace(item, children=tuple(below)) for item, below in zip(self.items, self.children, strict=True))
        return Panel(self.graph.name, items, trunks, tuple(self.uses()), self.times.get(self.graph.name, 0))

    def add(self, item: Item) -> int:
        number = len(self.items)
        self.items.append(replace(item, key=f"{self.prefix}i{number}"))
        self.children.append([])
        if item.parent >= 0:
            self.children[item.parent].append(number)
        return number

    def nodes(self) -> None:
        """Walks the nodes with the stack of boxes open at that point."""
        opened, path = [0], ()
        for node in self.graph.nodes:
            scope = node.scope if self.depth is None else node.scope[: self.depth + 1]
            same = _common(path, scope)
            del opened[same + 1 :]
            for level in range(same, len(scope)):
                opened.append(self.box(scope[: level + 1], opened[-1]))
            path = scope
            closed = self.items[opened[-1]].what == "closed"
            self.place[node.index] = opened[-1] if closed else self.brick(node, opened[-1])
            if closed:
                self.count(opened[-1], node)

    def box(self, path: tuple[str, ...], parent: int) -> int:
        scope = self.graph.scopes.get(path)
        what = "closed" if self.depth is not None and len(path) > self.depth else "box"
        title = words.local(path[-1], path[:-1])
        return self.add(Item("", what, title, scope.brick if scope else "", ".".join(path), path, parent, span=scope.span if scope else None))

    def brick(self, node: Node, parent: int) -> int:
        return self.add(Item(
            "", node.what, words.local(node.name, node.scope), node.brick, node.name, node.scope, parent,
            detail=words.brief(node), arguments=words.arguments(node.recipe),
            shapes=tuple(words.shape(wire.spec) for wire in node.outputs), network=node.network,
            shared=node.again or self.times.get(node.network, 0) > 1,
            parameters=node.parameters, trainable=node.trainable, macs=node.macs, bricks=int(node.what != "input"),
            layer=node.layer, span=node.span, trail=node.trail,
        ))

    def count(self, number: int, node: Node) -> None:
        item = self.items[number]
        self.items[number] = replace(
            item, parameters=item.parameters + node.parameters, trainable=item.trainable + node.trainable,
            macs=item.macs + node.macs, bricks=item.bricks + 1,
        )

    def outputs(self) -> None:
        for name in self.graph.outputs:
            self.add(Item("", "output", name, "output", name, parent=0))

    def totals(self) -> None:
        """Children come after their box, so one walk backwards sums every box."""
        sums = [[item.parameters, item.trainable, item.macs, item.bricks] for item in self.items]
        for number in range(len(self.items) - 1, 0, -1):
            above = sums[self.items[number].parent]
            for i, value in enumerate(sums[number]):
                above[i] += value
        for number, (parameters, trainable, macs, bricks) in enumerate(sums):
            if self.children[number] or number == 0:
                self.items[number] = replace(
                    self.items[number], parameters=parameters, trainable=trainable, macs=macs, bricks=bricks
                )

    def trunks(self) -> Iterable[Trunk]:
        """Every wire that leaves its item, numbered by port; the ports of a closed box are the wires read outside."""
        readers: dict[tuple[int, int], dict[int, None]] = {}
        specs: dict[tuple[int, int], TensorSpec] = {}
        for wire, reader in self.reads():
            source = self.place.get(wire.node)
            if source is not None and source != reader:
                specs[wire.node, wire.port] = wire.spec
                readers.setdefault((wire.node, wire.port), {})[reader] = None
        ports: dict[int, int] = {}
        for wire, read in sorted(readers.items()):
            source = self.place[wire[0]]
            ports[source] = ports.get(source, -1) + 1
            yield Trunk(source, ports[source], words.shape(specs[wire]), tuple(sorted(read)))

    def reads(self) -> Iterable[tuple]:
        for node in self.graph.nodes:
            for wire in node.reads():
                yield wire, self.place[node.index]
        first = len(self.items) - len(self.graph.outputs)
        for i, wire in enumerate(self.graph.outputs.values()):
            yield wire, first + i

    def leaving(self, trunks: Iterable[Trunk]) -> None:
        """The shapes of the wires that leave each box, and which bricks nothing reads; what a box holds is numbered from it to its end."""
        ends = list(range(1, len(self.items) + 1))
        for number in range(len(self.items) - 1, 0, -1):
            above = self.items[number].parent
            ends[above] = max(ends[above], ends[number])
        shapes: dict[int, list[str]] = {}
        for trunk in trunks:
            box = trunk.source if self.items[trunk.source].what == "closed" else self.items[trunk.source].parent
            while box > 0 and trunk.readers[-1] >= ends[box]:
                shapes.setdefault(box, []).append(trunk.shape)
                box = self.items[box].parent
        for box, found in shapes.items():
            self.items[box] = replace(self.items[box], shapes=tuple(found))
        read = {trunk.source for trunk in trunks}
        for number, item in enumerate(self.items):
            if item.shapes and not item.is_box and number not in read:
                self.items[number] = replace(item, unread=True)

    def uses(self) -> Iterable[tuple[int, str]]:
        """Which items call which networks or run which cells, each pair once."""
        networks = [(node, node.network) for node in self.graph.nodes if node.network]
        run = {layer.name for layer in self.graph.layers.values() if layer.cell is not None}
        cells = [(node, _step(node.layer)) for node in self.graph.nodes if node.layer in run]
        return {(self.place[node.index], name): None for node, name in sorted(networks + cells, key=lambda use: use[0].index)}


def _step(layer: str) -> str:
    """The name of the box that shows the cell of a recurrent layer."""
    return f"{layer}: one step"


def _common(one: tuple, other: tuple) -> int:
    """How many leading parts two paths share."""
    same = 0
    for a, b in zip(one, other):
        if a != b:
            break
        same += 1
    return same
