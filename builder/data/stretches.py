"""Stretches of rows that follow one another: where they start, and those of a text as one string each."""

import hashlib
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from builder.data.drawing import Draws
from builder.data.table import Column


@dataclass(frozen=True, eq=False)
class Stretches:
    """A store of strings: row i are the `length` pieces of a text from piece i on. `ends` says where in the text each piece ends."""

    text: str
    ends: np.ndarray
    length: int
    known: str
    dtype = np.dtype(object)
    held = False

    @classmethod
    def of(cls, column: Column, length: int) -> "Stretches":
        pieces = column.values.tolist()
        ends = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]).astype("int64")
        return cls(column.field.glue.join(pieces), ends, length, column.digest)

    def __len__(self) -> int:
        return max(len(self.ends) - self.length, 0)

    def __getitem__(self, rows):
        numbers = np.arange(len(self))[rows] if isinstance(rows, slice) else np.asarray(rows, "int64")
        array = np.empty(len(numbers), dtype=object)
        array[:] = [self.text[a:b] for a, b in zip(self.ends[numbers].tolist(), self.ends[numbers + self.length].tolist(), strict=True)]
        return array

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self),)

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.known} {self.length}".encode()).hexdigest()


def starts_of(before: Draws, by: str | None, length: int, horizon: int, stride: int, carry: bool) -> np.ndarray:
    """The first rows of all windows, (windows,) of int64: none lies in two series, and each has its target behind it.

    With `carry` they are as many as make up whole batches, the last few of the series being left out.

    Raises:
        SpecError: `windows-long`, no window fits; `windows-few`, too few for the rows of a batch; `unknown-field`;
            `windows-mixed`, the rows of a series do not stand together.
    """
    bounds = _bounds(before, by)
    spans = [np.arange(low, high - length - horizon + 1, stride) for low, high in pairwise(bounds)]
    starts = np.concatenate(spans)
    if not len(starts):
        longest = int(np.diff(bounds).max())
        raise before.fault("windows-long", split=before.split, length=length, horizon=horizon, rows=longest, by=by)
    if not carry:
        return starts
    if len(starts) < before.batch:
        raise before.fault("windows-few", split=before.split, windows=len(starts), batch=before.batch, rows=int(bounds[-1]), length=length)
    return starts[: len(starts) // before.batch * before.batch]


def _bounds(before: Draws, by: str | None) -> np.ndarray:
    """Where each series begins, and where the last one ends."""
    size = len(next(iter(before.columns.values())))
    if by is None:
        return np.array([0, size])
    values = before.column(by).values
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    if len(changes) + 1 > len(set(values.tolist())):
        raise before.fault("windows-mixed", by=by)
    return np.array([0, *changes, size])


def first_row(before: Draws) -> int:
    """Which row of the source a split begins with; 0 where it is not one stretch of it."""
    at = next(iter(before.columns.values())).at
    return int(at[0]) if at is not None and len(at) and (np.diff(at) == 1).all() else 0
