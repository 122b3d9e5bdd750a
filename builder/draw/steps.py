"""The texts that a picture was laid from, and which lines of them each step takes up."""

import re
from collections import Counter
from pathlib import PurePath

from builder.diagnostics import Source, Span

_DASHES = re.compile(r" *(?:- +)*")


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
    lines = span.source.lines
    first = last = _begin(lines, span.line)
    deep = _dash(lines[first - 1])
    for number in range(first + 1, len(lines) + 1):
        line = lines[number - 1]
        if line.strip() and not line.lstrip().startswith("#"):
            if _indent(line) <= deep:
                break
            last = number
    return first, max(last, span.end_line)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _content(line: str) -> int:
    """The column of what stands behind the dashes of a line."""
    return _DASHES.match(line).end()


def _dash(line: str) -> int:
    """The column of a line's last dash, or where it begins if it has none."""
    return line.rfind("-", 0, _content(line)) if "-" in line[: _content(line)] else _indent(line)


def _begin(lines: list[str], number: int) -> int:
    """The line on which a step begins whose brick is not its first key."""
    here = lines[number - 1]
    for above in range(number - 1, 0, -1) if _content(here) == _indent(here) else ():
        line = lines[above - 1]
        if line.strip() and _indent(line) < _indent(here):
            return above if _content(line) == _indent(here) else number
    return number
