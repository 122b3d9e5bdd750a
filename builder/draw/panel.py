"""One network laid out: its boxes from the inside out, then everything in it placed from the outside in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from builder.draw.card import HEADER, LABEL, Card, card, header
from builder.draw.figure import Panel
from builder.draw.frame import Frame, Insets, Size, Tag, frame
from builder.draw.geometry import Box, EdgePath, Label, NodeBox
from builder.draw.measure import width
from builder.draw.nets import nets
from builder.draw.rows import Rows, rows
from builder.draw.strands import paths

LABEL_GAP, LABEL_TALL = 6.0, 14.0
EDGE, INNER = 14.0, 10.0
PORTS, USE_PORT = 16.0, 9.0


@dataclass(frozen=True)
class Drawn:
    """One panel laid out but not yet placed: its frames by box, and how the sizes of its leaves came about."""

    panel: Panel
    number: int
    frames: Mapping[int, Frame]
    sizes: Mapping[int, Size]
    cards: Mapping[int, Card]
    right: bool

    @property
    def size(self) -> Size:
        return self.frames[0].size


def arranged(panel: Panel) -> dict[int, Rows]:
    """Ranks and order inside every box of a panel, by the box's number: the part that no size changes."""
    found = nets(panel)
    return {number: rows(item.children, found.get(number, [])) for number, item in enumerate(panel.items) if item.is_box}


def drawn(panel: Panel, number: int, networks: Iterable[str], right: bool, framed: bool) -> Drawn:
    """Lays out every box of a panel, the innermost first; children are numbered after their box."""
    inside = arranged(panel)
    exits = _exits(panel, set(networks))
    cards, sizes, frames = {}, {}, {}
    tags = {i: _tag(trunk.shape, right) for i, trunk in enumerate(panel.trunks)}
    for index in range(len(panel.items) - 1, -1, -1):
        item = panel.items[index]
        if not item.is_box:
            cards[index] = card(item)
            sizes[index] = _leaf(cards[index], exits.get(index, ({}, [])), right)
            continue
        cards[index] = header(item) if index or framed else Card("")
        buses = _buses(panel, inside[0], set(networks)) if index == 0 else {}
        frames[index] = frame(inside[index], sizes, tags, _insets(cards[index], right, bool(index or framed)), buses)
        sizes[index] = frames[index].size
    return Drawn(panel, number, frames, sizes, cards, right)


def _exits(panel: Panel, networks: set[str]) -> dict[int, tuple[dict[int, str], list[str]]]:
    """What leaves each leaf: the shapes of its wires by net, and the networks it uses."""
    found: dict[int, tuple[dict[int, str], list[str]]] = {}
    for number, trunk in enumerate(panel.trunks):
        found.setdefault(trunk.source, ({}, []))[0][number] = trunk.shape
    for item, network in panel.uses:
        if network in networks:
            found.setdefault(item, ({}, []))[1].append(network)
    return found


def bus_rows(panel: Panel, outer: Rows, networks: set[str]) -> dict[int, dict[str, list[int]]]:
    """Which networks the children in each row of the outermost box point to, and from which slots."""
    slots = {slot.item: i for i, slot in enumerate(outer.slots) if slot.kind == "item"}
    found: dict[int, dict[str, list[int]]] = {}
    for item, network in panel.uses:
        while panel.items[item].parent > 0:
            item = panel.items[item].parent
        if network in networks:
            slot = slots[item]
            held = found.setdefault(outer.slots[slot].row, {}).setdefault(network, [])
            if slot not in held:
                held.append(slot)
    return found


def _buses(panel: Panel, outer: Rows, networks: set[str]) -> dict[int, int]:
    return {row: len(found) for row, found in bus_rows(panel, outer, networks).items()}


def _tag(shape: str, right: bool) -> Tag:
    wide = width(shape, LABEL) + LABEL_GAP + 4
    return Tag(wide + 2, LABEL_TALL, 0.0) if right else Tag(LABEL_TALL, 0.0, wide)


def _leaf(shown: Card, leaving: tuple[dict[int, str], list[str]], right: bool) -> Size:
    """The size of a card with its ports: several wires leave it side by side, each with room for its label."""
    shapes, networks = leaving
    widest = max((width(shape, LABEL) for shape in shapes.values()), default=0.0)
    length, half = (shown.width, shown.height / 2) if right else (shown.height, shown.width / 2)
    apart = PORTS if right else round(widest + LABEL_GAP + 10)
    reach = (len(shapes) - 1) / 2 * apart if shapes else 0.0
    beside = reach + LABEL_GAP + widest + 4 if shapes and not right else 0.0
    half = max(half, reach + EDGE, beside + USE_PORT if networks else 0.0)
    exits: dict[object, float] = {key: i * apart - reach for i, key in enumerate(shapes)}
    exits.update({network: half - USE_PORT if shapes else 0.0 for network in networks})
    if right:
        return Size(length, max(half, reach + LABEL_TALL + 4), half, half, widest + LABEL_GAP + 8 if shapes else 0.0, exits)
    return Size(length, half, max(half, beside), half, LABEL_TALL + 3 if shapes else 0.0, exits)


def _insets(head: Card, right: bool, framed: bool) -> Insets:
    if not framed:
        return Insets(0.0, 0.0, 0.0, 0.0)
    if right:
        return Insets(EDGE, EDGE, HEADER + INNER, EDGE, least_along=head.width)
    return Insets(HEADER, INNER, EDGE, EDGE, least_across=head.width)


Point = Callable[[float, float], tuple[float, float]]


class Placer:
    """Gives everything in a panel its place on the page; `along` and `across` are those of its outermost box."""

    def __init__(self, panel: Drawn, along: float, across: float, framed: bool):
        self.drawn, self.items, self.framed = panel, panel.panel.items, framed
        self.at = {0: (along, across)}
        self.boxes: list[Box] = []
        self.nodes: list[NodeBox] = []
        self.edges: list[EdgePath] = []
        self.labels: list[Label] = []

    def point(self, along: float, across: float) -> tuple[float, float]:
        along, across = round(along, 2), round(across, 2)
        return (along, across) if self.drawn.right else (across, along)

    def place(self) -> "Placer":
        """Boxes stand before what they hold, so one walk forward places all."""
        level = {0: 0}
        for number, item in enumerate(self.items):
            if number:
                level[number] = level[item.parent] + 1
            if item.is_box:
                self.box(number, level[number])
            else:
                self.node(number)
        return self

    def rectangle(self, number: int, half: float | None) -> tuple[float, float, float, float]:
        """The x, y, width and height of an item; `half` is its reach to either side where labels reach further."""
        size = self.drawn.sizes[number]
        along, across = self.at[number]
        left, right = (half, half) if half is not None else (size.left, size.right)
        x, y = self.point(along, across - left)
        breadth = round(left + right, 2)
        return (x, y, size.length, breadth) if self.drawn.right else (x, y, breadth, size.length)

    def node(self, number: int) -> None:
        size = self.drawn.sizes[number]
        self.nodes.append(NodeBox(self.items[number], self.drawn.cards[number], *self.rectangle(number, size.half)))
        along, across = self.at[number]
        for key, offset in size.exits.items():
            if isinstance(key, int):
                self.label(key, along + size.length, across + offset)

    def label(self, key: int, along: float, across: float, above: float = 0.0) -> None:
        """A wire's shape just behind `along`, or just before it where `above` tells how much room it takes."""
        text = self.drawn.panel.trunks[key].shape
        if self.drawn.right:
            x, y = along - above + (0 if above else LABEL_GAP), across - 5
        else:
            x, y = across + LABEL_GAP, along - 4 if above else along + 12
        self.labels.append(Label(text, round(x, 2), round(y, 2), self.wire(key)))

    def wire(self, key: int | str) -> str:
        return f"p{self.drawn.number}w{key}" if isinstance(key, int) else f"p{self.drawn.number}u"

    def box(self, number: int, level: int) -> None:
        found, item = self.drawn.frames[number], self.items[number]
        along, across = self.at[number]
        if number or self.framed:
            name, times = ("", 0) if number else (self.drawn.panel.name, self.drawn.panel.times)
            self.boxes.append(Box(item, self.drawn.cards[number], *self.rectangle(number, None), level, name, times))
        for i, slot in enumerate(found.rows.slots):
            if slot.kind == "item":
                self.at[slot.item] = (along + found.begin[i], across + found.place[i])
        self.wires(number)
        for i in found.tagged:
            key = found.rows.nets[found.rows.slots[i].net].key
            room = _tag(self.drawn.panel.trunks[key].shape, self.drawn.right).along
            self.label(key, along + found.stop[found.rows.slots[i].row], across + found.place[i], above=room)

    def wires(self, number: int) -> None:
        found = self.drawn.frames[number]
        along, across = self.at[number]
        lengths = {i: self.drawn.sizes[slot.item].length for i, slot in enumerate(found.rows.slots) if slot.kind == "item"}
        for path in paths(found, lengths):
            points = tuple(self.point(along + a, across + b) for a, b in path.points)
            key = found.rows.nets[path.net].key
            target = self.leaf(found.rows.slots[path.target].item)
            kind = "wire" if isinstance(key, int) else "use"
            source = self.drawn.panel.trunks[key].source if isinstance(key, int) else found.rows.slots[path.source].item
            self.edges.append(EdgePath(self.wire(key), self.items[source].key, target, points, kind))

    def leaf(self, item: int) -> str | None:
        return self.items[item].key if item >= 0 and not self.items[item].is_box else None
