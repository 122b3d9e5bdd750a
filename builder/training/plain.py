"""Plans as plain values, so that a run can keep them and tell what has changed since."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

from builder.diagnostics import Span
from builder.graph.graph import Pairs, Recipe


def plain(value: object) -> object:
    """A plan as JSON holds it: recipes as `{brick: arguments}`, without places in the spec."""
    if isinstance(value, Recipe):
        return {value.name: {name: plain(item) for name, item in value.args}}
    if isinstance(value, Pairs):
        return {str(name): plain(item) for name, item in value.items}
    if is_dataclass(value) and not isinstance(value, type):
        kept = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: plain(item) for name, item in kept.items() if not isinstance(item, Span) and not name.endswith(("span", "_spans"))}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def digest(value: object) -> str:
    """A short hash of plain values; the order of keys does not count."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def changes(before: object, after: object, path: str = "") -> list[tuple[str, object, object]]:
    """Where two plain values differ: a dotted path and both values, None for what is missing."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = list(dict.fromkeys((*before, *after)))
        pairs = [(f"{path}.{key}" if path else str(key), before.get(key), after.get(key)) for key in keys]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = [(f"{path}[{index}]", *both) for index, both in enumerate(zip(before, after))]
    else:
        same = before == after and isinstance(before, bool) == isinstance(after, bool)
        return [] if same else [(path, before, after)]
    return [change for name, old, new in pairs for change in changes(old, new, name)]


def relative(path: Path) -> str:
    """A path as short as it can be said from here."""
    try:
        return str(Path(path).resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
