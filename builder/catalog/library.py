"""The block library: YAML files beside this one, written in the language itself and read by its own parser."""

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from builder.diagnostics import Fault, Source, SpecError, near
from builder.language.sections import Block
from builder.language.spec import read
from builder.language.text import parse
from builder.language.tree import Entry

FOLDER = Path(__file__).parent / "blocks"


@functools.cache
def library() -> Mapping[str, Block]:
    """Every block of the library by name; Keras is not imported.

    Raises:
        SpecError: a library file has a fault.
    """
    return MappingProxyType({name: block for source in _sources() for name, block in _blocks(source).items()})


def block_source(name: str) -> str:
    """The YAML of one block with the comment above it, ready to be pasted into a spec.

    Raises:
        SpecError: the library has no block of that name.
    """
    if name not in library():
        raise SpecError([Fault("unknown-brick", None, {"name": name, "kind": "block", "near": near(name, library()), "elsewhere": None})])
    source = library()[name].span.source
    entry = parse(source).get("blocks").index[name]
    return "blocks:\n" + "\n".join(_lines(source, entry)) + "\n"


def _sources() -> list[Source]:
    return [Source(f"builder/catalog/blocks/{path.name}", path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]


def _blocks(source: Source) -> Mapping[str, Block]:
    return read(parse(source), source, Path(source.name), library=True).blocks


def _lines(source: Source, entry: Entry) -> list[str]:
    """The lines of an entry, from the comment right above its key to its end."""
    lines = source.text.splitlines()
    first, last = entry.key.span.line - 1, entry.value.span.end_line
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return lines[first:last]
