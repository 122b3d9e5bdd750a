"""Several devices, in one process or in two, train what one device trains."""

import os
import subprocess
import sys
from pathlib import Path

import devices_training as program
import numpy as np
import pytest

from builder.diagnostics import render
from builder.training.workers import launch

HERE = Path(__file__).parent
QUICK = ("momentum", "clip")
OTHERS = tuple(name for name in program.CASES if name not in (*QUICK, "dropout"))


@pytest.fixture(scope="module")
def environment():
    """What the programs see: this checkout, one thread."""
    path = os.pathsep.join((str(HERE.parents[1]), str(HERE)))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"PYTHONPATH": path, "TF_NUM_INTRAOP_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}.items():
            patch.setenv(name, value)
        yield


def ran(folder: Path, device: str, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    out = folder / f"{device.replace(':', '-')}.npz"
    done = subprocess.run([sys.executable, HERE / "devices_training.py", device, out, *names], capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(np.load(out))


def in_two(folder: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    out = folder / "two.npz"
    code, faults = launch([sys.executable, str(HERE / "devices_training.py"), "multiworker", str(out), *names], 2)
    assert code == 0, render(faults)
    return dict(np.load(out))


def check_near(one: dict, several: dict, names: tuple[str, ...], within: float = 1e-5) -> None:
    assert one.keys() == several.keys() and {key.split("|")[0] for key in one} == set(names)
    for key, value in one.items():
        assert value.shape == several[key].shape
        assert np.allclose(value, several[key], rtol=within, atol=within), (key, np.abs(value - several[key]).max())


@pytest.fixture(scope="module")
def alone(tmp_path_factory, environment):
    return ran(tmp_path_factory.mktemp("one"), "one", QUICK)


@pytest.mark.slow
def test_the_cases_move_the_weights(alone):
    """Else near weights would prove nothing."""
    for name in QUICK:
        values = [value for key, value in alone.items() if key.startswith(f"{name}|") and value.ndim == 2]
        assert np.isfinite(np.concatenate([value.ravel() for value in values])).all()
        assert alone[f"{name}|figures"].size > 20


@pytest.mark.slow
def test_two_devices_of_one_process_equal_one(alone, tmp_path, environment):
    """Momentum and a schedule, AdamW and a global clip that bites, batch normalization, averaged weights, a penalty, uneven
    batches, several steps a call, weighted losses, metrics and validation."""
    check_near(alone, ran(tmp_path, "mirrored:cpu:2", QUICK), QUICK)


@pytest.mark.slow
def test_two_processes_equal_one(alone, tmp_path, environment):
    check_near(alone, in_two(tmp_path, QUICK), QUICK)


@pytest.mark.slow
def test_it_resumes_exactly_and_goes_on_from_another_device(tmp_path, environment):
    """With dropout, whose masks differ from replica to replica."""
    found = ran(tmp_path, "mirrored:cpu:2", ("resume",))
    ways = {way: {key.split("|")[1]: value for key, value in found.items() if key.startswith(way)} for way in ("whole", "resumed", "moved")}
    assert ways["whole"].keys() == ways["moved"].keys()
    assert all(value.tobytes() == ways["resumed"][key].tobytes() for key, value in ways["whole"].items())
    assert not ways["resumed"]["warned"].any() and ways["moved"]["warned"].any()
    assert any(value.tobytes() != ways["moved"][key].tobytes() for key, value in ways["whole"].items())


@pytest.mark.slow
def test_all_else_equals_one_device_too(tmp_path, environment):
    """Three devices, so that a batch never falls into equal parts."""
    one = ran(tmp_path, "one", OTHERS)
    check_near(one, ran(tmp_path, "mirrored:cpu:3", OTHERS), OTHERS)
    check_near(one, in_two(tmp_path, OTHERS), OTHERS)
