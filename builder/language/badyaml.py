"""What the YAML parser refuses, told at the place that the user has to mend."""

import re

import yaml

from builder.diagnostics import Fault, Source, Span

OPENERS = ("flow sequence", "flow mapping", "quoted scalar")


def bad_yaml(source: Source, error: yaml.YAMLError) -> Fault:
    """The fault of a YAML error. An unclosed bracket or quote is told where it opens."""
    at, start = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if at is None and start is None:
        return Fault("bad-yaml", Span(source, 1, 1, 1, 2), {"problem": str(error).splitlines()[0], "character": "", "line": ""})
    place, problem, context = _span(source, at or start), error.problem or str(error), error.context or ""
    if colon := _missing_colon(source, problem, place):
        return colon
    line = source.line(place.line)
    facts = {"problem": problem, "character": line[place.column - 1 : place.column], "line": line}
    opening = start is not None and (any(name in context for name in OPENERS) or "alias" in context or "anchor" in context)
    if opening:
        fault = Fault("bad-yaml", _span(source, start), facts)
        return fault.also(place, "not expected here") if line.strip() and "scalar" not in context and "alias" not in context else fault
    if "simple key" in context and start is not None:
        whole = source.line(start.line + 1).strip()
        return Fault("bad-yaml", _span(source, start, len(whole)), facts)
    return Fault("bad-yaml", place, facts)


def _span(source: Source, mark: yaml.Mark, length: int = 1) -> Span:
    return Span(source, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 1 + length)


def _missing_colon(source: Source, problem: str, place: Span) -> Fault | None:
    """`- Add` with keys of the step on the next lines."""
    above = re.match(r"(\s*-\s+)([A-Za-z][\w.]*)\s*(#.*)?$", source.line(place.line - 1))
    if above is None or not problem.startswith("mapping values"):
        return None
    start = len(above[1]) + 1
    return Fault("missing-colon", Span(source, place.line - 1, start, place.line - 1, start + len(above[2])), {"name": above[2]})
