"""Small files and plans for the tests of the data room."""

import gzip
import struct
from pathlib import Path

import numpy as np

from builder.graph.graph import Recipe
from builder.graph.plans import DataPlan

IDX = {"uint8": 0x08, "int32": 0x0C, "float32": 0x0D}


def recipe(name: str, /, **arguments) -> Recipe:
    """A source with its arguments."""
    return Recipe("source", name, tuple(arguments.items()))


def plan_of(base: Path, source: Recipe, **more) -> DataPlan:
    return DataPlan(source, base, **more)


def layer(name: str, /, **arguments) -> Recipe:
    return Recipe("layer", name, tuple(arguments.items()))


def write_idx(path: Path, array: np.ndarray) -> None:
    """An idx file, compressed where its name says so."""
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, IDX[array.dtype.name], array.ndim, *array.shape)
    data = head + array.astype(array.dtype.newbyteorder(">")).tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def write_images(folder: Path, counts: dict[str, int], size: tuple[int, int, int] = (4, 5, 3), suffix: str = "png") -> None:
    """A folder tree of noise, `counts[class]` images a class."""
    import tensorflow as tf

    generator = np.random.default_rng(0)
    for name, count in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            image = generator.integers(0, 256, size).astype("uint8")
            code = tf.io.encode_png if suffix == "png" else tf.io.encode_jpeg
            (folder / name / f"{i:03}.{suffix}").write_bytes(code(image).numpy())
