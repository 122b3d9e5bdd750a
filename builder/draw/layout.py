"""A figure laid out: the main network first, the networks it shares beside it (below it where it flows right)."""

from dataclasses import dataclass, replace

from builder.draw.card import HEADER
from builder.draw.figure import Figure
from builder.draw.frame import BUS
from builder.draw.geometry import EdgePath, Layout
from builder.draw.panel import Drawn, Placer, bus_rows, drawn

GUTTER, APART = 44.0, 36.0


@dataclass(frozen=True)
class Spot:
    """Where a panel stands: its column (the main network's is 0), its start along the flow and its left edge."""

    column: int
    along: float
    left: float


def layout(figure: Figure, direction: str = "down") -> Layout:
    """Lays out every panel and joins the uses to the networks they call.

    `direction` is down or right: the way the wires flow.
    """
    right = direction == "right"
    networks = {panel.name: number for number, panel in enumerate(figure.panels) if number}
    panels = [drawn(panel, i, networks, right, framed=i > 0) for i, panel in enumerate(figure.panels)]
    spots = _spots(panels)
    placers = [
        Placer(panel, spot.along, spot.left + panel.size.left, framed=i > 0).place()
        for i, (panel, spot) in enumerate(zip(panels, spots, strict=True))
    ]
    along, across = _extent(panels, spots)
    buses = _Buses(panels, spots, networks).edges()
    parts = [[part for placer in placers for part in getattr(placer, name)] for name in ("boxes", "nodes", "edges", "labels")]
    boxes, nodes, edges, labels = map(tuple, parts)
    if networks:
        across += GUTTER / 2
    width, height = (along, across) if right else (across, along)
    return Layout(figure.panels[0].total, width, height, direction, boxes, nodes, (*edges, *buses), labels)


def _spots(panels: list[Drawn]) -> list[Spot]:
    """The main network in the first column, the others stacked in columns hardly longer than the longest panel; where
    there are several columns, room is left before them for the lines that reach the further ones."""
    longest = max(panel.size.length for panel in panels)
    spots, left, column, along, widest = [Spot(0, 0.0, 0.0)], 0.0, 0, longest, _breadth(panels[0])
    for panel in panels[1:]:
        if along + APART + panel.size.length > longest * 1.25:
            left, column, along, widest = left + widest + _gutter(panels), column + 1, -APART, 0.0
        spots.append(Spot(column, along + APART, round(left, 2)))
        along, widest = along + APART + panel.size.length, max(widest, _breadth(panel))
    below = any(spot.column == 0 for spot in spots[1:])  # what stands in another column may use a network that stands there
    start = BUS * len(panels) if column > 1 or column and below else 0.0
    return [replace(spot, along=spot.along + start) for spot in spots]


def _gutter(panels: list[Drawn]) -> float:
    return GUTTER + BUS * (len(panels) - 1)


def _breadth(panel: Drawn) -> float:
    return panel.size.left + panel.size.right


def _extent(panels: list[Drawn], spots: list[Spot]) -> tuple[float, float]:
    along = max(spot.along + panel.size.length for panel, spot in zip(panels, spots, strict=True))
    across = max(spot.left + _breadth(panel) for panel, spot in zip(panels, spots, strict=True))
    return along, across


class _Buses:
    """Lines from the uses of a network to its box: out of their row, down the gutter, into the box's header."""

    def __init__(self, panels: list[Drawn], spots: list[Spot], networks: dict[str, int]):
        self.panels, self.spots, self.networks = panels, spots, networks
        self.right = panels[0].right

    def edges(self) -> list[EdgePath]:
        """Every use's line, drawn only up to where it joins one drawn already, for dashes must not overlap."""
        found: list[EdgePath] = []
        for number, panel in enumerate(self.panels):
            outer = panel.frames[0]
            rows = bus_rows(panel.panel, outer.rows, set(self.networks))
            joined: set[tuple[str, bool]] = set()
            for row, uses in sorted(rows.items(), key=lambda row: -self.away(number, row)):
                for place, (network, slots) in enumerate(uses.items()):
                    track = outer.straight[row] - BUS * (len(uses) - place - 0.5)
                    found += self.row(number, slots, network, track, joined)
        return found

    def row(self, number: int, slots: list[int], network: str, track: float, joined: set) -> list[EdgePath]:
        """The uses of one network in one row, the one nearest to the gutter first."""
        spot, target = self.spots[number], self.networks[network]
        route = self.route(number, target, spot.along + track)
        side = (network, route[0][0] > route[1][0])
        lines, found = route if side not in joined else route[:1], []
        joined.add(side)
        for slot in sorted(slots, key=lambda slot: -self.across(number, slot, network)):
            across = self.across(number, slot, network)
            start = [(self.begin(number, slot), across), (spot.along + track, across)]
            found.append(self.edge(number, target, slot, [*start, *lines], whole=len(lines) > 1))
            lines = [(spot.along + track, across)]
        return found

    def away(self, number: int, row: tuple) -> float:
        """Rows farther from where their networks stand come first; the others join their lines."""
        along = self.spots[number].along + self.panels[number].frames[0].stop[row[0]]
        return max(abs(along - self.spots[self.networks[network]].along) for network in row[1])

    def across(self, number: int, slot: int, network: str) -> float:
        outer = self.panels[number].frames[0]
        exits = self.panels[number].sizes[outer.rows.slots[slot].item].exits
        return self.spots[number].left + outer.size.left + outer.place[slot] + exits[network]

    def begin(self, number: int, slot: int) -> float:
        outer = self.panels[number].frames[0]
        length = self.panels[number].sizes[outer.rows.slots[slot].item].length
        return self.spots[number].along + outer.begin[slot] + length

    def edge(self, number: int, target: int, slot: int, lines: list[tuple[float, float]], whole: bool) -> EdgePath:
        points = [(round(a, 2), round(b, 2)) if self.right else (round(b, 2), round(a, 2)) for a, b in lines]
        item = self.panels[number].panel.items[self.panels[number].frames[0].rows.slots[slot].item]
        total = self.panels[target].panel.items[0].key if whole else None
        return EdgePath(f"p{number}u{target}", item.key, total, tuple(dict.fromkeys(points)), "use")

    def route(self, source: int, target: int, track: float) -> list[tuple[float, float]]:
        """From a row's track through gutters to the target's header; columns further off are reached over the top."""
        here, there = self.spots[source].column + 1, self.spots[target].column
        goal = self.spots[target]
        door = goal.along + HEADER / 2
        if here == there:
            return [(track, self.lane(here, target)), (door, self.lane(here, target)), (door, goal.left)]
        if here == there + 1:
            side = goal.left + _breadth(self.panels[target])
            return [(track, self.lane(here, target)), (door, self.lane(here, target)), (door, side)]
        over, first = BUS * (len(self.panels) - 1 - target), self.lane(here, target)
        if there < here:  # back to a column on the left, into the side that looks this way
            last, side = self.lane(there + 1, target), goal.left + _breadth(self.panels[target])
            return [(track, first), (over, first), (over, last), (door, last), (door, side)]
        last = self.lane(there, target)
        return [(track, first), (over, first), (over, last), (door, last), (door, goal.left)]

    def lane(self, column: int, target: int) -> float:
        """The place across of a network's lane in the gutter before a column."""
        edges = [s.left + _breadth(p) for p, s in zip(self.panels, self.spots, strict=True) if s.column == column - 1]
        return max(edges) + GUTTER / 2 + BUS * (target - 1)
