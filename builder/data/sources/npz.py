"""Npz: NumPy arrays in one file, never unpickled."""

import zipfile
import zlib
from dataclasses import dataclass

from builder.data.files import SPLITS, BadFile
from builder.data.source import Place, source
from builder.data.table import Column, Table, column, numbered, texts


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
            arrays = _arrays(path)
        except BadFile as error:
            raise place.fault("bad-file", file=place.name(path), format="npz", why=str(error)) from None
        splits = _split(arrays)
        tables = {name: self._table(place, arrays) for name, arrays in splits.items()}
        return Table(tables.pop("train").columns, tables)

    def _table(self, place: Place, arrays: dict) -> Table:
        sizes = {name: array.shape[0] if array.ndim else 1 for name, array in arrays.items()}
        if len(set(sizes.values())) > 1 or not all(array.ndim for array in arrays.values()):
            raise place.fault("uneven", sizes=sizes)
        if self.label is not None and self.label not in arrays:
            raise place.fault("missing-column", column=self.label, columns=list(arrays), file=self.path)
        return Table({name: self._column(place, name, array) for name, array in arrays.items()})

    def _column(self, place: Place, name: str, array) -> Column:
        if array.dtype.kind in "US":
            return _texts(name, array)
        if name != self.label:
            return column(name, array.astype(array.dtype.newbyteorder("=")))
        if array.dtype.kind not in "iub" or (len(array) and array.min() < 0):
            raise place.fault("bad-label", column=name, dtype=array.dtype.name)
        return numbered(name, array)


def _texts(name: str, array) -> Column:
    values = [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in array.ravel()]
    return texts(name, values).shaped(array.shape[1:])


def _arrays(path) -> dict:
    """Every array of the file; BadFile where it is broken, holds nothing or holds pickles."""
    import numpy as np

    try:
        loaded = np.load(path, allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            raise BadFile("it holds one bare array (.npy); save it with `np.savez(path, name=array)`")
        with loaded:
            arrays = {name: _array(loaded, name) for name in loaded.files}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, MemoryError, OSError) as error:
        why = "it is not a zip archive of arrays" if "pickle" in str(error) else f"it is damaged ({error})"
        raise BadFile(why) from None
    if not arrays:
        raise BadFile("it holds no arrays")
    return arrays


def _array(loaded, name: str):
    try:
        return loaded[name]
    except ValueError as error:
        if "allow_pickle" in str(error):
            raise BadFile(f"its array `{name}` is pickled Python objects, which could run code when read") from None
        raise


def _split(arrays: dict) -> dict[str, dict]:
    """Arrays by split, where every name says its split (`x_train`); else all in `train`."""
    found: dict[str, dict] = {}
    for name, array in arrays.items():
        field, _, split = name.rpartition("_")
        if not field or split not in SPLITS:
            return {"train": arrays}
        found.setdefault(SPLITS[split], {})[field] = array
    return found if "train" in found else {"train": arrays}
