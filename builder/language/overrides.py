"""`--set path=value`: edits of the tree, before it is read, at paths that exist."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from textwrap import indent

from builder.diagnostics import Source, Span, SpecError, fail, near
from builder.language.ensembles import ENSEMBLE
from builder.language.spec import DATA, GENERATE, NETWORK, PHASE, TOP
from builder.language.text import parse
from builder.language.tree import Entry, Map, Node, Scalar, Seq

OPEN = {"": TOP, "data": DATA, "model": NETWORK, "networks.*": NETWORK, "train": PHASE, "train.*": PHASE, "ensemble": ENSEMBLE, "generate": GENERATE}


def apply(tree: Map, changes: Mapping[str, object]) -> Map:
    """The tree with each path set to its value.

    Raises:
        SpecError: a path leads nowhere, or a value is not YAML.
    """
    for path, value in changes.items():
        tree = _set(tree, path.split("."), _value(path, value), path, "")
    return tree


def _value(path: str, value: object) -> Node:
    """The value as a located node: its text is YAML."""
    text = value if isinstance(value, str) else _yaml(value)
    block = "\n" + indent(text, "  ") if "\n" in text.strip() else text  # a mapping on lines of its own, as a script may have it
    source = Source(f"--set {path}", f"value: {block}")
    entries = parse(source).entries
    if len(entries) != 1:
        raise fail("unknown-path", Span(source, 1, 1, 1, 2), path=path, near=[], known=[], here="")
    return entries[0].value


def _yaml(value: object) -> str:
    import yaml

    return yaml.safe_dump(value, default_flow_style=True, width=10**6).strip().removesuffix("...").strip()


def _set(node: Node, keys: list[str], value: Node, path: str, here: str) -> Node:
    key, *rest = keys
    if isinstance(node, Seq) and key.isdecimal() and int(key) < len(node.items):
        items = list(node.items)
        items[int(key)] = _set(items[int(key)], rest, value, path, _join(here, key)) if rest else value
        return Seq(node.span, tuple(items))
    if isinstance(node, Map) and (key in node or not rest and key in _open(here)):
        old = node.index.get(key)
        new = _set(old.value, rest, value, path, _join(here, key)) if rest else value
        entry = Entry(old.key if old else Scalar(value.span, key, True, key), new)
        return Map(node.span, tuple(entry if e is old else e for e in node.entries) + (() if old else (entry,)))
    raise _nowhere(node, key, path, here)


def _open(here: str) -> tuple[str, ...]:
    """The keys that may be added at a path."""
    return next((keys for where, keys in OPEN.items() if fnmatchcase(here, where) and here.count(".") == where.count(".")), ())


def _join(here: str, key: str) -> str:
    return f"{here}.{key}" if here else key


def _nowhere(node: Node, key: str, path: str, here: str) -> SpecError:
    known = [str(e.key.value) for e in node] if isinstance(node, Map) else [str(i) for i in range(len(node.items))] if isinstance(node, Seq) else []
    known += [name for name in _open(here) if name not in known and isinstance(node, Map)]
    source = Source("--set", f"{path}=...")
    column = len(here) + 2 if here else 1
    span = Span(source, 1, column, 1, column + len(key))
    return fail("unknown-path", span, path=path, near=[_join(here, name) for name in near(key, known)], known=known, here=here)
