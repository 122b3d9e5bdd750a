"""The log of a run: a row an epoch, as JSON and as CSV."""

import csv
import io
from pathlib import Path

from builder.training.files import read_json, write_json, write_text

FIRST = ("phase", "epoch", "step", "seconds", "waited")


def write_log(folder: Path, rows: list[dict]) -> None:
    """Writes `log.json` and `log.csv` anew from all rows, so that a resumed run has each epoch once.

    The rows stand in the checkpoint too, so nothing is lost with these files.
    """
    write_json(folder / "log.json", rows, lasting=False)
    write_text(folder / "log.csv", as_csv(rows), lasting=False)


def read_log(folder: Path) -> list[dict]:
    """The rows of a run; none where it has finished no epoch."""
    return read_json(folder / "log.json", [])


def columns(rows: list[dict]) -> list[str]:
    """Every column of any row, the counts first, then metrics as they first came."""
    return list(dict.fromkeys((*FIRST, *(name for row in rows for name in row))))


def metrics(rows: list[dict]) -> list[str]:
    """The names of what was measured, without their `val_` twins."""
    return [name for name in columns(rows) if name not in FIRST and not name.startswith("val_")]


def as_csv(rows: list[dict]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(rows), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
