"""Idx: a folder of idx files, the format of MNIST."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from builder.data.files import BadFile, read_bytes, visible
from builder.data.source import Place, source
from builder.data.table import Table, column, numbered, table

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
    image, label = _array(place, images), _array(place, classes)
    if len(image) != len(label):
        sizes = {place.name(images): len(image), place.name(classes): len(label)}
        raise place.fault("uneven", sizes=sizes)
    image = image[..., None] if image.ndim == 3 else image
    return table(column("image", image), numbered("label", label))


def _array(place: Place, path: Path):
    try:
        return idx_array(read_bytes(path))
    except BadFile as error:
        raise place.fault("bad-file", file=place.name(path), format="idx", why=str(error)) from None


def idx_array(data: bytes):
    """The array an idx file holds, in the machine's byte order.

    Raises:
        BadFile: a wrong magic number, or more or less data than the header says.
    """
    import numpy as np

    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in DTYPES:
        raise BadFile(f"it begins with {data[:4].hex(' ') or 'nothing'}, which is not an idx magic number")
    dtype, rank = np.dtype(DTYPES[data[2]]), data[3]
    start = 4 + 4 * rank
    if len(data) < start:
        raise BadFile("it ends within its header")
    shape = tuple(int(n) for n in np.frombuffer(data, ">u4", rank, 4))
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if len(data) - start != size:
        raise BadFile(f"its header says {size:,} bytes of data, but there are {len(data) - start:,}")
    return np.frombuffer(data, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))
