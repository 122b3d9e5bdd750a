"""Strands of a laid-out box joined to drawn paths: one for the trunk of each wire, one for each branch off it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from builder.draw.frame import Frame

SETTLE = 7.0
Point = tuple[float, float]
Strand = tuple[int, int, int]


@dataclass(frozen=True)
class Path:
    """A drawn stretch of one net from slot to slot; points are (along, across) from the box's start and anchor."""

    net: int
    source: int
    target: int
    points: tuple[Point, ...]


def paths(frame: Frame, lengths: Mapping[int, float]) -> Iterable[Path]:
    """Every path of a box; `lengths` tells how long each item is along the flow."""
    slots, strands = frame.rows.slots, frame.rows.strands
    leaving: dict[int, list[int]] = {}
    for number, (upper, _, _) in enumerate(strands):
        leaving.setdefault(upper, []).append(number)
    pending = [number for number, (upper, _, _) in enumerate(strands) if not slots[upper].is_lane]
    claimed: set[int] = set()
    for first in pending:
        chain = [first]
        while (lane := strands[chain[-1]][1]) not in claimed and slots[lane].is_lane:
            claimed.add(lane)
            onward = sorted(leaving[lane], key=lambda number: not slots[strands[number][1]].is_lane)
            chain.append(onward[0])
            pending.extend(onward[1:])
        yield _path(frame, [(strands[number], frame.ends[number]) for number in chain], lengths)
    for strand, ends in zip(frame.rows.loose, frame.ends[len(strands) :], strict=True):
        yield _path(frame, [(strand, ends)], lengths)


def _path(frame: Frame, chain: list[tuple[Strand, Point]], lengths: Mapping[int, float]) -> Path:
    points = [point for strand, ends in chain for point in _points(frame, strand, ends, lengths)]
    source, _, net = chain[0][0]
    return Path(net, source, chain[-1][0][1], _tidy(points))


def _points(frame: Frame, strand: Strand, ends: Point, lengths: Mapping[int, float]) -> list[Point]:
    """Straight out of the upper slot, over in the gap between the rows, straight into the lower one."""
    (upper, lower, _), (leave, arrive) = strand, ends
    above, below = frame.rows.slots[upper].row, frame.rows.slots[lower].row
    begin = frame.begin[upper] + lengths[upper] if upper in lengths else frame.stop[above] if above else frame.start[0]
    settled = frame.start[below] - SETTLE
    return [(begin, leave), (frame.straight[above], leave), (settled, arrive), (frame.begin[lower], arrive)]


def _tidy(points: list[Point]) -> tuple[Point, ...]:
    """Without points that lie on the straight line between their neighbours."""
    kept: list[Point] = []
    for point in points:
        if len(kept) > 1 and kept[-2][1] == kept[-1][1] == point[1]:
            kept.pop()
        if not kept or kept[-1] != point:
            kept.append(point)
    return tuple(kept)
