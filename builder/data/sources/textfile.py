"""TextFile: one long text as its characters or words, in order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from builder.data.archives import on_disk
from builder.data.files import BadFile, several, text_lines
from builder.data.keep import keep
from builder.data.source import Place, source
from builder.data.table import Column, Field, Table, table
from builder.data.writer import Writer

PIECES = {"character": re.compile(r".", re.DOTALL), "word": re.compile(r"\s*\S+|\s+$")}


@source
@dataclass(frozen=True)
class TextFile:
    """A long text, one of its pieces an example, in order: what `Windows` cuts into sequences.

    A word has the space before it, so that pieces one after the other are the text again. Ends of lines are `\\n`.
    Splits are taken in order: the last part of the text is the test.

    Args:
        path: the file, or a list of files that follow one another, relative to the spec; one may lie in a zip archive.
        unit: `character` or `word`; a `SubwordVectorization` of the model cuts words into pieces.
        encoding: how the file is encoded.

    Fields:
        text: a string, one piece.
    """

    path: str | list[str]
    unit: str = "character"
    encoding: str = "utf-8"

    def read(self, place: Place) -> Table:
        if self.unit not in PIECES:
            wanted = "`word`, before a `SubwordVectorization` of the model" if self.unit.startswith("sub") else "`character` or `word`"
            raise place.fault("source-argument", argument="unit", given=self.unit, wanted=wanted)
        names = [self.path] if isinstance(self.path, str) else list(self.path)
        files = [place.file(name) for name in names]
        kept = keep(place, self, [*map(on_disk, files)], lambda writer: self._write(place, writer, files), name=", ".join(names)).columns
        return table(Column(Field("text", (), "string", glue=""), kept["text"]))

    def _write(self, place: Place, writer: Writer, files: list[Path]) -> dict:
        writer.add("text", [])
        for pieces in several(chain.from_iterable(self._pieces(place, path) for path in files)):
            writer.add("text", pieces)
        return {}

    def _pieces(self, place: Place, path: Path) -> Iterator[str]:
        cut = PIECES[self.unit].findall
        try:
            for line in text_lines(path, self.encoding, None):
                yield from cut(line)
        except BadFile as error:
            raise place.fault("bad-text", file=place.name(path), why=str(error), encoding=self.encoding) from None
