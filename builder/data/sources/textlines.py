"""TextLines: a sentence a line, a file a class."""

from dataclasses import dataclass
from pathlib import Path

from builder.data.files import BadFile, class_names, read_text, visible
from builder.data.source import Place, source
from builder.data.table import Table, labels, table, texts


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
        found = [self._lines(place, files[i]) for i in order]
        lines = texts("text", [line for some in found for line in some])
        if len(files) == 1:
            return table(lines)
        classes = [number for number, some in enumerate(found) for _ in some]
        return table(lines, labels("label", classes, tuple(names[i] for i in order)))

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

    def _lines(self, place: Place, path: Path) -> list[str]:
        try:
            return [line.strip() for line in read_text(path, self.encoding).split("\n") if line.strip()]
        except BadFile as error:
            raise place.fault("bad-text", file=place.name(path), why=str(error), encoding=self.encoding) from None
