"""The arrays of an `.npz` file, each found in its place in the archive, so that one larger than memory can be read by rows."""

import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from builder.data.files import BadFile, read_exactly
from builder.data.store import CHUNK, Stored
from builder.data.writer import Writer

LOCAL = struct.Struct("<4s22xHH")  # the header before a member's data: its mark, and the lengths of its name and of extra fields


@dataclass(frozen=True)
class Member:
    """One array: its name, its place in the archive, what its own header says, and how long that is."""

    name: str
    info: zipfile.ZipInfo
    dtype: np.dtype
    shape: tuple[int, ...]
    fortran: bool
    header: int

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return int(np.prod(self.shape, dtype=object)) * self.dtype.itemsize

    def stored(self, path: Path) -> Stored | None:
        """Its rows in the archive itself; None where they are compressed or lie column by column."""
        if self.info.compress_type != zipfile.ZIP_STORED or (self.fortran and len(self.shape) > 1):
            return None
        with open(path, "rb") as file:
            file.seek(self.info.header_offset)
            mark, name, extra = LOCAL.unpack(file.read(LOCAL.size))
        offset = self.info.header_offset + LOCAL.size + name + extra + self.header
        if mark != b"PK\x03\x04" or offset + self.size > path.stat().st_size:
            raise BadFile(f"its array `{self.name}` lies beyond its end")
        return Stored(path, offset, self.dtype, self.shape)


def members_of(path: Path) -> list[Member]:
    """Every array of the file.

    Raises:
        BadFile: it is no archive of arrays, holds none, or holds pickles.
    """
    if not zipfile.is_zipfile(path):
        raise BadFile(_no_archive(path))
    with zipfile.ZipFile(path) as archive:
        found = [_member(archive, info) for info in archive.infolist() if info.filename.endswith(".npy")]
    if not found:
        raise BadFile("it holds no arrays")
    return found


def _no_archive(path: Path) -> str:
    with open(path, "rb") as file:
        start = file.read(6)
    if start == b"\x93NUMPY":
        return "it holds one bare array (.npy); save it with `np.savez(path, name=array)`"
    return "it is damaged (it ends too early)" if start[:2] in (b"PK", b"") else "it is not a zip archive of arrays"


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    name = info.filename.removesuffix(".npy")
    with archive.open(info) as file:
        shape, fortran, dtype = _header(file)
        if dtype.hasobject:
            raise BadFile(f"its array `{name}` is pickled Python objects, which could run code when read")
        return Member(name, info, dtype, shape, fortran, file.tell())


def _header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return read(file)


def loaded(path: Path, member: Member) -> np.ndarray:
    """The array in memory, its checksum proved."""
    with np.load(path, allow_pickle=False) as arrays:
        array = arrays[member.name]
    return array.astype(array.dtype.newbyteorder("="), copy=False)


@contextmanager
def _opened(path: Path, member: Member) -> Iterator[BinaryIO]:
    with zipfile.ZipFile(path) as archive, archive.open(member.info) as file:
        _header(file)
        yield file


def unpack(path: Path, member: Member, writer: Writer) -> dict:
    """Adds the rows of a compressed array, some megabytes at a time."""
    if not member.shape or member.fortran:
        writer.add("values", np.atleast_1d(loaded(path, member)))
        return {}
    native = member.dtype.newbyteorder("=")
    row = max(1, int(np.prod(member.shape[1:], dtype=object)) * member.dtype.itemsize)
    step = max(1, CHUNK // row)
    writer.add("values", np.empty((0, *member.shape[1:]), native))
    with _opened(path, member) as file:
        for start in range(0, member.shape[0], step):
            count = min(step, member.shape[0] - start)
            data = read_exactly(file, count * row)
            if len(data) < count * row:
                raise BadFile(f"its array `{member.name}` is cut short")
            writer.add("values", np.frombuffer(data, member.dtype).reshape(count, *member.shape[1:]).astype(native))
        file.read(1)  # the end, where the checksum is proved
    return {}
