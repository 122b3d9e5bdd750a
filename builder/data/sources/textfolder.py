"""TextFolder: a folder a class, a file an example."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from builder.data.files import BadFile, class_files, own_splits, read_text, several
from builder.data.keep import keep
from builder.data.source import Place, source
from builder.data.table import Table, column, labels, table
from builder.data.writer import Writer


@source
@dataclass(frozen=True)
class TextFolder:
    """Text files in a folder tree: each folder is a class, each file in it one example.

    A folder of nothing but `train` and `test` (or `validation`) folders brings those splits.

    Args:
        folder: the folder that holds the classes' folders, relative to the spec.
        encoding: how the files are encoded.

    Fields:
        text: a string.
        label: a class, named by its folder.
    """

    folder: str
    encoding: str = "utf-8"

    def read(self, place: Place) -> Table:
        root = place.folder(self.folder)
        splits = {name: self._table(place, path) for name, path in (own_splits(root) or {"train": root}).items()}
        return Table(splits.pop("train").columns, splits)

    def _table(self, place: Place, folder: Path) -> Table:
        classes = class_files(place, folder)
        files = [(path, i) for i, paths in enumerate(classes.values()) for path in paths]
        kept = keep(place, self, [path for path, _ in files], lambda writer: self._write(place, writer, files), name=place.name(folder)).columns
        return table(column("text", kept["text"]), labels("label", kept["label"][:], tuple(classes)))

    def _write(self, place: Place, writer: Writer, files: list[tuple[Path, int]]) -> dict:
        writer.add("text", [])
        writer.add("label", np.empty(0, "int64"))
        for some in several(files):
            read = [(self._text(place, path), i) for path, i in some]
            writer.add("text", [text for text, _ in read if text is not None])
            writer.add("label", np.array([i for text, i in read if text is not None], "int64"))
        return {}

    def _text(self, place: Place, path: Path) -> str | None:
        try:
            return read_text(path, self.encoding).strip()
        except BadFile as error:
            return place.spoilt("bad-text", file=place.name(path), why=str(error), encoding=self.encoding)
