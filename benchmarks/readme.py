"""README's table of figures, written from what a run found."""

import os
import platform
from collections.abc import Iterable
from pathlib import Path

from side_by_side import Figure

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"
HEAD = """\
`python benchmarks --write` measures each figure against its peer, the two in turn, and writes the median ratio with its range here;
`python benchmarks programs --write` some of them. On {machine}, smaller is better for us, and shared machines vary by a quarter:

| ours | against | ratio | range | |
| --- | --- | --- | --- | --- |
"""


def table(rows: Iterable[str]) -> str:
    """Rows as a table of Markdown."""
    return HEAD.format(machine=f"{os.cpu_count()} processor cores ({platform.machine()}, {platform.system()})") + "\n".join(rows)


def _rows(figures: Iterable[Figure]) -> dict[tuple[str, ...], str]:
    """A row for each figure, by what is held against what."""
    return {(f.ours, f.against): f"| {f.ours} | {f.against} | {f.ratio:.2f} | {_range(f)} | {f.told} |" for f in figures}


def _written(text: str) -> dict[tuple[str, ...], str]:
    """The rows of a table as it stands, by what is held against what."""
    rows = [line for line in text.splitlines() if line.startswith("| ")][2:]
    return {tuple(cell.strip() for cell in row.split("|")[1:3]): row for row in rows}


def _range(figure: Figure) -> str:
    return f"{figure.low:.2f} to {figure.high:.2f}" if figure.high > figure.low else "one run"


def write(figures: list[Figure], path: Path = README, whole: bool = True) -> None:
    """Puts the table between the marks of README; what is not the `whole` keeps the other rows as they are.

    Raises:
        ValueError: the marks are not there.
    """
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} has no {BEGIN} ... {END}")
    rows = ({} if whole else _written(old)) | _rows(figures)
    path.write_text(f"{before}{BEGIN}\n{table(rows.values())}\n{END}{after}", encoding="utf-8")
