"""Ranks and order of what stands in one box, from topology alone: sizes and open boxes do not change them.

Longest-path ranks, a lane through every rank that a wire passes, and a few barycentre sweeps that are kept only
where they save crossings, so that branches otherwise stand in the order in which they were written (Sugiyama,
Tagawa and Toda, 1981).
"""

from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass

from builder.draw.nets import ENTRY, EXIT, Net

SWEEPS = 4
LANES, LANES_AT_LEAST = 20, 2000


@dataclass(frozen=True)
class Slot:
    """A place in a row: a child of the box (`item`), a lane of a net, or the net's entry or exit at the border."""

    kind: str
    row: int
    item: int = -1
    net: int = -1

    @property
    def is_lane(self) -> bool:
        return self.kind == "lane"


@dataclass(frozen=True)
class Rows:
    """What stands in a box: rows of slots by number (entries first, exits last) and the strands between
    neighbouring rows, each an upper slot, a lower slot and the net it belongs to; `loose` are those between rows
    further apart, of nets left without a lane because lanes would be too many to draw."""

    slots: tuple[Slot, ...]
    rows: tuple[tuple[int, ...], ...]
    strands: tuple[tuple[int, int, int], ...]
    loose: tuple[tuple[int, int, int], ...]
    nets: tuple[Net, ...]


def rows(children: tuple[int, ...], nets: list[Net]) -> Rows:
    """Ranks and order of the children of one box, in time linear in its lanes."""
    builder = _Builder(children, nets)
    builder.thread()
    order = ordered(builder.initial(), builder.strands)
    return Rows(tuple(builder.slots), tuple(map(tuple, order)), tuple(builder.strands), tuple(builder.loose), tuple(nets))


def ranks(children: tuple[int, ...], nets: list[Net]) -> dict[int, int]:
    """Longest path from the entry; a child that reads nothing stands just above its first reader."""
    below: dict[int, list[int]] = {}
    fed = set()
    for net in nets:
        inner = [head for head in net.heads if head != EXIT]
        fed.update(inner)
        for tail in net.tails:
            below.setdefault(tail, []).extend(inner)
    rank = dict.fromkeys(children, 1)
    for child in children:
        for reader in below.get(child, ()):
            rank[reader] = max(rank[reader], rank[child] + 1)
    for child in children:
        if child not in fed and below.get(child):
            rank[child] = min(rank[reader] for reader in below[child]) - 1
    return rank


class _Builder:
    """Slots and strands of one box: children in their ranks and nets threaded through the ranks they pass."""

    def __init__(self, children: tuple[int, ...], nets: list[Net]):
        self.nets, self.rank = nets, ranks(children, nets)
        self.last = max(self.rank.values(), default=0) + 1
        self.slots = [Slot("item", self.rank[child], item=child) for child in children]
        self.at = {child: number for number, child in enumerate(children)}
        self.strands: list[tuple[int, int, int]] = []
        self.loose: list[tuple[int, int, int]] = []

    def slot(self, kind: str, row: int, net: int) -> int:
        self.slots.append(Slot(kind, row, net=net))
        return len(self.slots) - 1

    def thread(self) -> None:
        """Threads the nets that pass fewest ranks first, as long as there is room for their lanes."""
        room = LANES * len(self.at) + LANES_AT_LEAST
        ends = [self.ends(number, net) for number, net in enumerate(self.nets)]
        for number in sorted(range(len(ends)), key=lambda number: (self.span(ends[number]), number)):
            room -= self.span(ends[number])
            if room < 0:
                tails, heads = ends[number]
                self.loose += [(tail, head, number) for tail in tails for head in heads]
            else:
                self.one_net(number, *ends[number])

    def ends(self, number: int, net: Net) -> tuple[list[int], list[int]]:
        """The slots a net runs from and to, both in the order of their rows."""
        tails = sorted((self.end(tail, "entry", 0, number) for tail in net.tails), key=self.row)
        return tails, sorted((self.end(head, "exit", self.last, number) for head in net.heads), key=self.row)

    def span(self, ends: tuple[list[int], list[int]]) -> int:
        return self.row(ends[1][-1]) - self.row(ends[0][0]) - 1

    def end(self, end: int, kind: str, row: int, net: int) -> int:
        return self.slot(kind, row, net) if end in (ENTRY, EXIT) else self.at[end]

    def row(self, slot: int) -> int:
        return self.slots[slot].row

    def one_net(self, net: int, tails: list[int], heads: list[int]) -> None:
        """One lane serves all tails and heads of a net: it begins below the first and ends above the last."""
        first, last = self.row(tails[0]), self.row(heads[-1])
        carrier = {row: self.slot("lane", row, net) for row in range(first + 1, last)}
        pairs = [(carrier[row], carrier[row + 1]) for row in range(first + 1, last - 1)]
        carrier[first] = tails[0]
        for tail in tails:
            if self.row(tail) + 1 < last:
                pairs.append((tail, carrier[self.row(tail) + 1]))
            elif tail != carrier[last - 1]:
                pairs.append((tail, heads[-1]))
        pairs += [(carrier[self.row(head) - 1], head) for head in heads]
        self.strands += [(upper, lower, net) for upper, lower in pairs]

    def initial(self) -> list[list[int]]:
        """Children as written, lanes after them."""
        table: list[list[int]] = [[] for _ in range(self.last + 1)]
        for number, slot in enumerate(self.slots):
            table[slot.row].append(number)
        return table


def ordered(table: list[list[int]], strands: list[tuple[int, int, int]]) -> list[list[int]]:
    """The order of every row after a few sweeps down and up, the best of them by crossings."""
    if all(len(row) < 2 for row in table):
        return table
    up: dict[int, list[int]] = {}
    down: dict[int, list[int]] = {}
    for upper, lower, _ in strands:
        down.setdefault(upper, []).append(lower)
        up.setdefault(lower, []).append(upper)
    best, fewest = table, crossings(table, down)
    for sweep in range(SWEEPS * 2):
        if fewest == 0:
            break
        table = _swept(table, up if sweep % 2 == 0 else down, downward=sweep % 2 == 0)
        if (now := crossings(table, down)) < fewest:
            best, fewest = table, now
    return best


def _swept(table: list[list[int]], near: dict[int, list[int]], downward: bool) -> list[list[int]]:
    """Each row sorted by the mean place of its neighbours in the row before; what has none keeps its place."""
    swept = [list(row) for row in table]
    place = {slot: i for row in swept for i, slot in enumerate(row)}
    for row in swept if downward else reversed(swept):
        if len(row) > 1:
            centre = {s: sum(map(place.__getitem__, near[s])) / len(near[s]) if s in near else place[s] for s in row}
            row.sort(key=lambda slot: (centre[slot], place[slot]))
            place.update((slot, i) for i, slot in enumerate(row))
    return swept


def crossings(table: list[list[int]], down: dict[int, list[int]]) -> int:
    """How many pairs of strands cross."""
    place = {slot: i for row in table for i, slot in enumerate(row)}
    return sum(_inversions([p for s in row for p in sorted(place[d] for d in down.get(s, ()))]) for row in table if len(row) > 1)


def _inversions(values: Iterable[int]) -> int:
    seen: list[int] = []
    total = 0
    for value in values:
        total += len(seen) - bisect_right(seen, value)
        insort(seen, value)
    return total
