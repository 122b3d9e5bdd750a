"""The network as a tree for the terminal: blocks nested, shapes and counts aligned, equal neighbours told once."""

from collections.abc import Iterable
from dataclasses import dataclass

from builder.draw import words
from builder.draw.figure import Figure, Panel

UNICODE = ("├─ ", "└─ ", "│  ", "   ", "…")
ASCII = ("|- ", "`- ", "|  ", "   ", "...")
RUN = 3


@dataclass(frozen=True)
class Line:
    """One line of the tree: its branches, what stands there, and the aligned columns at its right."""

    lead: str
    words: str
    shape: str = ""
    parameters: str = ""


def tree(figure: Figure, ascii_only: bool = False) -> str:
    """The whole figure as text, each shared network after the main one.

    A run of at least three neighbours that are alike in all but their names is told once, with how many follow.
    """
    marks = ASCII if ascii_only else UNICODE
    lines: list[Line] = []
    for panel in figure.panels:
        lines += [Line("", "")] if lines else []
        lines += _Grower(panel, marks).lines()
    said = _columns(lines)
    return "\n".join(_plain(line) for line in said) if ascii_only else "\n".join(said)


def _columns(lines: list[Line]) -> list[str]:
    wide = max(len(line.lead + line.words) for line in lines)
    shape, count = (max(len(getattr(line, name)) for line in lines) for name in ("shape", "parameters"))
    return [
        f"{line.lead + line.words:<{wide}}  {line.shape:<{shape}}  {line.parameters:>{count}}".rstrip() for line in lines
    ]


def _plain(line: str) -> str:
    return line.replace("×", "x").replace("…", "...").encode("ascii", "backslashreplace").decode()


class _Grower:
    """Walks one panel with a stack, so that any depth of nesting is drawn."""

    def __init__(self, panel: Panel, marks: tuple[str, ...]):
        self.panel, self.items, self.marks = panel, panel.items, marks
        self.alike = _alike(panel)

    def lines(self) -> list[Line]:
        total = self.panel.total
        times = f"  (shared by {self.panel.times} uses)" if self.panel.times > 1 else ""
        found = [Line("", words.clip(total.title, 60) + times, "", f"{words.count(total.parameters)} params")]
        pending = self.below(0, "")
        while pending:
            lead, branch, what, follow = pending.pop()
            if isinstance(what, str):
                found.append(Line(lead + branch, what))
                continue
            item = self.items[what]
            found.append(Line(lead + branch, self.said(what), ", ".join(item.shapes), self.counted(what)))
            pending += self.below(what, lead + follow)
        return found

    def below(self, number: int, lead: str) -> list[tuple]:
        """What stands in a box, last first, runs of equals shortened."""
        tee, end, bar, gap, _ = self.marks
        told = list(self.told(self.items[number].children))
        found = []
        for i, what in enumerate(told):
            last = i == len(told) - 1
            found.append((lead, end if last else tee, what, gap if last else bar))
        return found[::-1]

    def told(self, children: tuple[int, ...]) -> Iterable[int | str]:
        """Each child, or the first of a run and a line for the rest."""
        start = 0
        while start < len(children):
            period, repeats = self.run(children, start)
            yield from children[start : start + period]
            if repeats > 1:
                yield self.rest(children[start + period : start + period * repeats], period, repeats - 1)
            start += period * repeats

    def run(self, children: tuple[int, ...], start: int) -> tuple[int, int]:
        """The shortest stretch, of at most four children, that is repeated often enough from here on."""
        marks = [self.alike[child] for child in children[start : start + 4]]
        for period in range(1, len(marks) + 1):
            repeats = 1
            while [self.alike[c] for c in children[start + period * repeats : start + period * (repeats + 1)]] == marks[:period]:
                repeats += 1
            if repeats >= RUN:
                return period, repeats
        return 1, 1

    def rest(self, children: tuple[int, ...], period: int, repeats: int) -> str:
        parameters = sum(self.items[child].parameters for child in children)
        counted = f" ({words.count(parameters)} params)" if parameters else ""
        alike = "like it" if period == 1 else f"like these {period}"
        return f"{self.marks[4]} and {repeats} more {alike}{counted}"

    def said(self, number: int) -> str:
        item = self.items[number]
        if item.what in ("input", "output"):
            return f"{item.what} {words.clip(item.title, 60)}"
        brick = f"use {item.network}" if item.network else item.brick or "layers"
        name = f" {words.clip(item.title, 60)}" if item.title != item.brick else ""
        detail = f" ({item.detail})" if item.detail else ""
        closed = f" [{item.bricks} bricks]" if item.what == "closed" else ""
        return f"{words.clip(brick, 60)}{name}{detail}{closed}"

    def counted(self, number: int) -> str:
        item = self.items[number]
        if item.shared:
            return "shared"
        return words.count(item.parameters) if item.parameters else ""


def _alike(panel: Panel) -> list[int]:
    """A number for each item that equal subtrees share: all but names, of the item and of everything in it."""
    numbers: dict[tuple, int] = {}
    found = [0] * len(panel.items)
    for i in range(len(panel.items) - 1, -1, -1):
        item = panel.items[i]
        unlike = item.title if item.what in ("input", "output", "network") else ""
        key = (item.what, item.brick, item.detail, item.arguments, item.shapes, item.parameters, item.shared, unlike,
               tuple(found[child] for child in item.children))
        found[i] = numbers.setdefault(key, len(numbers))
    return found
