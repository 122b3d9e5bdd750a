"""What the tests of the specs share: a quiet TensorFlow, the real data if they are there."""

import os
import tarfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import pytest

REAL = Path(os.environ.get("BRICKS_DATA") or Path(__file__).parents[2] / "../shared/data").resolve()


@pytest.fixture(scope="session")
def real():
    """The folder of the real data; without it the test is left out."""
    if not REAL.is_dir():
        pytest.skip(f"there are no real data at {REAL}: set BRICKS_DATA")
    return REAL


@pytest.fixture(scope="session")
def cifar(real, tmp_path_factory):
    """A subset of CIFAR-10 as a folder tree, `train` and `test`, unpacked."""
    folder = tmp_path_factory.mktemp("cifar10")
    for name in ("train", "test"):
        with tarfile.open(real / "cifar10_jpg_subset" / f"{name}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
    return folder
