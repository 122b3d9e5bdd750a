"""Npz: NumPy arrays in one file, never unpickled."""

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from builder.data.files import SPLITS, BadFile
from builder.data.keep import AUTO, keep, settled
from builder.data.members import Member, loaded, members_of, unpack
from builder.data.source import Place, source
from builder.data.store import Held, Store
from builder.data.table import Column, Table, column, numbered, texts
from builder.data.writer import MEMORY

DAMAGED = (BadFile, zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, MemoryError)


@source
@dataclass(frozen=True)
class Npz:
    """The arrays of a `.npz` file, each a field; their first axis counts the examples.

    Arrays named `x_train`, `y_train`, `x_test`, `y_test` are the fields `x` and `y` and the source's
    own test split (`val` likewise). Pickled arrays are refused: they could run code.

    Args:
        path: the file, relative to the spec.
        label: the array that holds class indices, if one does; its classes are named by number.

    Fields:
        (each array): its shape without the first axis, its own dtype.
    """

    path: str
    label: str | None = None

    def read(self, place: Place) -> Table:
        path = place.file(self.path)
        try:
            members = members_of(path)
            if place.cache == MEMORY or place.cache == AUTO and place.room.take(sum(member.size for member in members)):
                stores = {member.name: Held(loaded(path, member)) for member in members}
            else:
                stores = {member.name: self._streamed(place, path, member) for member in members}
        except DAMAGED as error:
            raise place.fault("bad-file", file=place.name(path), format="npz", why=_why(error)) from None
        splits = _split(stores)
        tables = {name: self._table(place, arrays) for name, arrays in splits.items()}
        return Table(tables.pop("train").columns, tables)

    def _streamed(self, place: Place, path: Path, member: Member) -> Store:
        """An array where it lies in the file; unpacked on disk where it is compressed."""
        stored = member.stored(path)
        if stored is not None:
            return settled(stored, place) if stored.shape else Held(loaded(path, member))
        kept = keep(place, f"Npz {member.name}", [path], lambda writer: unpack(path, member, writer), name=f"{place.name(path)}: {member.name}")
        return kept.columns["values"]

    def _table(self, place: Place, arrays: Mapping[str, Store]) -> Table:
        sizes = {name: len(array) if array.shape else 1 for name, array in arrays.items()}
        if len(set(sizes.values())) > 1 or not all(array.shape for array in arrays.values()):
            raise place.fault("uneven", sizes=sizes)
        if self.label is not None and self.label not in arrays:
            raise place.fault("missing-column", column=self.label, columns=list(arrays), file=self.path)
        return Table({name: self._column(place, name, array) for name, array in arrays.items()})

    def _column(self, place: Place, name: str, array: Store) -> Column:
        if array.dtype.kind in "US":
            return _texts(name, array)
        if name != self.label:
            return column(name, array)
        indices = array[:]
        if array.dtype.kind not in "iub" or (len(indices) and indices.min() < 0):
            raise place.fault("bad-label", column=name, dtype=array.dtype.name)
        return numbered(name, indices)


def _texts(name: str, array: Store) -> Column:
    values = [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in array[:].ravel()]
    return texts(name, values).shaped(array.shape[1:])


def _why(error: Exception) -> str:
    if isinstance(error, BadFile):
        return str(error)
    return "it is not a zip archive of arrays" if "pickle" in str(error) else f"it is damaged ({error})"


def _split(arrays: Mapping[str, Store]) -> dict[str, dict[str, Store]]:
    """Arrays by split, where every name says its split (`x_train`); else all in `train`."""
    found: dict[str, dict] = {}
    for name, array in arrays.items():
        field, _, split = name.rpartition("_")
        if not field or split not in SPLITS:
            return {"train": dict(arrays)}
        found.setdefault(SPLITS[split], {})[field] = array
    return found if "train" in found else {"train": dict(arrays)}
