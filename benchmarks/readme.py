"""README's table of figures, written from what one run found."""

import os
import platform
from pathlib import Path

from side_by_side import Figure

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"
HEAD = """\
`python benchmarks --write` measures each figure against its peer, the two in turn, and writes the median ratio with its range here.
One run, on {machine} (smaller is better for us; shared machines vary by a quarter):

| ours | against | ratio | range | |
| --- | --- | --- | --- | --- |
"""


def table(figures: list[Figure]) -> str:
    """The figures as Markdown."""
    rows = (f"| {f.ours} | {f.against} | {f.ratio:.2f} | {_range(f)} | {f.told} |" for f in figures)
    return HEAD.format(machine=f"{os.cpu_count()} processor cores ({platform.machine()}, {platform.system()})") + "\n".join(rows)


def _range(figure: Figure) -> str:
    return f"{figure.low:.2f} to {figure.high:.2f}" if figure.high > figure.low else "one run"


def write(figures: list[Figure], path: Path = README) -> None:
    """Puts the table between the marks of README.

    Raises:
        ValueError: the marks are not there.
    """
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} has no {BEGIN} ... {END}")
    path.write_text(f"{before}{BEGIN}\n{table(figures)}\n{END}{after}", encoding="utf-8")
