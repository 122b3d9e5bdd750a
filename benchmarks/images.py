"""Images a second of the input pipeline: JPEG files in folders, as `keras.utils.image_dataset_from_directory` reads them, every one in a new order each
epoch."""

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
BATCH, SMALL, PHOTOS = 64, 6000, 600
LARGE = (((256, 320), 128), ((375, 500), 224))  # photos, and the side of the square they are brought to
WAITING = """
name: waiting
data: {source: {ImageFolder: [FOLDER, size: [32, 32]]}, cache: false, batch: 64}
model:
  inputs: {image: [32, 32, 3]}
  layers: [Rescaling: =1 / 255, Conv2D: [16, 3, activation: relu], MaxPooling2D: 2, Conv2D: [32, 3, activation: relu], Flatten, {Dense: [10, activation: softmax], name: label}]
train: {loss: SparseCategoricalCrossentropy, epochs: 3, seed: 1}
"""


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


def waiting(images: Path, folder: Path) -> float:
    """The share of the time after the first epoch that training waits for its data."""
    import builder

    rows = builder.train(WAITING.replace("FOLDER", str(images)), runs=folder / "runs").history.rows[1:]
    return sum(row["waited"] * row["seconds"] for row in rows) / sum(row["seconds"] for row in rows)


def main(quick: bool = False) -> None:
    folder, rounds = Path(tempfile.mkdtemp()), 5 if quick else 9
    os.environ["BRICKS_CACHE"] = str(folder / "cache")
    small = small_images(folder)
    photos = ((f"{high} x {wide} px brought to {side}", made_up(folder / f"photos{side}", PHOTOS, (high, wide)), (side, side)) for (high, wide), side in LARGE)
    systems = (("32 px", small, (32, 32)), *photos)
    for title, images, size in systems:
        other = theirs(images, size)
        for what, cache in (("held in memory", "memory"), ("decoded anew", "false")):
            own = ours(images, size, cache)
            epoch(own), epoch(other)  # their functions are traced, and the files are where the system keeps them
            ratio(f"reading JPEG images of {title}, {what}", "`image_dataset_from_directory`", lambda: epoch(own), lambda: epoch(other), rounds)  # noqa: B023
    print(f"a step of a small network spends {waiting(small, folder):.1%} of its time waiting for JPEG images decoded anew", flush=True)


if __name__ == "__main__":
    main()
