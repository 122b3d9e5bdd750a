"""What an epoch costs when its examples are not in memory: from the cache on disk, and from image files decoded anew, against memory."""

import os
import statistics
import tempfile
from pathlib import Path

import numpy as np
from epochs import MLP, Epochs, arrays, folder_of_digits
from side_by_side import ratio
from training import LENET_LAYERS

import builder

IMAGES = 4000


def epoch(spec: Path, cache: str) -> float:
    """Seconds of an epoch after the first."""
    clock = Epochs()
    builder.train(spec, {"data.cache": cache}, runs=spec.parent / "runs", reporter=clock)
    return statistics.median(clock.seconds[1:])


def packed(folder: Path) -> Path:
    """The digits as large as they come into `fit`, compressed: 188 megabytes that the cache keeps and reads row by row."""
    target = Path(tempfile.mkdtemp())
    image = arrays(folder, "train-images")[..., None].astype("float32")
    np.savez_compressed(target / "digits.npz", image=image, label=arrays(folder, "train-labels"))
    return target


def files(folder: Path) -> Path:
    """Some of the digits as a folder of PNG files."""
    import tensorflow as tf

    target = Path(tempfile.mkdtemp())
    for number, (image, label) in enumerate(zip(arrays(folder, "train-images")[:IMAGES], arrays(folder, "train-labels"), strict=False)):
        place = target / "images" / str(label)
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.png").write_bytes(tf.io.encode_png(image[..., None]).numpy())
    return target


def spec_of(folder: Path, source: str, layers: str, batch: int, epochs: int) -> Path:
    from epochs import SPEC

    text = SPEC.replace("{Idx: FOLDER}", source).replace("LAYERS", layers.strip("\n")).replace("NAME", "streaming")
    path = folder / f"spec{batch}.yaml"
    path.write_text(text.replace("BATCH", str(batch)).replace("EPOCHS", str(epochs)))
    return path


def main(quick: bool = False) -> None:
    os.environ["BRICKS_CACHE"] = tempfile.mkdtemp()
    epochs, rounds = (3, 1) if quick else (4, 3)
    digits, _ = folder_of_digits()
    large, small = packed(digits), files(digits)
    npz, pngs = "{Npz: [digits.npz, label: label]}", "{ImageFolder: [images, channels: 1]}"
    systems = (
        ("the cache on disk, a small MLP, batch 32", spec_of(large, npz, MLP, 32, epochs), "disk"),
        ("the cache on disk, LeNet-5, batch 128", spec_of(large, npz, LENET_LAYERS, 128, epochs), "disk"),
        ("PNG files decoded anew, LeNet-5, batch 128", spec_of(small, pngs, LENET_LAYERS, 128, epochs), "false"),
    )
    for title, spec, cache in systems:
        ratio(f"an epoch from {title}", "the same from memory", lambda: epoch(spec, cache), lambda: epoch(spec, "memory"), rounds)  # noqa: B023
