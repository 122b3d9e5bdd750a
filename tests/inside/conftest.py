"""Shared by the tests of looking inside: models with their names, a run on digits, and the command line."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import sys

import pytest

import builder
from builder.commands import main, output

DIGITS = """\
name: tiny
data: {source: Digits, validation: 0.1, test: 0.1, batch: 256}
model:
  inputs: {image: [8, 8, 1]}
  layers:
    - Rescaling: =1 / 16
    - Conv2D: [4, 3, activation: relu]
      name: maps
    - Flatten
    - Dense: [6, activation: tanh]
      name: code
    - Dense: [10, activation: softmax]
      name: label
train: {loss: SparseCategoricalCrossentropy, optimizer: {Adam: 3e-2}, metrics: [accuracy], epochs: 2, seed: 1}
"""


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """A finished run on images, in a folder `runs`."""
    folder = tmp_path_factory.mktemp("inside")
    (folder / "tiny.yaml").write_text(DIGITS)
    return builder.train(folder / "tiny.yaml", runs=folder / "runs")


@pytest.fixture
def build(digits, capsys, monkeypatch, tmp_path):
    """Calls `build` in this process, in an empty folder, with the runs of `digits`; gives the exit code and all that was said."""

    def call(*words: str) -> tuple[int, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["build", *words, "--runs", str(digits.folder.parents[1])])
        monkeypatch.setitem(output._state, "json", False)
        with pytest.raises(SystemExit) as stop:
            main()
        told = capsys.readouterr()
        return stop.value.code or 0, told.out + told.err

    return call
