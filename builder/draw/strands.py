"""Strands of a laid-out box joined to drawn paths: one for the trunk of each wire, one for each branch off it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from builder.draw.frame import Frame

SETTLE = 7.0


@dataclass(frozen=True)
class Path:
    """A drawn stretch of one net from slot to slot; points are (along, across) from the box's start and anchor."""

    net: int
    source: int
    target: int
    points: tuple[tuple[float, float], ...]


def paths(frame: Frame, spans: Mapping[int, tuple[float, float]]) -> Iterable[Path]:
    """Every path of a box; `spans` tells where each item starts and ends along the flow."""
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
        yield _path(frame, [(strands[number], frame.ends[number]) for number in chain], spans)
    for strand, ends in zip(frame.rows.loose, frame.ends[len(strands) :], strict=True):
        yield _path(frame, [(strand, ends)], spans)


def _path(frame: Frame, chain: list[tuple], spans: Mapping[int, tuple[float, float]]) -> Path:
    points = [point for strand, ends in chain for point in _points(frame, strand, ends, spans)]
    source, _, net = chain[0][0]
    return Path(net, source, chain[-1][0][1], _tidy(points))


def _points(frame: Frame, strand: tuple[int, int, int], ends: tuple[float, float], spans: Mapping) -> list[tuple[float, float]]:
    """Straight out of the upper slot, over in the gap between the rows, straight into the lower one."""
    upper, lower, _ = strand
    above, below = frame.rows.slots[upper].row, frame.rows.slots[lower].row
    leave, arrive = ends
    begin = spans[upper][1] if upper in spans else frame.start[above] if above == 0 else frame.stop[above]
    finish = spans[lower][0] if lower in spans else frame.start[below]
    settled = frame.start[below] - SETTLE
    return [(begin, leave), (frame.straight[above], leave), (settled, arrive), (finish, arrive)]


def _tidy(points: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Without points that lie on the straight line between their neighbours."""
    kept: list[tuple[float, float]] = []
    for point in points:
        if len(kept) > 1 and kept[-2][1] == kept[-1][1] == point[1]:
            kept.pop()
        if not kept or kept[-1] != point:
            kept.append(point)
    return tuple(kept)
