"""Places across the flow: straight lanes, straight main paths, branches balanced about their source.

Brandes and Köpf (2001): each slot is aligned with a median neighbour in four ways (towards each corner), each
alignment is packed tightly, and every slot takes the mean of its two middle places. Lanes align with lanes and
bricks with bricks where they can, so that a skip connection bends and the main path does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

Spread = tuple[float, float]


@dataclass(frozen=True)
class Field:
    """What is to be placed: rows of slots, each slot's neighbours above and below, which are lanes, how far each
    reaches to either side of its place, and the gap between two."""

    rows: Sequence[Sequence[int]]
    up: Sequence[Sequence[int]]
    down: Sequence[Sequence[int]]
    lane: Sequence[bool]
    reach: Sequence[Spread]
    gap: float


def places(field: Field) -> list[float]:
    """The place of every slot, the leftmost reach at 0; neighbours in a row never overlap."""
    if all(len(row) < 2 for row in field.rows):
        left = max((reach[0] for reach in field.reach), default=0.0)
        return [left] * len(field.lane)
    crossed = _conflicts(field)
    field = _preferred(field)
    found = []
    for upward in (False, True):
        for mirrored in (False, True):
            found.append(_one_corner(_turned(field, upward, mirrored), crossed, mirrored))
    return _balanced(found, field.reach)


def _turned(field: Field, upward: bool, mirrored: bool) -> Field:
    """The same field with its rows in the other order, or left and right exchanged."""
    rows = field.rows[::-1] if upward else field.rows
    up, down = (field.down, field.up) if upward else (field.up, field.down)
    reach = field.reach
    if mirrored:
        rows, reach = [row[::-1] for row in rows], [(right, left) for left, right in reach]
    return Field(rows, up, down, field.lane, reach, field.gap)


def _conflicts(field: Field) -> set[tuple[int, int]]:
    """Strands that cross a stretch of lane; they must not be drawn straight at its cost."""
    place = _place(field.rows)
    crossed: set[tuple[int, int]] = set()
    for above, row in pairwise(field.rows):
        low, start = 0, 0
        for i, slot in enumerate(row):
            inner = next((u for u in field.up[slot] if field.lane[slot] and field.lane[u]), None)
            if inner is None and i + 1 < len(row):
                continue
            high = place[inner] if inner is not None else len(above)
            for other in row[start : i + 1]:
                crossed.update(
                    (u, other) for u in field.up[other]
                    if not low <= place[u] <= high and not (field.lane[u] and field.lane[other])
                )
            start, low = i + 1, high
    return crossed


def _place(rows: Sequence[Sequence[int]]) -> dict[int, int]:
    return {slot: i for row in rows for i, slot in enumerate(row)}


def _one_corner(field: Field, crossed: set[tuple[int, int]], mirrored: bool) -> list[float]:
    root = _aligned(field, crossed)
    packed = _packed(field, root)
    found = [packed[block] for block in root]
    return [-x for x in found] if mirrored else found


def _aligned(field: Field, crossed: set[tuple[int, int]]) -> list[int]:
    """The block of every slot, named by its first member: a line of slots that will stand straight."""
    root = list(range(len(field.lane)))
    taken: set[int] = set()
    place = _place(field.rows)
    for row in field.rows:
        least = -1
        for slot in row:
            for near in _medians(field, slot, place):
                free = near not in taken and (near, slot) not in crossed and (slot, near) not in crossed
                if free and least < place[near]:
                    root[slot] = root[near]
                    taken.add(near)
                    least = place[near]
                    break
    return root


def _medians(field: Field, slot: int, place: dict[int, int]) -> list[int]:
    near = sorted(field.up[slot], key=place.__getitem__)
    return near[(len(near) - 1) // 2 : len(near) // 2 + 1]


def _preferred(field: Field) -> Field:
    """The field with only those strands that both of their ends would like to see straight."""
    above = _bricks(field, field.rows, field.up)
    below = _bricks(field, field.rows[::-1], field.down)
    up = [set(_main(field, slot, near, above)) for slot, near in enumerate(field.up)]
    down = [set(_main(field, slot, near, below)) for slot, near in enumerate(field.down)]
    return replace(
        field, up=[[n for n in near if n in up[slot] and slot in down[n]] for slot, near in enumerate(field.up)],
        down=[[n for n in near if n in down[slot] and slot in up[n]] for slot, near in enumerate(field.down)],
    )


def _bricks(field: Field, rows: Sequence[Sequence[int]], before: Sequence[Sequence[int]]) -> list[int]:
    """How many slots that are no lanes stand on the longest path from each slot away through `before`."""
    longest = [0] * len(field.lane)
    for row in rows:
        for slot in row:
            longest[slot] = max((longest[n] for n in before[slot]), default=0) + (not field.lane[slot])
    return longest


def _main(field: Field, slot: int, near: Sequence[int], longest: Sequence[int]) -> Sequence[int]:
    """The neighbours on the main path: the only one of the slot's own sort, or of two the one with the longer path
    behind it. Where several branches stand side by side none is the main one."""
    alike = [other for other in near if field.lane[other] == field.lane[slot]]
    if len(near) == len(alike) == 2 and longest[near[0]] != longest[near[1]]:
        return [max(near, key=longest.__getitem__)]
    return alike if len(alike) == 1 else near


def _packed(field: Field, root: list[int]) -> dict[int, float]:
    """Each block as far left as it goes, then as far right as its right neighbours let it."""
    right: dict[int, dict[int, float]] = {block: {} for block in root}
    before = dict.fromkeys(right, 0)
    for row in field.rows:
        for one, other in pairwise(row):
            distance = field.reach[one][1] + field.gap + field.reach[other][0]
            a, b = root[one], root[other]
            before[b] += b not in right[a]
            right[a][b] = max(right[a].get(b, 0.0), distance)
    order = [block for block in right if not before[block]]
    at = dict.fromkeys(right, 0.0)
    for block in order:
        for other, distance in right[block].items():
            at[other] = max(at[other], at[block] + distance)
            before[other] -= 1
            if not before[other]:
                order.append(other)
    for block in reversed(order):
        if right[block]:
            at[block] = max(at[block], min(at[other] - distance for other, distance in right[block].items()))
    return at


def _balanced(found: list[list[float]], reach: Sequence[Spread]) -> list[float]:
    """The mean of the two middle places of four, all shifted to the narrowest of them; leftmost reach at 0."""
    bounds = [
        (min(x - r[0] for x, r in zip(xs, reach)), max(x + r[1] for x, r in zip(xs, reach))) for xs in found
    ]
    narrow = min(range(4), key=lambda i: (bounds[i][1] - bounds[i][0], i))
    shifted = []
    for i, xs in enumerate(found):
        side = i % 2
        shift = bounds[narrow][side] - bounds[i][side]
        shifted.append([x + shift for x in xs])
    middle = [sum(sorted(four)[1:3]) / 2 for four in zip(*shifted)]
    left = min(x - r[0] for x, r in zip(middle, reach))
    return [round(x - left, 2) for x in middle]
