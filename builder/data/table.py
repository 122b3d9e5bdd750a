"""What a source gives: named columns of examples, and the splits it brings of its own."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np

from builder.data.store import Held, Store, chunks


@dataclass(frozen=True)
class Field:
    """One named value of every example: its shape without the batch, its dtype, its class names if it is a class.

    `dtype` is a NumPy name, or `string`. Values of a field with classes are indices into `classes`. Texts with `glue` are
    pieces of one text, which it joins.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    classes: tuple[str, ...] | None = None
    glue: str | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class Column:
    """The values of one field, an example a row: the rows `at` of a store, or all of them.

    `store` may be given as an array.
    """

    field: Field
    store: Store
    at: np.ndarray | None = None

    def __post_init__(self) -> None:
        if isinstance(self.store, np.ndarray):
            object.__setattr__(self, "store", Held(self.store))

    def __len__(self) -> int:
        return len(self.store if self.at is None else self.at)

    @property
    def dtype(self) -> np.dtype:
        return self.store.dtype.newbyteorder("=")

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self.field.shape)

    @property
    def size(self) -> int:
        """How many numbers there are in all examples."""
        return prod(self.shape)

    @property
    def values(self) -> np.ndarray:
        """All examples in memory: (examples, ...)."""
        return self._shaped(self.store[slice(None) if self.at is None else self.at])

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self.values if dtype is None else self.values.astype(dtype)

    def take(self, rows: np.ndarray) -> "Column":
        """The rows asked for, in that order; nothing is copied."""
        return replace(self, at=rows if self.at is None else self.at[rows])

    def named(self, name: str) -> "Column":
        return replace(self, field=replace(self.field, name=name))

    def shaped(self, shape: tuple[int, ...]) -> "Column":
        """Every example in a new shape of the same size."""
        return replace(self, field=replace(self.field, shape=shape))

    def rows(self, numbers: np.ndarray) -> np.ndarray:
        """Some examples, read from their files where they are in files."""
        return self._shaped(self.store[numbers if self.at is None else self.at[numbers]])

    def chunks(self) -> Iterator[np.ndarray]:
        """All examples in order, a few megabytes at a time."""
        return map(self._shaped, chunks(self.store, self.at))

    def _shaped(self, values: np.ndarray) -> np.ndarray:
        return values.reshape(len(values), *self.field.shape)

    @property
    def digest(self) -> str:
        """SHA-256 of the examples: the same whether they are in memory, in the cache or in their files."""
        if self.at is None:
            return self.store.digest
        return hashlib.sha256(self.store.digest.encode() + np.asarray(self.at, "<i8").tobytes()).hexdigest()


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of one length, and tables of the same fields for the splits the source itself has."""

    columns: Mapping[str, Column]
    own: Mapping[str, "Table"] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    @property
    def fields(self) -> dict[str, Field]:
        return {name: column.field for name, column in self.columns.items()}

    def take(self, rows: np.ndarray) -> "Table":
        return Table({name: column.take(rows) for name, column in self.columns.items()})


def column(name: str, values: np.ndarray | Store, classes: tuple[str, ...] | None = None) -> Column:
    """A column of values, an array or a store; its shape and dtype are theirs."""
    dtype = "string" if values.dtype == object else values.dtype.newbyteorder("=").name
    return Column(Field(name, values.shape[1:], dtype, classes), values)


def texts(name: str, values: list[str]) -> Column:
    """A column of texts of any length."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return column(name, array)


def labels(name: str, indices: object, classes: tuple[str, ...]) -> Column:
    """A column of class indices."""
    return column(name, np.asarray(indices, dtype="int64"), classes)


def numbered(name: str, indices: np.ndarray) -> Column:
    """A column of class indices whose classes are named by their numbers."""
    indices = indices.astype("int64")
    return labels(name, indices, tuple(str(n) for n in range(int(indices.max(initial=-1)) + 1)))


def table(*columns: Column, **own: Table) -> Table:
    return Table({c.field.name: c for c in columns}, own)
