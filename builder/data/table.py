"""What a source gives: named columns of examples, and the splits it brings of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True)
class Field:
    """One named value of every example: its shape without the batch, its dtype, its class names if it is a class.

    `dtype` is a NumPy name, or `string`. Values of a field with classes are indices into `classes`.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    classes: tuple[str, ...] | None = None


@dataclass(frozen=True, eq=False)
class Column:
    """The values of one field, an example a row; with `load`, the rows are file names that it reads."""

    field: Field
    values: np.ndarray
    load: Callable[[str], np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: np.ndarray) -> "Column":
        """The rows asked for, in that order."""
        return replace(self, values=self.values[rows])

    def named(self, name: str) -> "Column":
        return replace(self, field=replace(self.field, name=name))

    def shaped(self, shape: tuple[int, ...]) -> "Column":
        """Every example in a new shape of the same size."""
        values = self.values if self.load else self.values.reshape(len(self), *shape)
        return replace(self, field=replace(self.field, shape=shape), values=values)

    def rows(self, numbers: np.ndarray) -> np.ndarray:
        """Some examples, read from their files where they are files."""
        values = self.values[numbers]
        if not self.load:
            return values
        return np.stack([self.load(name) for name in values]).reshape(len(values), *self.field.shape)


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


def column(name: str, values: np.ndarray, classes: tuple[str, ...] | None = None) -> Column:
    """A column of values in memory; its shape and dtype are the array's."""
    dtype = "string" if values.dtype == object else values.dtype.name
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
