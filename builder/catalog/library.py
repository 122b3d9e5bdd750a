"""The library of blocks and losses: YAML files beside this one, written in the language itself and read by its own parser."""

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from builder.diagnostics import Fault, Source, SpecError, near
from builder.language.sections import Block, LossMould, Spec
from builder.language.spec import read
from builder.language.text import parse
from builder.language.tree import Entry

FOLDER, LOSSES = Path(__file__).parent / "blocks", Path(__file__).parent / "losses"


@functools.cache
def library() -> Mapping[str, Block]:
    """Every block of the library by name; Keras is not imported.

    Raises:
        SpecError: a library file has a fault.
    """
    return MappingProxyType({name: block for source in _sources(FOLDER) for name, block in _read(source).blocks.items()})


@functools.cache
def moulds() -> Mapping[str, LossMould]:
    """Every loss that is written as a formula, by name; Keras is not imported.

    Raises:
        SpecError: a library file has a fault.
    """
    return MappingProxyType({name: loss for source in _sources(LOSSES) for name, loss in _read(source).losses.items()})


def loss_source(name: str) -> str:
    """The YAML of one loss of `moulds` with the comment above it, ready to be pasted into a spec."""
    return _pasted("losses", name, moulds()[name].span.source)


def block_source(name: str) -> str:
    """The YAML of one block with the comment above it, ready to be pasted into a spec.

    Raises:
        SpecError: the library has no block of that name.
    """
    if name not in library():
        raise SpecError([Fault("unknown-brick", None, {"name": name, "kind": "block", "near": near(name, library()), "elsewhere": None})])
    return _pasted("blocks", name, library()[name].span.source)


def _pasted(section: str, name: str, source: Source) -> str:
    entry = parse(source).get(section).index[name]
    return f"{section}:\n" + "\n".join(_lines(source, entry)) + "\n"


def _sources(folder: Path) -> list[Source]:
    return [Source(f"builder/catalog/{folder.name}/{path.name}", path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml"))]


def _read(source: Source) -> Spec:
    return read(parse(source), source, Path(source.name), library=True)


def _lines(source: Source, entry: Entry) -> list[str]:
    """The lines of an entry, from the comment right above its key to its end."""
    lines = source.text.splitlines()
    first, last = entry.key.span.line - 1, entry.value.span.end_line
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return lines[first:last]
