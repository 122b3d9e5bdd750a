"""Training on data much larger than the memory allowed: the process stays small."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
MB = 1 << 20
ALLOWED = 16 * MB
SPEC = """
name: large
data: {source: SOURCE, batch: 256, cache: CACHE}
model:
  inputs: INPUTS
  layers:
LAYERS
    - Dense: [2, activation: softmax]
      name: label
train: {loss: SparseCategoricalCrossentropy, optimizer: SGD, epochs: 1, seed: 1}
"""
GROWTH = """
import resource, sys
sys.path.insert(0, sys.argv[1])
import builder
import builder.experiment
from builder.data import open_data

def train(path):
    builder.train(path, runs=sys.argv[4])

def read(path):
    data = open_data(builder.experiment.check(path).data)
    fields = [name for name in data.fields if name != "label"]
    return data.hash, sum(1 for _ in data.splits["train"].dataset(fields, ["label"], 256, shuffle_seed=1))

work, peak = globals()[sys.argv[5]], lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
work(sys.argv[2])
before = peak()
work(sys.argv[3])
print(peak() - before)
"""


def growth(folder: Path, small: str, large: str, work: str = "train") -> int:
    """Bytes by which a process grows when, after a small spec, it trains a large one, or reads its data."""
    for name, text in (("small", small), ("large", large)):
        (folder / f"{name}.yaml").write_text(text)
    words = [str(ROOT), str(folder / "small.yaml"), str(folder / "large.yaml"), str(folder / "runs"), work]
    environment = {**os.environ, "BRICKS_MEMORY": str(ALLOWED), "TF_CPP_MIN_LOG_LEVEL": "3"}
    ran = subprocess.run([sys.executable, "-c", GROWTH, *words], capture_output=True, text=True, env=environment, check=False)
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout.split()[-1])


def spec(source: str, inputs: str, layers: str, cache: str = "true") -> str:
    words = {"SOURCE": source, "INPUTS": inputs, "LAYERS": layers, "CACHE": cache}
    text = SPEC
    for word, value in words.items():
        text = text.replace(word, value)
    return text


PIXELS = "    - Flatten\n    - Rescaling: =1 / 255"


def raw_idx(folder: Path, count: int) -> None:
    """Two plain idx files of 64 x 64 images; the zeros take no disk."""
    folder.mkdir()
    with open(folder / "train-images", "wb") as file:
        file.write(bytes((0, 0, 8, 3)) + np.array([count, 64, 64], ">u4").tobytes())
        file.truncate(16 + count * 4096)
    labels = (np.arange(count) % 2).astype("u1")
    (folder / "train-labels").write_bytes(bytes((0, 0, 8, 1)) + np.array([count], ">u4").tobytes() + labels.tobytes())


@pytest.mark.slow
def test_a_file_of_arrays_larger_than_memory(tmp_path):
    size = 192 * MB
    raw_idx(tmp_path / "few", 512)
    raw_idx(tmp_path / "many", size // 4096)
    few, many = (spec(f"{{Idx: {name}}}", "{image: [64, 64, 1]}", PIXELS) for name in ("few", "many"))
    assert growth(tmp_path, few, many) < size / 3


@pytest.mark.slow
def test_compressed_arrays_larger_than_memory(tmp_path, cache):
    size = 400 * MB
    for name, count in (("few", 512), ("many", size // 4096)):
        image = np.zeros((count, 64, 64), "u1")
        np.savez_compressed(tmp_path / f"{name}.npz", image=image, label=np.arange(count) % 2)
    few, many = (spec(f"{{Npz: [{name}.npz, label: label]}}", "{image: [64, 64]}", PIXELS) for name in ("few", "many"))
    assert growth(tmp_path, few, many) < size / 3
    assert sum(path.stat().st_size for path in cache.rglob("*.npy")) > size


@pytest.mark.slow
def test_a_table_larger_than_memory(tmp_path, cache):
    size = 60 * MB
    for name, count in (("few", 100), ("many", size // 40)):
        with open(tmp_path / f"{name}.csv", "w") as file:
            file.write("a,b,note,label\n")
            file.writelines(f"{i}.25,{i % 7},some words number {i % 1000},{'yes' if i % 2 else 'no'}\n" for i in range(count))
    layers = "    - ops.stack: [axis: -1]\n      from: [a, b]"
    few, many = (spec(f"{{Csv: [{name}.csv, label: label]}}", "{a: float32, b: float32}", layers) for name in ("few", "many"))
    assert growth(tmp_path, few, many, "read") < 2 * size  # as Python's own lists it would take ten times that


def test_the_measure_is_of_this_system():
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 10_000  # kilobytes, as Linux counts
