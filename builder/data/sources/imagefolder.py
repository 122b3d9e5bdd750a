"""ImageFolder: a folder a class, an image file an example."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from builder.data.decoding import image_loader
from builder.data.files import BadFile, class_files, own_splits
from builder.data.images import SUFFIXES, Way, load_image, read_image
from builder.data.keep import keep
from builder.data.source import Place, source
from builder.data.store import Files
from builder.data.table import Column, Table, column, labels, table
from builder.data.writer import Writer

AHEAD = 64
SMALL = 16 << 10


@source
@dataclass(frozen=True)
class ImageFolder:
    """Images in a folder tree: each folder is a class, each PNG, JPEG, GIF, BMP, PGM or PPM file one example.

    A folder of nothing but `train` and `test` (or `validation`) folders brings those splits. Every file
    is decoded once before training, so that a bad one is found first. Pixels that do not fit in memory
    are decoded anew for each batch, or with `cache: disk` kept on disk for all runs.

    Args:
        folder: the folder that holds the classes' folders, relative to the spec.
        size: height and width to resize to, or one number for both; left out, all images must have one size.
        channels: 3 for colour, 1 for grey.
        resize: what to do with an image of other proportions than `size`: `stretch` it, `crop` its sides, or `pad` it with black.
        levels: what the folders are, from the outermost in, each a field: `[alphabet, label]` for `Greek/alpha/01.png`.

    Fields:
        image: (height, width, channels), uint8 from 0 to 255.
        label: a class, named by its folder, or by all folders down to it: `Greek/alpha`. So every level.
    """

    folder: str
    size: int | list[int] | None = None
    channels: int = 3
    resize: Literal["stretch", "crop", "pad"] = "stretch"
    levels: list[str] = ("label",)

    def read(self, place: Place) -> Table:
        self.check(place)
        root = place.folder(self.folder)
        splits = {name: self._table(place, path) for name, path in (own_splits(root) or {"train": root}).items()}
        return Table(splits.pop("train").columns, splits)

    def check(self, place: Place) -> None:
        """Raises `source-argument` or `resize-to-what` where the arguments do not go together."""
        if self.channels not in (1, 3):
            raise place.fault("source-argument", argument="channels", given=self.channels, wanted="1 or 3")
        if self.resize != "stretch" and self.size is None:
            raise place.fault("resize-to-what", resize=self.resize)
        if not self.levels or "image" in self.levels or len(set(self.levels)) < len(self.levels):
            raise place.fault("source-argument", argument="levels", given=list(self.levels), wanted="different names of fields, such as [alphabet, label]")
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
        classes = class_files(place, folder, len(self.levels))
        files = [(path, i) for i, paths in enumerate(classes.values()) for path in paths]
        reading = Reading(self, place, files)
        kept = keep(place, self, [path for path, _ in files], reading.write, streamed=("image",), name=place.name(folder))
        shape = tuple(kept.facts["shape"])
        image = kept.columns.get("image")
        if image is None:
            image = Files(reading.names, reading.load, shape, np.dtype("uint8"), kept.digests.get("image"), reading.traced)
        indices = kept.columns["label"][:] if "label" in kept.columns else np.empty(0, "int64")
        return table(column("image", image), *self._labels(indices, list(classes)))

    def _labels(self, indices: np.ndarray, classes: list[str]) -> Iterator[Column]:
        """A column for each level of folders, the innermost last, out of the classes' whole names."""
        for depth, name in enumerate(self.levels, 1):
            own = ["/".join(one.split("/")[:depth]) for one in classes]
            kinds = sorted(set(own)) if depth < len(self.levels) else own
            place = {kind: number for number, kind in enumerate(kinds)}
            yield labels(name, np.array([place[one] for one in own], "int64")[indices], tuple(kinds))


class Reading:
    """One pass over the files of a split."""

    def __init__(self, source: ImageFolder, place: Place, files: list[tuple[Path, int]]):
        self.place, self.files = place, files
        how = {"size": source.target, "channels": source.channels, "resize": source.resize}
        self.load, self.read, self.loader = partial(load_image, **how), partial(read_image, **how), partial(image_loader, **how)
        self.kept: list[tuple[Path, int]] = []
        self.ways: list[Way] = []
        self.shape: tuple[int, ...] | None = None

    @property
    def names(self) -> np.ndarray:
        """The files that decode."""
        return np.array([str(path) for path, _ in self.kept], dtype=object)

    def traced(self):
        """A function that reads them in a graph."""
        return self.loader(self.names, self.ways)

    def write(self, writer: Writer) -> dict:
        """Adds the pixels and classes of all files that decode."""
        self.kept, self.ways, self.shape = [], [], None
        pixels = []
        for file, (image, way) in zip(self.files, _decoded(self.files, self.read), strict=True):
            if self._whole(file, image):
                self.kept.append(file)
                self.ways.append(way)
                pixels.append(image)
            if len(pixels) == AHEAD:
                writer.add("image", np.stack(pixels))
                pixels = []
        if pixels:
            writer.add("image", np.stack(pixels))
        writer.add("label", np.array([i for _, i in self.kept], dtype="int64"))
        return {"shape": self.shape or (0, 0, 1)}

    def _whole(self, file: tuple[Path, int], image) -> bool:
        """Whether a file has decoded, to the size of those before it."""
        place = self.place
        if isinstance(image, BadFile):
            place.spoilt("bad-image", file=place.name(file[0]), why=str(image))
            return False
        self.shape = self.shape or image.shape
        if image.shape != self.shape:
            first = place.name(self.kept[0][0])
            raise place.fault("image-sizes", first=first, size=self.shape[:2], file=place.name(file[0]), other=image.shape[:2])
        return True


def _decoded(files: list[tuple[Path, int]], read):
    """Each file's pixels, or what is wrong with it, and the way they were made, in order; a few ahead at a time, so memory stays bounded.

    Threads help large files only: below it Python's own work is the greater part (measured: twice as slow).
    """
    tried = partial(_tried, read=read)
    if sum(path.stat().st_size for path, _ in files[:AHEAD]) < SMALL * len(files[:AHEAD]):
        yield from map(tried, files)
        return
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(files), AHEAD):
            yield from pool.map(tried, files[start : start + AHEAD])


def _tried(file: tuple[Path, int], read):
    if file[0].suffix.lower() not in SUFFIXES:
        return BadFile("it is not a PNG, JPEG, GIF, BMP, PGM or PPM image"), None
    try:
        return read(file[0])
    except BadFile as error:
        return error, None
