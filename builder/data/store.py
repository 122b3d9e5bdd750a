"""Where the values of a column lie: in memory, in a file read row by row, or in files decoded when asked for."""

import hashlib
import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np

RESIDENT = 64 << 20  # bytes of a mapped file that stay in this process; the system keeps more where it has room
AROUND = 64 << 10    # what Linux maps around the page that is asked for
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
        apart = not isinstance(rows, slice)
        found = self._rows[rows].astype(self.dtype.newbyteorder("="), copy=not apart)
        self._let_go(found.nbytes + AROUND * (len(found) if apart else 1))
        return found

    @property
    def size(self) -> int:
        """Bytes."""
        return int(np.prod(self.shape, dtype=object)) * self.dtype.itemsize

    @cached_property
    def digest(self) -> str:
        return self.known or digest_of(self)

    @cached_property
    def _map(self) -> mmap.mmap:
        with open(self.path, "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    @cached_property
    def _rows(self) -> np.ndarray:
        if not self.size:
            return np.empty(self.shape, self.dtype)
        return np.frombuffer(self._map, self.dtype, self.size // self.dtype.itemsize, self.offset).reshape(self.shape)

    @cached_property
    def _touched(self) -> list[int]:
        return [0]

    def _let_go(self, size: int) -> None:
        """Counts what was read; a large file's pages are handed back to the system from time to time."""
        self._touched[0] += size
        if self._touched[0] > RESIDENT < self.size and hasattr(mmap, "MADV_DONTNEED"):
            self._touched[0] = 0
            self._map.madvise(mmap.MADV_DONTNEED)


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
    """Rows that are files, each read and decoded by `load` whenever it is asked for."""

    names: np.ndarray
    load: Callable[[str], np.ndarray]
    item: tuple[int, ...]
    dtype: np.dtype
    known: str | None = None
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
