"""Images a second of the input pipeline: JPEG files in folders, as `keras.utils.image_dataset_from_directory` reads them, every one in a new order each epoch."""

import io
import os
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from side_by_side import ratio, timed

from builder.data import open_data
from builder.graph.graph import Recipe, TensorSpec
from builder.graph.plans import DataPlan

DATA = Path(os.environ.get("BRICKS_DATA") or Path(__file__).parents[2] / "shared/data") / "cifar10_jpg_subset" / "train.tar.gz"
BATCH, SMALL, PHOTOS, SIDE = 64, 6000, 600, 128


def small_images(folder: Path) -> Path:
    """Images of 32 x 32 pixels in ten classes: of CIFAR-10 where it is at hand, else noise."""
    if DATA.is_file():
        with tarfile.open(DATA) as archive:
            archive.extractall(folder, filter="data")
        return folder / "train"
    return made_up(folder / "small", SMALL, (32, 32))


def made_up(folder: Path, count: int, size: tuple[int, int]) -> Path:
    """JPEG files of soft noise in ten classes."""
    from PIL import Image

    random = np.random.default_rng(0)
    for number in range(count):
        place = folder / f"class{number % 10}"
        place.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(random.integers(0, 256, (8, 8, 3)).astype("u1")).resize(size[::-1])
        (place / f"{number}.jpg").write_bytes(encoded(coarse))
    return folder


def encoded(image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90)
    return file.getvalue()


def ours(folder: Path, size: tuple[int, int], cache: str):
    plan = DataPlan(Recipe("source", "ImageFolder", (("folder", str(folder)), ("size", size))), folder, cache=cache)
    return open_data(plan).splits["train"].dataset({"image": TensorSpec((*size, 3))}, ["label"], BATCH, shuffle_seed=1)


def theirs(folder: Path, size: tuple[int, int]):
    import keras

    return keras.utils.image_dataset_from_directory(folder, image_size=size, batch_size=BATCH, seed=1, verbose=False)


def epoch(dataset) -> float:
    """Seconds in which all batches are made."""
    return timed(lambda: sum(len(y) for _, y in dataset))


def main(quick: bool = False) -> None:
    folder, rounds = Path(tempfile.mkdtemp()), 5 if quick else 9
    os.environ["BRICKS_CACHE"] = str(folder / "cache")
    systems = (("32 px", small_images(folder), (32, 32)), (f"256 x 320 px brought to {SIDE}", made_up(folder / "photos", PHOTOS, (256, 320)), (SIDE, SIDE)))
    for title, images, size in systems:
        other = theirs(images, size)
        for what, cache in (("held in memory", "memory"), ("decoded anew", "false")):
            own = ours(images, size, cache)
            epoch(own), epoch(other)  # their functions are traced, and the files are where the system keeps them
            ratio(f"reading JPEG images of {title}, {what}", "`image_dataset_from_directory`", lambda: epoch(own), lambda: epoch(other), rounds)  # noqa: B023


if __name__ == "__main__":
    main()
