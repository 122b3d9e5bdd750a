"""TextLines: a sentence a line, a file a class."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from builder.data.files import BadFile, class_names, several, text_lines, visible
from builder.data.keep import keep
from builder.data.source import Place, source
from builder.data.table import Table, column, labels, table
from builder.data.writer import Writer


@source
@dataclass(frozen=True)
class TextLines:
    """Text files of one example a line; where there are several files, each is a class.

    Classes are named by what tells the files apart: `rt-polarity.pos` and `rt-polarity.neg` are `pos`
    and `neg`. Empty lines are left out; spaces around a line are taken off.

    Args:
        files: a folder, a file or a list of files, relative to the spec.
        encoding: how the files are encoded.

    Fields:
        text: a string.
        label: a class, where there are several files.
    """

    files: str | list[str]
    encoding: str = "utf-8"

    def read(self, place: Place) -> Table:
        files = self._files(place)
        names = class_names([path.name for path in files])
        if len(set(names)) < len(names):
            raise place.fault("same-class", files=[place.name(path) for path in files])
        order = sorted(range(len(files)), key=names.__getitem__)
        files = [files[i] for i in order]
        name = self.files if isinstance(self.files, str) else ", ".join(self.files)
        kept = keep(place, self, files, lambda writer: self._write(place, writer, files), name=name).columns
        lines = column("text", kept["text"])
        if len(files) == 1:
            return table(lines)
        return table(lines, labels("label", kept["label"][:], tuple(names[i] for i in order)))

    def _write(self, place: Place, writer: Writer, files: list[Path]) -> dict:
        writer.add("text", [])
        for number, path in enumerate(files):
            for lines in several(self._lines(place, path)):
                writer.add("text", lines)
                writer.add("label", np.full(len(lines), number))
        return {}

    def _files(self, place: Place) -> list[Path]:
        if not isinstance(self.files, str):
            return [place.file(path) for path in self.files]
        path = place.path(self.files)
        if path.is_file():
            return [path]
        files = [p for p in visible(path) if p.is_file()]
        if not files:
            raise place.fault("empty-folder", folder=place.name(path), deeper=len(visible(path)))
        return files

    def _lines(self, place: Place, path: Path) -> Iterator[str]:
        try:
            for line in text_lines(path, self.encoding, "\n"):
                if text := line.strip():
                    yield text
        except BadFile as error:
            raise place.fault("bad-text", file=place.name(path), why=str(error), encoding=self.encoding) from None
