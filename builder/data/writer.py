"""Columns being gathered, rows at a time: in memory while they fit there, then in plain `.npy` files of a folder."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from builder.data.memory import Room
from builder.data.store import A_TEXT, Held, Store, Stored, StoredTexts, bytes_of

MEMORY, DISK, DROP = "memory", "disk", "drop"


class Writer:
    """Takes rows by the names of columns, and gives a store for each at the end.

    It begins in `place` (MEMORY, DISK) and goes on in `beyond` when the room is used up. DROP forgets the rows of
    the columns in `streamed`, which can be had again from their files, and keeps only their digest.
    """

    def __init__(self, place: str, beyond: str, room: Room, folder: Callable[[], Path], streamed: tuple[str, ...] = ()):
        self.place, self.beyond, self.room, self.streamed = place, beyond, room, streamed
        self.make_folder, self.folder = folder, None
        self.parts: dict[str, list] = {}
        self.files: dict[str, ArrayFile | TextFile] = {}
        self.digests: dict[str, object] = {}
        self.used = 0

    def add(self, name: str, rows: np.ndarray | list[str]) -> None:
        """Rows of a column: an array (rows, ...), or texts.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        if self.place == DISK:
            self._file(name, rows).add(rows)
        elif self.place == DROP and name in self.streamed:
            self._digest(name, rows)
        else:
            self._hold(name, rows)

    def _hold(self, name: str, rows: np.ndarray | list[str]) -> None:
        self.parts.setdefault(name, []).append(rows)
        size = _size(rows)
        if self.room.take(size):
            self.used += size
        elif self.place != self.beyond:
            self._leave_memory()

    def _leave_memory(self) -> None:
        self.room.give(self.used)
        self.used, self.place = 0, self.beyond
        for name in list(self.parts if self.place == DISK else self.streamed):
            for rows in self.parts.pop(name, ()):
                self.add(name, rows)

    def _file(self, name: str, rows):
        self.folder = self.folder or self.make_folder()
        if name not in self.files:
            kind = ArrayFile if isinstance(rows, np.ndarray) else TextFile
            self.files[name] = kind(self.folder / f"{len(self.files)}.npy", rows)
        return self.files[name]

    def _digest(self, name: str, rows: np.ndarray) -> None:
        self.digests.setdefault(name, hashlib.sha256()).update(bytes_of(rows))

    def close(self) -> dict[str, Store]:
        """The stores of all columns that were not dropped."""
        if self.place == DISK:
            self.folder = self.folder or self.make_folder()
            return {name: file.close() for name, file in self.files.items()}
        return {name: Held(_joined(self.parts.pop(name))) for name in list(self.parts)}

    def drop(self) -> None:
        """Leaves nothing behind, in memory or on disk."""
        self.room.give(self.used)
        self.parts.clear()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def _size(rows: np.ndarray | list[str]) -> int:
    return rows.nbytes if isinstance(rows, np.ndarray) else sum(map(len, rows)) + A_TEXT * len(rows)


def _joined(parts: list) -> np.ndarray:
    if isinstance(parts[0], np.ndarray):
        return parts[0] if len(parts) == 1 else np.concatenate(parts)
    array = np.empty(sum(map(len, parts)), dtype=object)
    array[:] = [text for part in parts for text in part]
    return array


class ArrayFile:
    """An `.npy` file that grows; its header, of one length whatever the number of rows, is written last."""

    def __init__(self, path: Path, rows: np.ndarray):
        self.path, self.dtype, self.item, self.count = path, rows.dtype, rows.shape[1:], 0
        self.digest = hashlib.sha256()
        self.file = open(path, "wb")  # noqa: SIM115 - it stays open between rows
        self._header()
        self.offset = self.file.tell()

    def add(self, rows: np.ndarray) -> None:
        data = bytes_of(rows)
        self.file.write(data)
        self.digest.update(data)
        self.count += len(rows)

    def _header(self) -> None:
        about = {"descr": np.lib.format.dtype_to_descr(self.dtype), "fortran_order": False, "shape": (self.count, *self.item)}
        np.lib.format.write_array_header_1_0(self.file, about)

    def close(self) -> Stored:
        self.file.seek(0)
        self._header()
        if self.file.tell() != self.offset:
            raise OSError(f"the header of {self.path} has grown")
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        return Stored(self.path, self.offset, self.dtype, (self.count, *self.item), self.digest.hexdigest())


class TextFile:
    """Texts in two such files: their letters as UTF-8, and where each one ends."""

    def __init__(self, path: Path, rows: list[str]):
        self.content = ArrayFile(path, np.empty(0, "u1"))
        self.ends = ArrayFile(path.with_suffix(".ends.npy"), np.empty(0, "i8"))
        self.digest = hashlib.sha256()
        self.end = 0

    def add(self, rows: list[str]) -> None:
        encoded = [text.encode("utf-8", "surrogatepass") for text in rows]
        ends = self.end + np.cumsum([len(text) for text in encoded], dtype="i8")
        self.content.add(np.frombuffer(b"".join(encoded), "u1"))
        self.ends.add(ends)
        self.digest.update(bytes_of(np.array(rows, dtype=object)))
        self.end = int(ends[-1]) if len(ends) else self.end

    def close(self) -> StoredTexts:
        return StoredTexts(self.content.close(), self.ends.close(), self.digest.hexdigest())
