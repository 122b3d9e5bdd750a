"""Small pieces of HTML, everything in them escaped."""

import math
from collections.abc import Iterable, Sequence
from html import escape

from builder.report.curves import number


def section(name: str, title: str, body: str) -> str:
    """A part of the page under a heading; nothing where there is nothing to say."""
    return f'<section id="{name}"><h2>{escape(title)}</h2>{body}</section>' if body else ""


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """Names with their values; those without a value are left out."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{cell(value)}</dd>" for name, value in pairs if value not in (None, "", [], {}))
    return f'<dl class="facts">{rows}</dl>' if rows else ""


def table(head: Sequence[str], rows: Iterable[Sequence[object]], kind: str = "") -> str:
    """A table; numbers stand to the right, markup that `raw` has marked stays as it is."""
    rows = [list(row) for row in rows]
    heads = "".join(f"<th{_right(rows[0][index]) if rows else ''}>{cell(name)}</th>" for index, name in enumerate(head))
    body = "".join(f"<tr>{''.join(f'<td{_right(value)}>{cell(value)}</td>' for value in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table class="{kind}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


class Raw(str):
    """Markup that is already escaped."""


class Figure(str):
    """A number already written out."""


class Best(Figure):
    """The best of several."""


def cell(value: object) -> str:
    """A value as a reader has it."""
    if isinstance(value, Raw):
        return value
    if isinstance(value, Best):
        return f"<b>{escape(value)}</b>"
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value) if math.isfinite(value) else "not a number"
    if isinstance(value, list | tuple):
        return ", ".join(map(cell, value))
    return escape(str(value))


def _right(value: object) -> str:
    return ' class="num"' if isinstance(value, int | float | Figure) and not isinstance(value, bool) else ""


def code(text: str) -> Raw:
    return Raw(f"<code>{escape(text)}</code>")


def duration(seconds: float) -> str:
    """A time as people say it: 14 s, 2 min 5 s, 3 h 12 min."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left} min" if hours else f"{minutes} min {rest} s"


def plural(count: int, word: str) -> str:
    return f"{count:,} {word}" + ("" if count == 1 else "s")
