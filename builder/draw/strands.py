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
    leaving: dict[int, list[int]] = {}
    for number, (upper, _, _) in enumerate(frame.rows.strands):
        leaving.setdefault(upper, []).append(number)
    slots = frame.rows.slots
    pending = [number for number, (upper, _, _) in enumerate(frame.rows.strands) if not slots[upper].is_lane]
    claimed: set[int] = set()
    for first in pending:
        chain = [first]
        while (lane := frame.rows.strands[chain[-1]][1]) not in claimed and slots[lane].is_lane:
            claimed.add(lane)
            onward = sorted(leaving[lane], key=lambda number: not slots[frame.rows.strands[number][1]].is_lane)
            chain.append(onward[0])
            pending.extend(onward[1:])
        yield _path(frame, chain, spans)


def _path(frame: Frame, chain: list[int], spans: Mapping[int, tuple[float, float]]) -> Path:
    points: list[tuple[float, float]] = []
    for number in chain:
        points.extend(_points(frame, number, spans))
    source, _, net = frame.rows.strands[chain[0]]
    return Path(net, source, frame.rows.strands[chain[-1]][1], _tidy(points))


def _points(frame: Frame, number: int, spans: Mapping[int, tuple[float, float]]) -> list[tuple[float, float]]:
    """Straight out of the upper slot, over in the gap between the rows, straight into the lower one."""
    upper, lower, _ = frame.rows.strands[number]
    above, below = frame.rows.slots[upper].row, frame.rows.slots[lower].row
    leave, arrive = frame.ends[number]
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
