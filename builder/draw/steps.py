"""The texts that a picture was laid from, and which lines of them each step takes up."""

import re
from collections import Counter
from pathlib import PurePath

from builder.diagnostics import Source, Span

_DASH = re.compile(r" *(- +)")


class Files:
    """Every text that something in the picture points into, numbered as they are met; the spec itself is the first."""

    def __init__(self, spec: Source | None):
        self.found: dict[Source, int] = {}
        self.known: dict[tuple[int, int], tuple[int, int]] = {}
        if spec:
            self.number(spec)

    def number(self, source: Source) -> int:
        return self.found.setdefault(source, len(self.found))

    def lines(self, span: Span | None) -> tuple[int, int, int] | None:
        """The file of a span and the first and last line of the step it stands in."""
        if span is None:
            return None
        file = self.number(span.source)
        if (file, span.line) not in self.known:
            self.known[file, span.line] = step(span)
        return file, *self.known[file, span.line]

    def texts(self) -> list[dict]:
        """The name of each file and its text; of the folders, which are this machine's affair, the nearest where two files have one name."""
        paths = [PurePath(source.name.replace("\\", "/")) for source in self.found]
        often = Counter(path.name for path in paths)
        names = [path.name if often[path.name] == 1 else "/".join(path.parts[-2:]) for path in paths]
        return [{"name": name or source.name, "text": source.text} for name, source in zip(names, self.found, strict=True)]


def step(span: Span) -> tuple[int, int]:
    """First and last line of the step, or of the entry, that a span stands in: what is written deeper below belongs to it."""
    lines, first = span.source.lines, span.line
    first = _dash(lines, first)
    deep = _indent(lines[first - 1])
    last = first
    for number in range(first + 1, len(lines) + 1):
        line = lines[number - 1]
        if line.strip() and not line.lstrip().startswith("#"):
            if _indent(line) <= deep:
                break
            last = number
    return first, max(last, span.end_line)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _dash(lines: list[str], number: int) -> int:
    """The line on which a step begins whose brick is not its first key."""
    here = lines[number - 1]
    if _DASH.match(here):
        return number
    for above in range(number - 1, 0, -1):
        line = lines[above - 1]
        if not line.strip() or _indent(line) >= _indent(here):
            continue
        found = _DASH.match(line)
        return above if found and found.end() == _indent(here) else number
    return number
