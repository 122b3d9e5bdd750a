"""The rows of a CSV text, with the lines they begin on, and whether the first names the columns."""

import csv
import io
import re
from dataclasses import dataclass

from builder.data.files import BadFile

SEPARATORS = (",", ";", "\t", "|")
csv.field_size_limit(1 << 24)


@dataclass(frozen=True)
class Row:
    """One row and the line of the file it begins on, from 1."""

    line: int
    cells: list[str]


def rows_of(text: str, separator: str | None = None, quote: str = '"') -> list[Row]:
    """Every row that is not empty.

    Raises:
        BadFile: the text is not CSV, such as a separator of two characters.
    """
    try:
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=separator or commonest(text), skipinitialspace=True,
            quotechar=quote or None, quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE)
        return list(_rows(reader))
    except (csv.Error, TypeError) as error:
        raise BadFile(str(error).replace('"delimiter"', "the separator")) from None


def _rows(reader):
    line = 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield Row(line + 1, cells)
        line = reader.line_num


def commonest(text: str) -> str:
    """The separator that stands most often in the first line outside quotes, a comma where none does."""
    first = re.sub(r'"[^"]*"', "", text.lstrip().partition("\n")[0])
    return max(SEPARATORS, key=first.count)


def clean(cells: list[str], strip: str) -> list[str]:
    """Cells without the spaces, and the characters of `strip`, around them."""
    return [cell.strip().strip(strip).strip() if strip else cell.strip() for cell in cells]


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names columns: names without numbers, each once and unlike what stands below it."""
    first, below = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    if not all(first) or len(set(first)) < len(first) or any(map(is_number, first)):
        return False
    return not any(first[i] in {row[i] for row in below} for i in range(len(first)))


def header_names(first: list[str]) -> list[str]:
    """The names a header gives, `column3` where it gives none."""
    return [name or f"column{i}" for i, name in enumerate(first, 1)]
