"""SentencePairs: sentences of two languages side by side, a pair a line."""

from dataclasses import dataclass

import numpy as np

from builder.data.source import Place, source
from builder.data.sources.csv import Csv
from builder.data.table import Table


@source
@dataclass(frozen=True)
class SentencePairs:
    """Texts side by side, tab-separated without quoting: a sentence and its translation, or two sentences and how alike they are.

    Cells beyond the columns are left out. A file such as `fra-eng.zip/fra.txt` is read in its archive.

    Args:
        path: the file, relative to the spec.
        columns: names of the columns.
        longest: the most words of a text; pairs with a longer one are left out.
        first: so many pairs are taken, from the beginning; left out, all.
        label: the column that holds a class, if one does.
        encoding: how the file is encoded.
        shortest: the fewest words of a text; pairs with a shorter one are left out.

    Fields:
        (each column): a string, or float32 where a column holds nothing but numbers.
    """

    path: str
    columns: list[str] = ("source", "target")
    longest: int | None = None
    first: int | None = None
    label: str | None = None
    encoding: str = "utf-8"
    shortest: int = 0

    def read(self, place: Place) -> Table:
        given = Csv(self.path, self.label, False, list(self.columns), "\t", ("",), quote="", encoding=self.encoding, extra=True)
        found = given.read(place)
        kept = np.ones(len(found), bool)
        for column in found.columns.values() if self.longest is not None or self.shortest else ():
            if column.field.dtype == "string":
                words = np.array([len(text.split()) for text in column.values])
                kept &= (words >= self.shortest) & (words <= (np.inf if self.longest is None else self.longest))
        rows = np.flatnonzero(kept)[: self.first]
        return found if len(rows) == len(found) else found.take(rows)
