"""Csv: a table of text with one example a row; column types are inferred."""

from dataclasses import dataclass

from builder.data.files import BadFile, read_text
from builder.data.rows import Row, clean, has_header, header_names, rows_of
from builder.data.source import Place, source
from builder.data.table import Column, Table, column, labels, texts

MOST_CLASSES = 100


@source
@dataclass(frozen=True)
class Csv:
    """A CSV file, compressed or not, with one example a row; every column is a field.

    A column of numbers is float32, with not-a-number where a value is missing; any other column is
    text, empty where missing. A label of text or of at most 100 different whole numbers is a class;
    of other numbers it stays a number. Rows without a label, and rows with more or fewer cells than
    columns, are bad.

    Args:
        path: the file, relative to the spec.
        label: the column that holds the class, or a list of such columns.
        header: whether the first row names the columns; `auto` looks at it.
        columns: names for all columns, in place of the header's.
        separator: between cells; left out, the commonest of `,` `;` tab and `|` in the first line.
        missing: what stands for a missing value.
        text: columns to keep as text though they look like numbers.
        strip: characters to take off both ends of every text, beside spaces.
        quote: the quoting character; empty for none.
        encoding: how the file is encoded.

    Fields:
        (each column): (), float32 or string.
        (each label): (), a class.
    """

    path: str
    label: str | list[str] | None = None
    header: bool | str = "auto"
    columns: list[str] | None = None
    separator: str | None = None
    missing: list[str] = ("", "?", "NA", "N/A", "NaN", "nan", "null")
    text: list[str] = ()
    strip: str = ""
    quote: str = '"'
    encoding: str = "utf-8"

    def read(self, place: Place) -> Table:
        names, rows = self._named(place, self._rows(place))
        rows = self._whole(place, names, rows) if rows else []
        cells = zip(*(row.cells for row in rows), strict=True) if rows else ((),) * len(names)
        found = [self._column(name, list(values)) for name, values in zip(names, cells, strict=True)]
        return Table({c.field.name: c for c in found})

    @property
    def labelled(self) -> tuple[str, ...]:
        """The columns that hold classes."""
        return _names(self.label)

    @property
    def gaps(self) -> set[str]:
        """What stands for a missing value."""
        return set(_names(self.missing))

    def _rows(self, place: Place) -> list[Row]:
        try:
            rows = rows_of(read_text(place.file(self.path), self.encoding), self.separator, self.quote)
        except BadFile as error:
            raise place.fault("bad-text", file=self.path, why=str(error), encoding=self.encoding) from None
        return [Row(row.line, clean(row.cells, self.strip)) for row in rows]

    def _named(self, place: Place, rows: list[Row]) -> tuple[list[str], list[Row]]:
        """The columns' names, and the rows below them."""
        if not rows:
            return list(_names(self.columns)), []
        if self.header not in (True, False, "auto"):
            raise place.fault("source-argument", argument="header", given=self.header, wanted="true, false or auto")
        headed = has_header([row.cells for row in rows[:200]]) if self.header == "auto" else self.header
        first = rows[0].cells
        names = list(_names(self.columns)) if self.columns else header_names(first if headed else [""] * len(first))
        self._check_names(place, names, first)
        return names, rows[1:] if headed else rows

    def _check_names(self, place: Place, names: list[str], first: list[str]) -> None:
        if len(names) != len(first):
            raise place.fault("column-count", file=self.path, given=len(names), there=len(first))
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice is not None:
            raise place.fault("column-twice", file=self.path, column=twice)
        for name in (*self.labelled, *_names(self.text)):
            if name not in names:
                raise place.fault("missing-column", column=name, columns=names, file=self.path)

    def _whole(self, place: Place, names: list[str], rows: list[Row]) -> list[Row]:
        """The rows with a cell for every column and a value for every label."""
        at, gaps, kept = [names.index(name) for name in self.labelled], self.gaps, []
        for row in rows:
            if len(row.cells) != len(names):
                place.spoilt("ragged-row", file=self.path, row=row.line, cells=len(row.cells), columns=len(names))
            elif empty := [names[i] for i in at if row.cells[i] in gaps]:
                place.spoilt("no-label", file=self.path, row=row.line, column=empty[0])
            else:
                kept.append(row)
        return kept

    def _column(self, name: str, values: list[str]) -> Column:
        gaps = self.gaps
        numbers = None if name in _names(self.text) else _numbers(values, gaps)
        if name in self.labelled:
            return _label(name, values, numbers)
        if numbers is not None:
            return column(name, numbers)
        return texts(name, ["" if value in gaps else value for value in values])


def _names(given: object) -> tuple[str, ...]:
    """One name or several, as texts: YAML reads `-999` and `2024` as numbers."""
    if given is None:
        return ()
    return tuple(map(str, given)) if isinstance(given, (list, tuple)) else (str(given),)


def _numbers(values: list[str], gaps: set[str]):
    """The values as float32, or None where one is no number."""
    import numpy as np

    try:
        if any("_" in value for value in values):  # Python reads 1_000 as a number; people do not
            return None
        return np.array([float("nan") if value in gaps else float(value) for value in values], dtype="float32")
    except ValueError:
        return None


def _label(name: str, values: list[str], numbers) -> Column:
    import numpy as np

    if numbers is None:
        classes, indices = np.unique(np.array(values, dtype=object), return_inverse=True)
        return labels(name, indices, tuple(classes))
    different, indices = np.unique(numbers, return_inverse=True)
    if len(different) > MOST_CLASSES or not np.array_equal(different, np.round(different)):
        return column(name, numbers)
    return labels(name, indices, tuple(str(int(n)) for n in different))
