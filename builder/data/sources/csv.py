"""Csv: a table of text with one example a row; column types are inferred."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from builder.data.archives import on_disk
from builder.data.files import BadFile, several, text_lines
from builder.data.keep import keep
from builder.data.kinds import Kind
from builder.data.rows import Row, clean, has_header, header_names, rows_from
from builder.data.source import Place, source
from builder.data.table import Table, column
from builder.data.writer import Writer

LOOK = 200  # rows that tell whether there is a header
SMALL = 16 << 20  # bytes of a file whose rows are held between the two passes


@source
@dataclass(frozen=True)
class Csv:
    """A CSV file, compressed, in a zip archive or plain, with one example a row; every column is a field.

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
        numbers: labels to keep as numbers though they have few different values.
        strip: characters to take off both ends of every text, beside spaces.
        quote: the quoting character; empty for none.
        encoding: how the file is encoded.
        extra: whether rows may have more cells than columns; those beyond are then left out.

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
    numbers: list[str] = ()
    strip: str = ""
    quote: str = '"'
    encoding: str = "utf-8"
    extra: bool = False

    def read(self, place: Place) -> Table:
        path = place.file(self.path)
        kept = keep(place, self, [on_disk(path)], lambda writer: self._write(place, path, writer), name=self.path)
        classes = kept.facts["classes"]
        return Table({name: column(name, kept.columns[name], None if some is None else tuple(some)) for name, some in classes.items()})

    def _write(self, place: Place, path: Path, writer: Writer) -> dict:
        """Adds all columns, in two passes over a large file: one to find out what they hold, one to read them."""
        names, chunks = self._chunks(place, path)
        kinds = {name: Kind(self.gaps, name in self.labelled and name not in _names(self.numbers), name not in _names(self.text)) for name in names}
        self._see(kinds, chunks)
        for name, kind in kinds.items():
            writer.add(name, kind.values([]))
        for rows in chunks():
            for (name, kind), cells in zip(kinds.items(), zip(*(row.cells for row in rows), strict=True), strict=True):
                writer.add(name, kind.values(list(cells)))
        return {"classes": {name: kind.classes for name, kind in kinds.items()}}

    def _see(self, kinds: dict[str, Kind], chunks: Callable) -> None:
        for rows in chunks():
            for kind, cells in zip(kinds.values(), zip(*(row.cells for row in rows), strict=True), strict=True):
                kind.see(list(cells))
        missed = {name for name, kind in kinds.items() if kind.missed}
        if missed:
            kinds.update({name: Kind(self.gaps, label=True, numeric=False) for name in missed})
            self._see(kinds, chunks)

    def _chunks(self, place: Place, path: Path) -> tuple[list[str], Callable]:
        """The columns' names, and what gives the whole rows some at a time, as often as it is asked; bad ones are told once."""
        rows = self._rows(place, path)
        head = list(islice(rows, LOOK))
        names, body = self._named(place, head)
        whole = self._whole(place, names, chain(body, rows))
        if on_disk(path).stat().st_size <= SMALL:
            held = list(several(whole))
            return names, lambda: held
        first = [whole]
        dumb = replace(place, bad=[])

        def chunks():
            again = chain(self._named(dumb, head)[1], islice(self._rows(place, path), len(head), None))
            return several(first.pop() if first else self._whole(dumb, names, again))

        return names, chunks

    @property
    def labelled(self) -> tuple[str, ...]:
        """The columns that hold classes."""
        return _names(self.label)

    @property
    def gaps(self) -> frozenset[str]:
        """What stands for a missing value."""
        return frozenset(_names(self.missing))

    def _rows(self, place: Place, path: Path) -> Iterator[Row]:
        try:
            for row in rows_from(text_lines(path, self.encoding), self.separator, self.quote):
                yield Row(row.line, clean(row.cells, self.strip))
        except BadFile as error:
            raise place.fault("bad-text", file=self.path, why=str(error), encoding=self.encoding) from None

    def _named(self, place: Place, rows: list[Row]) -> tuple[list[str], list[Row]]:
        """The columns' names, and the rows below them."""
        if not rows:
            return list(_names(self.columns)), []
        if self.header not in (True, False, "auto"):
            raise place.fault("source-argument", argument="header", given=self.header, wanted="true, false or auto")
        headed = has_header([row.cells for row in rows[:LOOK]]) if self.header == "auto" else self.header
        first = rows[0].cells
        names = list(_names(self.columns)) if self.columns else header_names(first if headed else [""] * len(first))
        self._check_names(place, names, first)
        return names, rows[1:] if headed else rows

    def _check_names(self, place: Place, names: list[str], first: list[str]) -> None:
        if len(names) != len(first) and not (self.extra and len(names) < len(first)):
            raise place.fault("column-count", file=self.path, given=len(names), there=len(first))
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice is not None:
            raise place.fault("column-twice", file=self.path, column=twice)
        for name in (*self.labelled, *_names(self.text), *_names(self.numbers)):
            if name not in names:
                raise place.fault("missing-column", column=name, columns=names, file=self.path)

    def _whole(self, place: Place, names: list[str], rows: Iterable[Row]) -> Iterator[Row]:
        """The rows with a cell for every column and a value for every label."""
        at, gaps = [names.index(name) for name in self.labelled if name in names], self.gaps
        for row in rows:
            cells = row.cells[: len(names)] if self.extra else row.cells
            if len(cells) != len(names):
                place.spoilt("ragged-row", file=self.path, row=row.line, cells=len(row.cells), columns=len(names))
            elif empty := [names[i] for i in at if cells[i] in gaps]:
                place.spoilt("no-label", file=self.path, row=row.line, column=empty[0])
            else:
                yield Row(row.line, cells)


def _names(given: object) -> tuple[str, ...]:
    """One name or several, as texts: YAML reads `-999` and `2024` as numbers."""
    if given is None:
        return ()
    return tuple(map(str, given)) if isinstance(given, (list, tuple)) else (str(given),)
