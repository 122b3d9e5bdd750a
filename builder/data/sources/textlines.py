"""TextLines: a sentence a line; its class by its file, or written in the line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from builder.data.archives import on_disk
from builder.data.files import BadFile, class_names, several, text_lines, visible
from builder.data.keep import keep
from builder.data.source import Place, source
from builder.data.table import Table, column, labels, table
from builder.data.writer import Writer

HOLE = re.compile(r"\{(\w+)\}")


@source
@dataclass(frozen=True)
class TextLines:
    """Text files of one example a line; where there are several files, each is a class.

    Classes are named by what tells the files apart: `rt-polarity.pos` and `rt-polarity.neg` are `pos`
    and `neg`. Empty lines are left out; spaces around a line are taken off.

    A `pattern` says what a line is made of, such as `"{label}:{kind} {text}"`; each name is then a field, and the files
    are one after the other. Lines that do not fit it are bad.

    Args:
        files: a folder, a file or a list of files, relative to the spec; a file may lie in a zip archive: `qc.zip/qc/train.txt`.
        encoding: how the files are encoded.
        pattern: names in braces, and what stands between them; a name goes up to where what follows it begins.
        label: which of the names are classes, one or a list.

    Fields:
        text: a string.
        label: a class, where there are several files.
        (each name): a string, or a class.
    """

    files: str | list[str]
    encoding: str = "utf-8"
    pattern: str | None = None
    label: str | list[str] = "label"

    def read(self, place: Place) -> Table:
        files = self._files(place)
        names = self._classes(place, files)
        order = sorted(range(len(files)), key=names.__getitem__) if not self.pattern else list(range(len(files)))
        files = [files[i] for i in order]
        name = self.files if isinstance(self.files, str) else ", ".join(self.files)
        parts = self._parts(place)
        kept = keep(place, self, [*map(on_disk, files)], lambda writer: self._write(place, writer, files, parts), name=name).columns
        if self.pattern:
            return table(*(self._field(one, kept[one]) for one in parts[1::2]))
        lines = column("text", kept["text"])
        if len(files) == 1:
            return table(lines)
        return table(lines, labels("label", kept["label"][:], tuple(names[i] for i in order)))

    def _classes(self, place: Place, files: list[Path]) -> list[str]:
        names = class_names([path.name for path in files])
        if len(set(names)) < len(names) and not self.pattern:
            raise place.fault("same-class", files=[place.name(path) for path in files])
        return names

    def _parts(self, place: Place) -> list[str]:
        """What stands around names, and the names, in turn; without a pattern the whole line is the text."""
        parts = HOLE.split(self.pattern) if self.pattern else ["", "text", ""]
        names, between = parts[1::2], parts[2:-1:2]
        if not names or len(set(names)) < len(names) or "" in between:
            raise place.fault("line-pattern", pattern=self.pattern, twice=len(set(names)) < len(names), touching="" in between)
        for name in [self.label] if isinstance(self.label, str) else self.label:
            if self.pattern and name not in names and self.label != "label":
                raise place.fault("missing-column", column=name, columns=names, file=self.pattern)
        return parts

    def _field(self, name: str, store):
        if name not in ([self.label] if isinstance(self.label, str) else self.label):
            return column(name, store)
        classes, indices = np.unique(store[:].astype(str), return_inverse=True)
        return labels(name, indices, tuple(map(str, classes)))

    def _write(self, place: Place, writer: Writer, files: list[Path], parts: list[str]) -> dict:
        for name in parts[1::2]:
            writer.add(name, [])
        for number, path in enumerate(files):
            for lines in several(self._lines(place, path, parts)):
                for name, values in zip(parts[1::2], zip(*lines, strict=True), strict=True):
                    writer.add(name, list(values))
                if not self.pattern:
                    writer.add("label", np.full(len(lines), number))
        return {}

    def _files(self, place: Place) -> list[Path]:
        if not isinstance(self.files, str):
            return [place.file(path) for path in self.files]
        path = place.path(self.files)
        if not path.is_dir():
            return [path]
        files = [p for p in visible(path) if p.is_file()]
        if not files:
            raise place.fault("empty-folder", folder=place.name(path), deeper=len(visible(path)), levels=False)
        return files

    def _lines(self, place: Place, path: Path, parts: list[str]) -> Iterator[list[str]]:
        try:
            for number, line in enumerate(text_lines(path, self.encoding, "\n"), 1):
                if not (text := line.strip()):
                    continue
                if (found := taken_apart(text, parts)) is None:
                    place.spoilt("line-misfit", file=place.name(path), row=number, pattern=self.pattern)
                else:
                    yield found
        except BadFile as error:
            raise place.fault("bad-text", file=place.name(path), why=str(error), encoding=self.encoding) from None


def taken_apart(line: str, parts: list[str]) -> list[str] | None:
    """What a line has at the names of a pattern, or None where it does not fit.

    Args:
        line: without its end.
        parts: what stands before the first name, the name, what stands behind it, the next name, and so on.
    """
    first, *inner, last = parts[::2]
    if not (line.startswith(first) and line.endswith(last)):
        return None
    rest, found = line[len(first) : len(line) - len(last)], []
    for between in inner:
        value, there, rest = rest.partition(between)
        if not there:
            return None
        found.append(value.strip())
    return [*found, rest.strip()]
