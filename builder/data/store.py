"""Where the values of a column lie: in memory, in a file read row by row, or in files decoded when asked for."""

import errno
import hashlib
import mmap
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np

# A file of so many bytes is mapped into this process; of a larger one just the rows asked for are read, for a
# touched page may bring a megabyte with it, and the system keeps what it has room for in any case.
MAPPED = 64 << 20 if hasattr(os, "preadv") else 1 << 62
CHUNK = 8 << 20
A_TEXT = 64  # bytes that Python spends on a text beside its letters


class Store(Protocol):
    """Rows of one shape and dtype (`object` for texts), read by their numbers.

    `held` says whether they are in memory; `digest` is of their bytes, the same wherever they lie.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    held: bool
    digest: str

    def __len__(self) -> int: ...

    def __getitem__(self, rows: np.ndarray | slice) -> np.ndarray: ...


class Held:
    """Rows in memory."""

    held = True

    def __init__(self, array: np.ndarray, digest: str | None = None):
        self.array = array
        if digest:
            self.digest = digest

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, rows):
        return self.array[rows]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def dtype(self) -> np.dtype:
        return self.array.dtype

    @cached_property
    def digest(self) -> str:
        return digest_of(self)

    @cached_property
    def tensor(self):
        """The rows as a tensor, made once for all splits and epochs; from then on the array is a view of it."""
        import tensorflow as tf

        with tf.device("cpu"):
            if self.dtype == object:
                return tf.constant(self.array.tolist(), "string", self.shape)
            tensor = tf.constant(self.array)
        self.array = np.asarray(tensor)
        return tensor


@dataclass(frozen=True, eq=False)
class Stored:
    """Rows of an array that lies in a file as it would in memory, from `offset` on; any byte order."""

    path: Path
    offset: int
    dtype: np.dtype
    shape: tuple[int, ...]
    known: str | None = None
    held = False

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows):
        if self.size <= MAPPED:
            return self._native(self._rows[rows], copy=isinstance(rows, slice))
        return self._native(self._run(rows) if isinstance(rows, slice) else self._scattered(rows))

    def _native(self, values: np.ndarray, copy: bool = False) -> np.ndarray:
        return values.astype(self.dtype.newbyteorder("="), copy=copy)

    def _run(self, rows: slice) -> np.ndarray:
        """Rows that lie one after the other, in one go."""
        start, stop, _ = rows.indices(len(self))
        values = np.empty((max(stop - start, 0), *self.shape[1:]), self.dtype)
        if values.size:
            self._read(values.reshape(-1).view("u1"), start)
        return values

    def _scattered(self, rows: np.ndarray) -> np.ndarray:
        values = np.empty((len(rows), *self.shape[1:]), self.dtype)
        flat = values.reshape(len(rows), -1).view("u1")
        for row, number in zip(flat, rows.tolist(), strict=True):
            self._read(row, number)
        return values

    def _read(self, into: np.ndarray, row: int) -> None:
        """Fills bytes from a row on; the file is read at a place, which threads may do at once."""
        view, place = into.data, self.offset + row * self._bytes
        while len(view):
            count = os.preadv(self._file.fileno(), [view], place)
            if not count:
                raise OSError(errno.EIO, "the file has become shorter", str(self.path))
            view, place = view[count:], place + count

    @cached_property
    def _bytes(self) -> int:
        """Bytes of a row."""
        return self.size // max(len(self), 1)

    @cached_property
    def size(self) -> int:
        """Bytes."""
        return int(np.prod(self.shape, dtype=object)) * self.dtype.itemsize

    @cached_property
    def digest(self) -> str:
        return self.known or digest_of(self)

    @cached_property
    def _file(self):
        return open(self.path, "rb", buffering=0)  # it is read for as long as the column is

    @cached_property
    def _rows(self) -> np.ndarray:
        """The file as an array: its pages are read when they are touched, and stay in this process."""
        if not self.size:
            return np.empty(self.shape, self.dtype)
        mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return np.frombuffer(mapped, self.dtype, self.size // self.dtype.itemsize, self.offset).reshape(self.shape)


@dataclass(frozen=True, eq=False)
class StoredTexts:
    """Texts that lie in a file one after the other as UTF-8; `ends` says where each one ends."""

    content: Stored
    ends: Stored
    known: str | None = None
    dtype = np.dtype(object)
    held = False

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, rows):
        found = [text.decode("utf-8", "surrogatepass") for text in self.encoded(rows)]
        array = np.empty(len(found), dtype=object)
        array[:] = found
        return array

    def encoded(self, rows: np.ndarray | slice) -> list[bytes]:
        """Texts as UTF-8; those of a slice are read in one go."""
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(len(self))
            ends = self.ends[slice(max(start - 1, 0), stop)].tolist()
            ends = ends if start else [0, *ends]
            content = self.content[slice(ends[0], ends[-1])].tobytes()
            return [content[a - ends[0] : b - ends[0]] for a, b in pairwise(ends)]
        ends, starts = self.ends[rows], np.where(rows > 0, self.ends[np.maximum(rows - 1, 0)], 0)
        return [self.content[slice(a, b)].tobytes() for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]

    @property
    def size(self) -> int:
        """Bytes that they take in memory."""
        return self.content.size + A_TEXT * len(self)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.ends.shape

    @cached_property
    def digest(self) -> str:
        return self.known or digest_of(self)


@dataclass(frozen=True, eq=False)
class Files:
    """Rows that are files, each read and decoded by `load` whenever it is asked for.

    `traced` makes a function that gives the same within a graph, of a row's number as a tensor and the dtype that is wanted.
    """

    names: np.ndarray
    load: Callable[[str], np.ndarray]
    item: tuple[int, ...]
    dtype: np.dtype
    known: str | None = None
    traced: Callable | None = None
    held = False

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, rows):
        names = self.names[rows]
        return np.stack([self.load(name) for name in names]) if len(names) else np.empty((0, *self.item), self.dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.names), *self.item)

    @cached_property
    def digest(self) -> str:
        return self.known or digest_of(self)


def chunks(store: Store, at: np.ndarray | None = None) -> Iterator[np.ndarray]:
    """All rows (or those at these numbers) in order, a few megabytes at a time."""
    row = int(np.prod(store.shape[1:], dtype=object)) * store.dtype.itemsize
    step = max(1, CHUNK // max(row, 64))
    for start in range(0, len(store) if at is None else len(at), step):
        yield store[slice(start, start + step) if at is None else at[start : start + step]]


def digest_of(store: Store) -> str:
    """SHA-256 of all rows in order, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for rows in chunks(store):
        digest.update(bytes_of(rows))
    return digest.hexdigest()


def bytes_of(rows: np.ndarray):
    """The bytes by which rows are known: numbers as they lie in memory, texts each behind its length."""
    if rows.dtype != object:
        return np.ascontiguousarray(rows).reshape(-1).view("u1").data
    encoded = (str(text).encode("utf-8", "surrogatepass") for text in rows.ravel())
    return b"".join(len(text).to_bytes(8, "little") + text for text in encoded)
