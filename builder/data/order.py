"""Rows in the order of time: put so by a field, and dealt into splits one after the other, the last being the test."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from builder.data.source import Place
from builder.data.table import Column, Table
from builder.diagnostics import near

SEEN = 50  # texts that tell whether a column holds dates


def ordered(table: Table, by: str | bool, place: Place) -> Table:
    """The rows by the values of a field, the least first; as they stand where `by` is true.

    Raises:
        SpecError: `unknown-field`, `order-unread`.
    """
    if by is True:
        _note_backwards(table, place)
        return table
    if by not in table.columns:
        raise place.fault("unknown-field", name=by, fields=list(table.columns), near=near(by, list(table.columns)))
    return table.take(np.argsort(_times(table.columns[by], place), kind="stable"))


def in_order(size: int, shares: Mapping[str, float], place: Place) -> dict[str, np.ndarray]:
    """Row numbers of each share, one after the other: training, validation, test.

    Raises:
        SpecError: `split-empty`.
    """
    later = [name for name in ("validation", "test") if name in shares]
    ends = size - np.cumsum([round(shares[name] * size) for name in reversed(later)])[::-1]
    bounds = [0, *map(int, ends), size]
    found = {name: np.arange(low, high) for name, (low, high) in zip(["train", *later], pairwise(bounds), strict=True)}
    for name, rows in found.items():
        if not len(rows):
            raise place.fault("split-empty", split=name, size=size, share=shares.get(name, 1.0))
    return found


def grouped(column: Column, shares: Mapping[str, float], seed: int, place: Place) -> dict[str, np.ndarray]:
    """Row numbers of each share, where rows of one value stay together; a share counts rows, as nearly as groups allow.

    Raises:
        SpecError: `split-empty`, there are too few groups.
    """
    values = column.values
    _, group = np.unique(values.astype(str) if values.dtype == object else values, return_inverse=True)
    sizes = np.bincount(group)
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(sizes))
    reached, bounds = np.cumsum(sizes[order]), np.cumsum([share * len(values) for share in shares.values()])
    part = np.searchsorted(bounds, reached - sizes[order] / 2)  # a group belongs where its middle lies
    of = np.empty(len(sizes), "int64")
    of[order] = part
    found = {name: np.flatnonzero(of[group] == number) for number, name in enumerate([*shares, "train"])}
    for name, rows in found.items():
        if not len(rows):
            raise place.fault("split-empty", split=name, size=len(sizes), share=shares.get(name, 1.0))
    return found


def _times(column: Column, place: Place) -> np.ndarray:
    """Values that can be compared: numbers, or dates of texts such as `1981-01-31`."""
    values = column.values
    if values.dtype != object:
        return values
    try:
        return np.array([np.datetime64(text, "s") for text in values])
    except ValueError:
        bad = next(text for text in values if not _is_date(text))
        raise place.fault("order-unread", field=column.field.name, value=str(bad)) from None


def _is_date(text: str) -> bool:
    try:
        return not np.isnat(np.datetime64(text, "s"))
    except ValueError:
        return False


def _note_backwards(table: Table, place: Place) -> None:
    """Tells of rows that stand against the order of their dates."""
    for name, column in table.columns.items():
        if column.field.dtype != "string" or column.field.shape or not all(map(_is_date, column.rows(np.arange(min(SEEN, len(column)))))):
            continue
        times = np.array([np.datetime64(text, "s") if _is_date(text) else np.datetime64("NaT") for text in column.values])
        if (np.diff(times) < np.timedelta64(0)).any():
            place.notes.append(f"the rows are taken in order, but their `{name}` goes back in time: `order: {name}` under `data` sorts them by it")
