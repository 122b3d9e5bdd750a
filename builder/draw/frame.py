"""One box laid out inside: rows become bands along the flow, slots get places across it.

Lengths are measured along the flow (downward or to the right), places across it, so that both directions are one
layout. A box is placed by its anchor, the line on which its wires enter and leave.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from builder.draw.align import Field, places
from builder.draw.rows import Rows, Slot

BETWEEN, LANE = 22.0, 6.0
PORT, PORT_EDGE = 13.0, 9.0
ARROW, STRAIGHT, BEND, STEEP, DEEPEST = 12.0, 4.0, 20.0, 0.1, 40.0
BUS = 9.0
LONG = 2
NEARLY = 12.0


@dataclass(frozen=True)
class Size:
    """The room an item takes: its length along the flow, its reach to either side of its anchor (labels of its
    wires included), half the width of its own body, the length its labels take behind it, and where each net
    enters and leaves (by the net's key, as an offset from the anchor; a leaf is entered where there is room)."""

    length: float
    left: float
    right: float
    half: float
    stub: float
    exits: Mapping[object, float]
    entries: Mapping[object, float] | None = None


@dataclass(frozen=True)
class Tag:
    """The room a label takes beside its wire: along it, and to its left and right."""

    along: float
    left: float
    right: float


@dataclass(frozen=True)
class Insets:
    """What a box keeps free inside its borders, its header included, and the least room it may take."""

    start: float
    end: float
    left: float
    right: float
    least_along: float = 0.0
    least_across: float = 0.0


@dataclass(frozen=True)
class Frame:
    """A box laid out: the place of each slot and both ends of each strand
    (loose ones last) across, from the anchor; where each row's band starts and stops and where the
    straight stretch behind it ends along, and where each slot begins, from the box's start."""

    rows: Rows
    place: tuple[float, ...]
    ends: tuple[tuple[float, float], ...]
    start: tuple[float, ...]
    stop: tuple[float, ...]
    straight: tuple[float, ...]
    begin: tuple[float, ...]
    tagged: tuple[int, ...]
    size: Size


def frame(rows: Rows, sizes: Mapping[int, Size], tags: Mapping[object, Tag], insets: Insets,
          buses: Mapping[int, int]) -> Frame:
    """Lays out one box whose children have their sizes; `tags` are the labels of long lanes by the net's key,
    `buses` how many networks the uses in each row point to."""
    return _Framer(rows, sizes, tags, insets, buses).frame()


class _Framer:
    """Places across first, then bands along, then the border around both."""

    def __init__(self, rows: Rows, sizes: Mapping[int, Size], tags: Mapping, insets: Insets, buses: Mapping[int, int]):
        self.rows, self.sizes, self.insets, self.buses = rows, sizes, insets, buses
        self.tags = self.long_lanes(tags)

    def frame(self) -> Frame:
        self.place = self.lined_up(places(self.field()))
        self.ends = self.strand_ends()
        left, right, anchor = self.across()
        start, stop, straight, length = self.along()
        place = tuple(round(x - anchor, 2) for x in self.place)
        ends = tuple((round(a - anchor, 2), round(b - anchor, 2)) for a, b in self.ends)
        size = Size(length, left, right, 0.0, 0.0, self.border("exit", place), self.border("entry", place))
        return Frame(self.rows, place, ends, start, stop, straight, self.begins(start, stop), tuple(self.tags), size)

    def slot(self, number: int) -> Slot:
        return self.rows.slots[number]

    def key(self, number: int) -> object:
        return self.rows.nets[number].key

    def long_lanes(self, tags: Mapping[object, Tag]) -> dict[int, Tag]:
        """A lane through several rows is labelled again at its end, where its reader is."""
        lanes: dict[int, list[int]] = {}
        for number, slot in enumerate(self.rows.slots):
            if slot.is_lane:
                lanes.setdefault(slot.net, []).append(number)
        return {found[-1]: tags[self.key(net)] for net, found in lanes.items() if len(found) >= LONG and self.key(net) in tags}

    def field(self) -> Field:
        up: list[list[int]] = [[] for _ in self.rows.slots]
        down: list[list[int]] = [[] for _ in self.rows.slots]
        for upper, lower, _ in self.rows.strands:
            down[upper].append(lower)
            up[lower].append(upper)
        reach = [self.reach(number) for number in range(len(up))]
        aside = [slot.is_lane or (slot.net >= 0 and self.rows.nets[slot.net].is_use) for slot in self.rows.slots]
        return Field(self.rows.rows, up, down, aside, reach, BETWEEN)

    def reach(self, number: int) -> tuple[float, float]:
        if self.slot(number).kind == "item":
            size = self.sizes[self.slot(number).item]
            return size.left, size.right
        tag = self.tags.get(number)
        return (max(LANE, tag.left), max(LANE, tag.right)) if tag else (LANE, LANE)

    def lined_up(self, place: list[float]) -> list[float]:
        """A way in that is almost in line with the way out is moved into line, so that chains of boxes run straight."""
        entries, exits = self.doors("entry"), self.doors("exit")
        if len(entries) == len(exits) == 1 and abs(place[entries[0]] - place[exits[0]]) < NEARLY:
            place[entries[0]] = place[exits[0]]
        return place

    def doors(self, kind: str) -> list[int]:
        """Where wires cross the box's border, uses of networks aside."""
        return [i for i, slot in enumerate(self.rows.slots) if slot.kind == kind and not self.rows.nets[slot.net].is_use]

    def strand_ends(self) -> list[tuple[float, float]]:
        """Where each strand, the loose ones last, leaves its upper slot and meets its lower one."""
        strands = (*self.rows.strands, *self.rows.loose)
        tops = [self.leaves(upper, net) for upper, _, net in strands]
        ends: list[tuple[float, float]] = [(0.0, 0.0)] * len(tops)
        arriving: dict[int, list[int]] = {}
        for number, (_, lower, net) in enumerate(strands):
            size = self.sizes[self.slot(lower).item] if self.slot(lower).kind == "item" else None
            if size is not None and size.entries is None:
                arriving.setdefault(lower, []).append(number)
            else:
                offset = size.entries[self.key(net)] if size else 0.0
                ends[number] = tops[number], self.place[lower] + offset
        for lower, numbers in arriving.items():
            numbers.sort(key=lambda number: (tops[number], number))
            at = self.place[lower]
            offsets = _spread([tops[number] - at for number in numbers], self.sizes[self.slot(lower).item].half)
            for number, offset in zip(numbers, offsets, strict=True):
                ends[number] = tops[number], at + offset
        return ends

    def leaves(self, slot: int, net: int) -> float:
        item = self.slot(slot).item
        return self.place[slot] + (self.sizes[item].exits[self.key(net)] if item >= 0 else 0.0)

    def border(self, kind: str, place: tuple[float, ...]) -> dict[object, float]:
        return {self.key(slot.net): place[i] for i, slot in enumerate(self.rows.slots) if slot.kind == kind}

    def across(self) -> tuple[float, float, float]:
        """The box's reach to the left and right of its anchor, and the anchor: midway between its ways in and out."""
        spans = [(x - r[0], x + r[1]) for x, r in zip(self.place, map(self.reach, range(len(self.place))), strict=True)]
        low, high = min((s[0] for s in spans), default=0.0), max((s[1] for s in spans), default=0.0)
        doors = [[self.place[i] for i in self.doors(kind)] for kind in ("entry", "exit")]
        means = [sum(door) / len(door) for door in doors if door]
        anchor = round(sum(means) / len(means) if means else (low + high) / 2, 2)
        left, right = anchor - low + self.insets.left, high - anchor + self.insets.right
        lacking = max(0.0, self.insets.least_across - left - right) / 2
        return round(left + lacking, 2), round(right + lacking, 2), anchor

    def along(self) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...], float]:
        """Bands one after the other; the first is the header that entries pass under, the last the far border."""
        bends = [0.0] * len(self.rows.rows)
        for (upper, _, _), (top, bottom) in zip(self.rows.strands, self.ends, strict=False):
            row = self.slot(upper).row
            bends[row] = max(bends[row], abs(top - bottom))
        lengths = [self.band(row) for row in range(len(self.rows.rows))]
        gaps = [self.gap(row, bends[row]) for row in range(len(lengths) - 1)]
        total = sum(lengths) + sum(a + b for a, b in gaps) + self.insets.start + self.insets.end
        lacking = max(0.0, self.insets.least_along - total) / 2
        lengths[0] += self.insets.start + lacking
        start, stop, straight, at = [], [], [], 0.0
        for length, (plain, curved) in zip(lengths, [*gaps, (0.0, 0.0)], strict=True):
            start.append(at)
            stop.append(at + length)
            straight.append(at + length + plain)
            at += length + plain + curved
        end = start[-1] = stop[-1] = straight[-1] = round(at + self.insets.end + lacking, 2)
        return tuple(start), tuple(stop), tuple(straight), end

    def begins(self, start: tuple[float, ...], stop: tuple[float, ...]) -> tuple[float, ...]:
        """Where each slot begins: in the middle of its band, or nearer to the only side on which it has wires."""
        strands = (*self.rows.strands, *self.rows.loose)
        fed, read = {lower for _, lower, _ in strands}, {upper for upper, _, _ in strands}
        found = []
        for number, slot in enumerate(self.rows.slots):
            size = self.sizes[slot.item].length if slot.kind == "item" else stop[slot.row] - start[slot.row]
            share = 0.5 + 0.5 * ((number in read) - (number in fed))
            found.append(round(start[slot.row] + (stop[slot.row] - start[slot.row] - size) * share, 2))
        return tuple(found)

    def band(self, row: int) -> float:
        slots = (self.slot(number) for number in self.rows.rows[row])
        tagged = [self.tags[number].along for number in self.rows.rows[row] if number in self.tags]
        return max([self.sizes[slot.item].length for slot in slots if slot.kind == "item"] + tagged, default=0.0)

    def gap(self, row: int, bend: float) -> tuple[float, float]:
        """Behind a row: a straight stretch for labels and buses, then the room in which wires cross over."""
        slots = [self.slot(number) for number in self.rows.rows[row]]
        stub = max((self.sizes[slot.item].stub for slot in slots if slot.kind == "item"), default=0.0)
        plain = max(stub, STRAIGHT) + BUS * self.buses.get(row, 0)
        curved = BEND + min(DEEPEST, STEEP * bend) if bend > 0.5 else 0.0
        return plain, curved + (ARROW if row + 1 < len(self.rows.rows) - 1 else 0.0)


def _spread(wanted: list[float], half: float) -> list[float]:
    """Where wires meet a card, in order: apart from each other, and one that comes straight stays straight."""
    count = len(wanted)
    room = max(0.0, 2 * (half - PORT_EDGE))
    apart = min(PORT, room / (count - 1)) if count > 1 else 0.0
    middle = next((i for i, x in enumerate(wanted) if abs(x) < 0.5), None)
    if middle is None or max(middle, count - 1 - middle) * apart > room / 2 + 0.1:
        return [(i - (count - 1) / 2) * apart for i in range(count)]
    return [(i - middle) * apart for i in range(count)]
