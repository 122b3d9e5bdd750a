"""TextFolder: a folder a class, a file an example."""

from dataclasses import dataclass
from pathlib import Path

from builder.data.files import BadFile, class_files, own_splits, read_text
from builder.data.source import Place, source
from builder.data.table import Table, labels, table, texts


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
        read = [(self._text(place, path), i) for i, files in enumerate(classes.values()) for path in files]
        kept = [(text, i) for text, i in read if text is not None]
        return table(texts("text", [t for t, _ in kept]), labels("label", [i for _, i in kept], tuple(classes)))

    def _text(self, place: Place, path: Path) -> str | None:
        try:
            return read_text(path, self.encoding).strip()
        except BadFile as error:
            return place.spoilt("bad-text", file=place.name(path), why=str(error), encoding=self.encoding)
