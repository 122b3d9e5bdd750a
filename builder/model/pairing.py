"""Which layer of a file is which of ours: by name where a name was given, by order and fit where names are only counted.

A step that nobody names is called `dense_2` because a `dense` stands before it, so its name changes when another one is put in
front. Such names are aligned, within their scope: the order stays, each pair must fit, as many as possible are paired. What
could be paired in two ways is left out and told, for half the time it would be wrong.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    """A layer's dotted name; in its `family`, counted parts stand as `dense#`."""

    parts: tuple[str, ...]
    family: tuple[str, ...]

    def counted(self, start: int) -> int | None:
        """The first part from `start` on that is only counted."""
        return next((i for i in range(start, len(self.parts)) if self.family[i].endswith("#")), None)


Fits = Callable[[Name, str], bool]


def pair(names: Iterable[Name], theirs: Iterable[str], fits: Fits, base: str = "") -> dict[Name, str | None]:
    """The file's name of each of ours; None where there are two ways to tell.

    Args:
        names: ours, in the order they are laid.
        theirs: the dotted names of the arrays in the file.
        fits: whether a layer of ours takes the arrays under a name of the file.
        base: what stands before every name in the file, with its dot.
    """
    return _Pairing(list(theirs), fits).below(list(names), 0, base)


class _Pairing:
    def __init__(self, theirs: list[str], fits: Fits):
        self.theirs, self.fits = theirs, fits

    def below(self, names: list[Name], start: int, base: str) -> dict[Name, str | None]:
        """Pairs names that agree before part `start` with those of the file under `base`."""
        found: dict[Name, str | None] = {}
        boxes: dict[tuple[str, ...], list[Name]] = {}
        for name in names:
            at = name.counted(start)
            if at is None:
                found[name] = (base + ".".join(name.parts[start:])).rstrip(".")
            else:
                boxes.setdefault((*name.parts[start:at], name.family[at]), []).append(name)
        for path, inside in boxes.items():
            found |= self.aligned(inside, start + len(path), base + ".".join(path))
        return found

    def aligned(self, names: list[Name], end: int, head: str) -> dict[Name, str | None]:
        """Pairs the units (`dense`, `dense_2`; `residual`, `residual_2`) of one family."""
        ours: dict[str, list[Name]] = {}
        for name in names:
            ours.setdefault(name.parts[end - 1], []).append(name)
        units, others = list(ours.values()), self.numbered(head)
        if (whole := self.one_by_one(units, others, end)) is not None:
            return whole
        inner = [[self.below(unit, end, f"{other}.") for other in others] for unit in units]
        scores = [[sum(their is not None and self.fits(name, their) for name, their in pairs.items()) for pairs in row] for row in inner]
        same = [f"{head[:-1].rpartition('.')[0]}.{part}".lstrip(".") for part in ours]
        found: dict[Name, str | None] = {}
        for i, choice in enumerate(alignment(scores)):
            if choice is None:  # nothing fits it: the report tells what there is under its own name
                found |= self.below(units[i], end, f"{same[i]}.")
            else:
                found |= inner[i][choice] if choice >= 0 else dict.fromkeys(units[i])
        return found

    def one_by_one(self, units: list[list[Name]], others: list[str], end: int) -> dict[Name, str | None] | None:
        """As many here as there, and everything fits: there is no other way to keep the order."""
        if len(units) != len(others):
            return None
        found = {name: their for unit, other in zip(units, others, strict=True) for name, their in self.below(unit, end, f"{other}.").items()}
        return found if all(their is not None and self.fits(name, their) for name, their in found.items()) else None

    def numbered(self, head: str) -> list[str]:
        """The file's names of a family (`block.dense#`), in the order of their numbers."""
        form = re.compile(re.escape(head[:-1]) + r"(?:_(\d+))?(?=\.)")
        found = {match[0]: int(match[1] or 0) for name in self.theirs if (match := form.match(name))}
        return sorted(found, key=found.get)


def alignment(scores: list[list[int]]) -> list[int | None]:
    """The pairing of two sequences that keeps their order and has the greatest sum of scores.

    Returns:
        For each row its column; None where none fits it, -1 where several are as good.
    """
    rows, columns = len(scores), len(scores[0]) if scores else 0
    before = _best(scores, rows, columns)
    turned = _best([row[::-1] for row in scores[::-1]], rows, columns)
    whole = before[rows][columns]

    def after(i: int, j: int) -> int:
        return turned[rows - i][columns - j]

    found: list[int | None] = []
    for i in range(rows):
        choices = [j for j in range(columns) if scores[i][j] and before[i][j] + scores[i][j] + after(i + 1, j + 1) == whole]
        dropped = any(before[i][j] + after(i + 1, j) == whole for j in range(columns + 1))
        found.append(None if not choices else choices[0] if len(choices) == 1 and not dropped else -1)
    return found


def _best(scores: list[list[int]], rows: int, columns: int) -> list[list[int]]:
    """The greatest sum over the first so many rows and columns."""
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            best[i][j] = max(best[i - 1][j], best[i][j - 1], best[i - 1][j - 1] + scores[i - 1][j - 1])
    return best


def renamed(name: str, renames: Mapping[str, str]) -> tuple[str, str | None]:
    """A file's name under the first rename that fits it or a box it stands in, and which one that was."""
    for old, new in renames.items():
        for box in boxes(name):
            if (star := starred(box, old)) is not None:
                return new.replace("*", star) + name[len(box):], old
    return name, None


def starred(text: str, pattern: str) -> str | None:
    """What `*` stands for, where a pattern fits a text: nothing, in one without."""
    before, star, after = pattern.partition("*")
    if not star:
        return "" if text == pattern else None
    return text[len(before):len(text) - len(after)] if len(text) >= len(before) + len(after) and text.startswith(before) and text.endswith(after) else None


def boxes(name: str) -> Iterator[str]:
    """A dotted name and its beginnings, the longest first."""
    while name:
        yield name
        name = name.rpartition(".")[0]
