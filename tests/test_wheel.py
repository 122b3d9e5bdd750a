"""The wheel, installed elsewhere, trains a shipped spec from an empty folder."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*words: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(words, capture_output=True, text=True, timeout=300, **options)


def test_the_installed_wheel_trains_a_shipped_spec_from_an_empty_folder(tmp_path):
    made = run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(tmp_path), str(ROOT))
    assert made.returncode == 0, made.stderr
    wheel = next(tmp_path.glob("keras_bricks-*.whl"))
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    installed = run(sys.executable, "-m", "pip", "install", "--no-deps", "--quiet", "--target", str(site), str(wheel))
    assert installed.returncode == 0, installed.stderr
    assert not (site / "cli.py").exists() and not (site / "tests").exists() and not (site / "specs").exists()
    environment = {**os.environ, "PYTHONPATH": str(site)}
    for name in ("build", "keras-bricks"):
        told = run(str(site / "bin" / name), "--version", cwd=empty, env=environment)
        assert told.returncode == 0 and told.stdout.startswith("build 0."), told.stderr
    trained = run(str(site / "bin" / "build"), "train", "lenet5", "--epochs", "1", cwd=empty, env=environment)
    assert trained.returncode == 0, trained.stderr
    assert list(empty.glob("runs/lenet5/*/model.keras"))
