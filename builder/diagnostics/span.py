"""Where a value was written: a source text and a stretch of it."""

import re
from dataclasses import dataclass, field
from functools import cached_property

BREAK = "\r\n|[\n\r\x85\u2028\u2029]"


@dataclass(frozen=True)
class Source:
    """A text that spans point into, by the name the user knows it by."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def lines(self) -> list[str]:
        """The lines as YAML counts them."""
        return re.split(BREAK, self.text)

    def line(self, number: int) -> str:
        """Line `number` (from 1) without its newline; empty beyond the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def at(self, offset: int) -> "Span":
        """The place of one character."""
        before = re.split(BREAK, self.text[:offset])
        return Span(self, len(before), len(before[-1]) + 1, len(before), len(before[-1]) + 2)


@dataclass(frozen=True)
class Span:
    """A stretch of a source; lines and columns count from 1, the end is exclusive."""

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int

    def within(self, start: int, length: int) -> "Span":
        """The part of a one-line span that begins `start` characters in."""
        if self.end_line != self.line:
            return self
        column = min(self.column + start, max(self.end_column - 1, self.column))
        return Span(self.source, self.line, column, self.line, min(column + length, self.end_column))

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"
