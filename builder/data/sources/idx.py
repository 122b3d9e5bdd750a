"""Idx: a folder of idx files, the format of MNIST."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from builder.data.files import BadFile, is_packed, read_exactly, unpacked, visible
from builder.data.keep import keep, settled
from builder.data.source import Place, source
from builder.data.store import CHUNK, Store, Stored
from builder.data.table import Table, column, numbered, table
from builder.data.writer import Writer

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
TEST = ("t10k", "test")


@source
@dataclass(frozen=True)
class Idx:
    """A folder of idx files, compressed or not, such as MNIST's four.

    Files named `train-images...` and `train-labels...` are the examples; `t10k-` or `test-` files are
    the source's own test split. Format: Y. LeCun, C. Cortes, C. Burges, The MNIST database, 1998.

    Args:
        folder: the folder of the files, relative to the spec.

    Fields:
        image: (height, width, 1) as stored, for MNIST uint8 from 0 to 255.
        label: a class, named by its number.
    """

    folder: str

    def read(self, place: Place) -> Table:
        folder = place.folder(self.folder)
        pairs = _pairs(visible(folder))
        tests = [name for name in pairs if name.startswith(TEST)]
        trains = [name for name in pairs if name not in tests]
        if len(trains) != 1 or len(tests) > 1:
            raise place.fault("no-idx", folder=place.name(folder), files=[p.name for p in visible(folder)])
        own = {"test": _table(place, *pairs[tests[0]])} if tests else {}
        return Table(_table(place, *pairs[trains[0]]).columns, own)


def _pairs(files: Iterable[Path]) -> dict[str, tuple[Path, Path]]:
    """Image and label files by what stands before those words in their names."""
    found: dict[str, dict[str, Path]] = {}
    for path in files:
        for what in ("images", "labels"):
            before, there, _ = path.name.lower().partition(what)
            if there:
                found.setdefault(before, {})[what] = path
    return {name: (two["images"], two["labels"]) for name, two in found.items() if len(two) == 2}


def _table(place: Place, images: Path, classes: Path) -> Table:
    image, label = _rows(place, images), _rows(place, classes)
    if len(image) != len(label):
        sizes = {place.name(images): len(image), place.name(classes): len(label)}
        raise place.fault("uneven", sizes=sizes)
    values = column("image", image)
    return table(values.shaped((*image.shape[1:], 1)) if len(image.shape) == 3 else values, numbered("label", label[:]))


def _rows(place: Place, path: Path) -> Store:
    """What an idx file holds: where it lies, or unpacked."""
    try:
        if is_packed(path):
            return keep(place, "Idx", [path], lambda writer: _unpack(path, writer), name=place.name(path)).columns["values"]
        return settled(_stored(path), place)
    except BadFile as error:
        raise place.fault("bad-file", file=place.name(path), format="idx", why=str(error)) from None


def _stored(path: Path) -> Stored:
    with open(path, "rb") as file:
        dtype, shape = idx_header(file)
        found = Stored(path, file.tell(), dtype, shape)
    _check_size(found.size, path.stat().st_size - found.offset)
    return found


def _unpack(path: Path, writer: Writer) -> dict:
    """Adds the rows of a compressed file, some megabytes at a time."""
    with unpacked(path) as file:
        dtype, shape = idx_header(file)
        row = int(np.prod(shape[1:], dtype=object)) * dtype.itemsize
        step, there = max(1, CHUNK // max(row, 1)), 0
        for start in range(0, shape[0], step):
            data = read_exactly(file, row * min(step, shape[0] - start))
            there += len(data)
            if len(data) < row * min(step, shape[0] - start):
                break
            writer.add("values", np.frombuffer(data, dtype).reshape(-1, *shape[1:]).astype(dtype.newbyteorder("=")))
        _check_size(row * shape[0], there + len(file.read()))
    if not shape[0]:
        writer.add("values", np.empty(shape, dtype.newbyteorder("=")))
    return {}


def _check_size(said: int, there: int) -> None:
    if said != there:
        raise BadFile(f"its header says {said:,} bytes of data, but there are {there:,}")


def idx_header(file: BinaryIO) -> tuple[np.dtype, tuple[int, ...]]:
    """The dtype and the shape that an idx file begins with.

    Raises:
        BadFile: a wrong magic number, or an end within the header.
    """
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in DTYPES:
        raise BadFile(f"it begins with {magic.hex(' ') or 'nothing'}, which is not an idx magic number")
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3] or not magic[3]:
        raise BadFile("it ends within its header")
    return np.dtype(DTYPES[magic[2]]), tuple(int(n) for n in np.frombuffer(sizes, ">u4"))
