"""Faults rendered: the text a person reads and the JSON a program reads."""

from itertools import groupby

from builder.diagnostics.fault import Fault, Mark, Use
from builder.diagnostics.span import Source, Span
from builder.diagnostics.words import words

STYLES = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "help": "\x1b[1;36m", "note": "\x1b[1m", "edge": "\x1b[34m"}
RESET = "\x1b[0m"
WIDEST = 160


def render(faults, color: bool = False) -> str:
    """All faults as text, a blank line between them, ending in a newline."""
    return "\n".join(_Painter(color).fault(fault) for fault in faults)


def as_json(fault: Fault) -> dict:
    """The same facts for a program: kind, severity, message, places, help and notes."""
    said = words(fault)
    places = [_place(mark) for mark in _marks(fault, said.label)]
    return {
        "kind": fault.kind, "severity": fault.severity, "message": said.title, "places": places,
        "help": said.help or None, "notes": list(said.notes),
        "laid_by": [{"block": use.block, **_place(Mark(use.span))} for use in fault.trail],
    }


def _place(mark: Mark) -> dict:
    span = mark.span
    return {
        "file": span.source.name, "line": span.line, "column": span.column,
        "end_line": span.end_line, "end_column": span.end_column, "label": mark.label or None,
    }


def _marks(fault: Fault, label: str) -> list[Mark]:
    own = [Mark(fault.span, label)] if fault.span else []
    return own + list(fault.marks)


class _Painter:
    """Lays out one fault in the manner of a compiler; colour only where asked."""

    def __init__(self, color: bool):
        self.color = color

    def paint(self, style: str, text: str) -> str:
        return f"{STYLES[style]}{text}{RESET}" if self.color and text else text

    def fault(self, fault: Fault) -> str:
        said = words(fault)
        lines = [self.paint(fault.severity, f"{fault.severity}[{fault.kind}]") + f": {said.title}"]
        lines += self.places(fault, said.label)
        if said.help:
            lines += self.aside("help", said.help)
        for note in (*said.notes, *_trail(fault)):
            lines += self.aside("note", note)
        return "\n".join(lines) + "\n"

    def places(self, fault: Fault, label: str) -> list[str]:
        marks = _marks(fault, label)
        if not marks:
            return []
        width = len(str(max(mark.span.line for mark in marks)))
        lines: list[str] = []
        for source in dict.fromkeys(mark.span.source.name for mark in marks):
            here = [mark for mark in marks if mark.span.source.name == source]
            lines.append(" " * width + self.paint("edge", "-->") + f" {here[0].span}")
            lines.append(" " * width + self.paint("edge", " |"))
            lines += self.snippets(sorted(here, key=lambda mark: (mark.span.line, mark.span.column)), width, fault.severity)
        return lines

    def snippets(self, marks: list[Mark], width: int, severity: str) -> list[str]:
        lines, before = [], None
        for mark in marks:
            line = mark.span.line
            if before is not None and line > before + 1:
                lines.append("...")
            if line != before:
                lines.append(self.paint("edge", f"{line:>{width}} |") + _code(mark.span)[0])
            lines.append(" " * width + self.paint("edge", " |") + self.paint(severity, _caret(mark)))
            before = line
        return lines

    def aside(self, style: str, text: str) -> list[str]:
        first, *rest = text.splitlines()
        return [self.paint(style, style) + f": {first}", *("      " + line for line in rest)]


def _code(span: Span) -> tuple[str, int]:
    """The line to show, with its leading space, and how much was cut from its left."""
    text = "".join(c if c.isprintable() else " " for c in span.source.line(span.line)).rstrip()
    if len(text) <= WIDEST:
        return (" " + text if text else ""), 0
    cut = max(0, min(span.column - 1 - WIDEST // 3, len(text) - WIDEST))
    return " " + ("..." if cut else "") + text[cut : cut + WIDEST] + "...", cut - (3 if cut else 0)


def _caret(mark: Mark) -> str:
    span = mark.span
    _, cut = _code(span)
    line = span.source.line(span.line).rstrip()
    end = span.end_column if span.end_line == span.line else len(line) + 1
    length = max(1, min(end, len(line) + 1) - span.column, 1)
    length = min(length, WIDEST)
    label = f" {mark.label}" if mark.label else ""
    return " " * (span.column - cut) + "^" * length + label


def _trail(fault: Fault) -> list[str]:
    """The chain of uses, innermost first; equal links of a recursion are told once, a long chain is cut in the middle."""
    home = fault.span.source if fault.span else None
    links = [(use, len(list(run))) for use, run in groupby(fault.trail)]
    shown = [_link(use, count, home) for use, count in links]
    if len(shown) > 6:
        shown = [*shown[:3], "...", *shown[-2:]]
    return ["laid by " + ",\n  within ".join(shown)] if shown else []


def _link(use: Use, count: int, home: Source | None) -> str:
    file = f" of {use.span.source.name}" if use.span.source is not home else ""
    return f"`{use.block}` on line {use.span.line}{file}" + (f", {count} levels deep" if count > 1 else "")
