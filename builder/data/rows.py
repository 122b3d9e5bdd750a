"""The rows of a CSV text, with the lines they begin on, and whether the first names the columns."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

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
    return list(rows_from(io.StringIO(text, newline=""), separator, quote))


def rows_from(lines: Iterable[str], separator: str | None = None, quote: str = '"') -> Iterator[Row]:
    """Every row that is not empty, as it is read; raises as `rows_of` does."""
    lines, head = iter(lines), []
    for line in lines:
        head.append(line)
        if line.strip():
            break
    try:
        reader = csv.reader(
            chain(head, lines), delimiter=separator or commonest("".join(head)), skipinitialspace=True,
            quotechar=quote or None, quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE)
        line = 0
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(line + 1, cells)
            line = reader.line_num
    except (csv.Error, TypeError) as error:
        raise BadFile(str(error).replace('"delimiter"', "the separator")) from None


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
    """Whether the first row names columns: names without numbers, unlike what stands below them.

    Names that stand there twice are still a header (and told as a mistake) where a column of numbers is below.
    """
    first, below = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    if not all(first) or any(map(is_number, first)):
        return False
    if any(first[i] in {row[i] for row in below} for i in range(len(first))):
        return False
    return len(set(first)) == len(first) or any(all(is_number(row[i]) for row in below) for i in range(len(first)) if below)


def header_names(first: list[str]) -> list[str]:
    """The names a header gives, `column3` where it gives none."""
    return [name or f"column{i}" for i, name in enumerate(first, 1)]
