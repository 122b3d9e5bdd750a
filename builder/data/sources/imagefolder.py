"""ImageFolder: a folder a class, an image file an example."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from builder.data.files import BadFile, class_files, own_splits
from builder.data.images import SUFFIXES, load_image
from builder.data.source import Place, source
from builder.data.table import Column, Field, Table, column, labels, table

MEMORY = 1 << 30
AHEAD = 64
SMALL = 16 << 10


@source
@dataclass(frozen=True)
class ImageFolder:
    """Images in a folder tree: each folder is a class, each PNG, JPEG, GIF, BMP, PGM or PPM file one example.

    A folder of nothing but `train` and `test` (or `validation`) folders brings those splits. Every file
    is decoded once before training, so that a bad one is found first. Up to a gibibyte of pixels stays
    in memory, unless `cache: false`; beyond it files are decoded anew for each batch.

    Args:
        folder: the folder that holds the classes' folders, relative to the spec.
        size: height and width to resize to, or one number for both; left out, all images must have one size.
        channels: 3 for colour, 1 for grey.

    Fields:
        image: (height, width, channels), uint8 from 0 to 255.
        label: a class, named by its folder.
    """

    folder: str
    size: int | list[int] | None = None
    channels: int = 3

    def read(self, place: Place) -> Table:
        self._check(place)
        root = place.folder(self.folder)
        splits = {name: self._table(place, path) for name, path in (own_splits(root) or {"train": root}).items()}
        return Table(splits.pop("train").columns, splits)

    def _check(self, place: Place) -> None:
        if self.channels not in (1, 3):
            raise place.fault("source-argument", argument="channels", given=self.channels, wanted="1 or 3")
        if self.target is not None and (len(self.target) != 2 or min(self.target) < 1):
            wanted = "a height and a width, such as [64, 64]"
            raise place.fault("source-argument", argument="size", given=list(self.target), wanted=wanted)

    @property
    def target(self) -> tuple[int, ...] | None:
        """The size as height and width."""
        if isinstance(self.size, int):
            return (self.size, self.size)
        return self.size if self.size is None else tuple(self.size)

    def _table(self, place: Place, folder: Path) -> Table:
        classes = class_files(place, folder)
        files = [(path, i) for i, paths in enumerate(classes.values()) for path in paths]
        kept, images = self._images(place, files)
        return table(images, labels("label", [i for _, i in kept], tuple(classes)))

    def _images(self, place: Place, files: list[tuple[Path, int]]) -> tuple[list[tuple[Path, int]], Column]:
        """The files that decode, and their column: pixels where they fit in memory, else the files' names."""
        import numpy as np

        load = partial(load_image, size=self.target, channels=self.channels)
        kept, pixels, shape = [], [], None
        for file, image in zip(files, _decoded(files, load), strict=True):
            if isinstance(image, BadFile):
                place.spoilt("bad-image", file=place.name(file[0]), why=str(image))
                continue
            shape = shape or image.shape
            if image.shape != shape:
                first = place.name(kept[0][0])
                raise place.fault("image-sizes", first=first, size=shape[:2], file=place.name(file[0]),
                                  other=image.shape[:2])
            kept.append(file)
            if place.cache and len(files) * image.nbytes <= MEMORY:
                pixels.append(image)
        if len(pixels) == len(kept):
            return kept, column("image", np.array(pixels, dtype="uint8").reshape(len(kept), *(shape or (0, 0, 1))))
        names = np.array([str(path) for path, _ in kept], dtype=object)
        return kept, Column(Field("image", shape, "uint8"), names, load)


def _decoded(files: list[tuple[Path, int]], load):
    """Each file's pixels, or what is wrong with it, in order; a few ahead at a time, so memory stays bounded.

    Threads help large files only: below it Python's own work is the greater part (measured: twice as slow).
    """
    tried = partial(_tried, load=load)
    if sum(path.stat().st_size for path, _ in files[:AHEAD]) < SMALL * len(files[:AHEAD]):
        yield from map(tried, files)
        return
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(files), AHEAD):
            yield from pool.map(tried, files[start : start + AHEAD])


def _tried(file: tuple[Path, int], load):
    if file[0].suffix.lower() not in SUFFIXES:
        return BadFile("it is not a PNG, JPEG, GIF, BMP, PGM or PPM image")
    try:
        return load(file[0])
    except BadFile as error:
        return error
