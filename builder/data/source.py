"""The registry of sources, and what a source is told of where it stands."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from builder.data.archives import inside, is_member, names_in
from builder.data.memory import Room, room
from builder.data.registry import Registry
from builder.data.table import Table
from builder.diagnostics import Fault, Span, SpecError, fail
from builder.graph.graph import Recipe

SHOWN = 5
source = Registry("builder.data.sources")


class Reader(Protocol):
    """A source with its arguments given."""

    def read(self, place: "Place") -> Table: ...


@dataclass(frozen=True)
class Place:
    """Where a source stands: the folder its paths are relative to, its span, and what to do with bad examples.

    Bad files and rows are gathered, so that several are told at once, or counted where they are skipped.
    `cache` is `auto`, `memory`, `disk` or `false`, `room` what memory is left, `notes` what a person should know.
    """

    base: Path
    span: Span | None = None
    skip_bad: bool = False
    cache: str = "auto"
    bad: list[Fault] = field(default_factory=list)
    room: Room = field(default_factory=room)
    notes: list[str] = field(default_factory=list)

    def fault(self, kind: str, **facts: object) -> SpecError:
        """A fault of the source as a whole, to be raised."""
        return fail(kind, self.span, **facts)

    def spoilt(self, kind: str, **facts: object) -> None:
        """Notes one bad example and goes on: it is left out."""
        self.bad.append(Fault(kind, self.span, facts))

    def check(self) -> None:
        """Raises the first few bad examples, unless the spec says to skip them."""
        if self.skip_bad or not self.bad:
            return
        more = [Fault("more-bad", self.span, {"count": len(self.bad) - SHOWN})] if len(self.bad) > SHOWN else []
        raise SpecError([*self.bad[:SHOWN], *more])

    def name(self, path: Path | str) -> str:
        """A path as the user would write it."""
        try:
            return str(Path(path).relative_to(self.base))
        except ValueError:
            return str(path)

    def folder(self, path: str) -> Path:
        """The folder a spec names.

        Raises:
            SpecError: `missing-path` where there is none.
        """
        return self._found(path, "folder", Path.is_dir)

    def file(self, path: str) -> Path:
        """The file a spec names, which may lie in a zip archive; raises as `folder` does."""
        return self._found(path, "file", lambda full: full.is_file() or is_member(full))

    def path(self, path: str) -> Path:
        """The file or folder a spec names; raises as `folder` does."""
        return self._found(path, "file or folder", lambda full: full.exists() or is_member(full))

    def _found(self, path: str, what: str, right: Callable[[Path], bool]) -> Path:
        full = self.base / Path(str(path)).expanduser()
        try:
            if right(full):
                return full
            there = full.exists()
            near = _near(full, str(path))
        except (OSError, ValueError) as error:
            raise self.fault("unreadable", file=str(path), why=_reason(error)) from None
        raise self.fault("missing-path", path=str(path), what=what, base=str(self.base), near=near, there=there)


def _near(full: Path, path: str) -> list[str]:
    """Paths beside one that is not there, those of like names; within an archive all of its files may be meant."""
    if found := inside(full):
        archive = path[: len(path) - len(found[1])]
        return [archive + name for name in (difflib.get_close_matches(found[1], names_in(found[0]), n=3) or names_in(found[0])[:3])]
    beside = sorted(p.name for p in full.parent.iterdir() if p.name != full.name) if full.parent.is_dir() else []
    return [str(Path(path).parent / name) for name in difflib.get_close_matches(full.name, beside, n=3)]


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).lower()


def read(recipe: Recipe, place: Place) -> Table:
    """Reads the source a recipe names, all of it at least one example.

    Raises:
        SpecError: everything that can be wrong with files, at the source's span.
    """
    reader = source.known[recipe.name](**dict(recipe.args))
    try:
        found = reader.read(place)
    except OSError as error:
        raise place.fault("unreadable", file=place.name(error.filename or recipe.name), why=_reason(error)) from None
    place.check()
    if not len(found):
        raise place.fault("no-examples", source=recipe.name, skipped=len(place.bad))
    return found
