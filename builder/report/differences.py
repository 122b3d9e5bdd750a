"""Where two specs differ, told by names: a step by its name or its brick, an argument by its own, never by a position."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import partial

KINDS = ("layer", "op", "optimizer", "loss", "metric", "callback", "schedule", "source", "initializer", "regularizer", "constraint")
STEPS = ("branches", "layers", "for", "formula", "use")


class Missing:
    """What stands for a value that is not there."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = Missing()
Parameters = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Difference:
    """A dotted path and what is there before and after, `MISSING` for nothing."""

    path: str
    before: object
    after: object


def differences(before: Mapping, after: Mapping, parameters: Parameters | None = None) -> list[Difference]:
    """Where two plain trees of specs differ, in the order of the first.

    `parameters` gives the names of a brick's arguments in order; left out, Keras's and the library's own.
    """
    blocks = {**(before.get("blocks") or {}), **(after.get("blocks") or {})}
    return list(_walk("", before, after, partial(parameters or known_parameters, blocks=blocks)))


def known_parameters(brick: str, blocks: Mapping) -> list[str]:
    """The arguments of a brick that may be given by position: of a block in the spec, else of the catalogue."""
    from builder.catalog import catalogue

    if brick in blocks and isinstance(blocks[brick], Mapping):
        return [next(iter(param)) if isinstance(param, Mapping) else str(param) for param in blocks[brick].get("params") or ()]
    found = next((signature for kind in KINDS if (signature := catalogue().find(kind, brick))), None)
    return [parameter.name for parameter in found.parameters if not parameter.keyword_only] if found else []


def _walk(path: str, before: object, after: object, parameters: Parameters) -> Iterator[Difference]:
    if same(before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            one, other = before.get(key, MISSING), after.get(key, MISSING)
            step = _arguments if is_brick(key) and MISSING not in (one, other) else _walk
            yield from step(_joined(path, key), one, other, parameters)
    elif _is_steps(before) and _is_steps(after):
        yield from _steps(path, before, after, parameters)
    else:
        yield Difference(path, before, after)


def same(before: object, after: object) -> bool:
    """Equal, and a truth value no number."""
    return before == after and _text(before) == _text(after)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _joined(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def is_brick(key: object) -> bool:
    return str(key)[:1].isupper() or str(key).startswith("ops.")


def _arguments(path: str, before: object, after: object, parameters: Parameters) -> Iterator[Difference]:
    """The arguments of one brick, by their names however they were written; two scalars as they stand."""
    if not isinstance(before, Mapping | list) and not isinstance(after, Mapping | list):
        yield from _walk(path, before, after, parameters)
        return
    names = parameters(path.rpartition(".")[2])
    yield from _walk(path, _named(before, names), _named(after, names), parameters)


def _named(value: object, names: Sequence[str]) -> dict:
    """What is given to a brick as a mapping by argument; those without a known name by their number."""
    if isinstance(value, Mapping) and not (len(value) == 1 and is_brick(next(iter(value)))):
        return dict(value)
    items = value if isinstance(value, list) else [] if value is None else [value]
    keywords = [item for item in items if isinstance(item, Mapping) and not any(map(is_brick, item))]
    places = [item for item in items if not any(item is keyword for keyword in keywords)]
    if len(names) == 1 < len(places):
        places = [places]
    given = {names[index] if index < len(names) else str(index + 1): item for index, item in enumerate(places)}
    return given | {name: item for keyword in keywords for name, item in keyword.items()}


def _is_steps(value: object) -> bool:
    """A list of steps, or of branches of steps."""
    return isinstance(value, list) and bool(value) and all(_label(item) for item in value)


def _label(step: object) -> str:
    """What a step is known by: its name, else its brick, else what kind of step it is."""
    if isinstance(step, list):
        return "branch"
    if isinstance(step, str):
        return step if is_brick(step) else ""
    if not isinstance(step, Mapping):
        return ""
    named = step.get("name")
    return str(named) if isinstance(named, str) and named else _brick(step)


def _brick(step: object) -> str:
    if not isinstance(step, Mapping):
        return _label(step)
    found = next((str(key) for key in step if is_brick(key)), "")
    return found or next((key for key in STEPS if key in step), "phase" if "loss" in step or "optimizer" in step or "epochs" in step else "")


def _steps(path: str, before: list, after: list, parameters: Parameters) -> Iterator[Difference]:
    """Steps matched by being equal, then by their name or brick; what is left was removed or added."""
    names, others = _numbered(before), _numbered(after)
    for one, other in _pairs(before, after):
        if one is None or other is None:
            label = names[one] if one is not None else others[other]
            yield Difference(_joined(path, label), MISSING if one is None else before[one], MISSING if other is None else after[other])
        else:
            told = _joined(path, names[one])
            for found in _walk(told, _as_map(before[one]), _as_map(after[other]), parameters):
                yield replace(found, path=_once(found.path, told, _brick(before[one])))


def _as_map(step: object) -> object:
    return {step: None} if isinstance(step, str) else step


def _once(path: str, told: str, brick: str) -> str:
    """A step known by its brick is not told by it twice."""
    twice = f"{told}.{brick}"
    known = told.rpartition(".")[2].partition("#")[0] == brick
    return told + path.removeprefix(twice) if known and (path == twice or path.startswith(f"{twice}.")) else path


def _numbered(steps: list) -> list[str]:
    """Labels; those that occur several times with their number among their like."""
    labels = [_label(step) for step in steps]
    return [label if labels.count(label) == 1 else f"{label}#{labels[: index + 1].count(label)}" for index, label in enumerate(labels)]


def _pairs(before: list, after: list) -> Iterator[tuple[int | None, int | None]]:
    """Places of steps that belong together; None for one that has no other."""
    for what, i, j, k, l in SequenceMatcher(None, list(map(_text, before)), list(map(_text, after)), autojunk=False).get_opcodes():
        if what != "equal":
            yield from _matched(before, after, range(i, j), range(k, l))


def _matched(before: list, after: list, ours: range, theirs: range) -> Iterator[tuple[int | None, int | None]]:
    labels = SequenceMatcher(None, [_label(before[i]) for i in ours], [_label(after[k]) for k in theirs], autojunk=False)
    for what, i, j, k, l in labels.get_opcodes():
        left, right = list(ours[i:j]), list(theirs[k:l])
        if what == "equal" or [_brick(before[i]) for i in left] == [_brick(after[k]) for k in right]:
            yield from zip(left, right, strict=True)
        else:
            yield from ((i, None) for i in left)
            yield from ((None, k) for k in right)
