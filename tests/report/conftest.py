"""Shared by the tests of the report: a quiet TensorFlow on one thread, and runs of the smallest specs."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import pytest

import builder

DIGITS = """\
name: tiny
description: A line through <b>digits</b>.
data: {source: Digits, validation: 0.1, test: 0.1, batch: 256}
model:
  inputs: {image: [8, 8, 1]}
  layers:
    - Rescaling: =1 / 16
    - Flatten
    - Dense: [10, activation: softmax]
      name: label
train: {loss: SparseCategoricalCrossentropy, optimizer: {Adam: 1e-2}, metrics: [accuracy], epochs: 2, seed: 1}
"""
NASTY = "<img src=x onerror=document.title='owned'>"
TABLE = """\
name: table
data: {source: {Csv: [rows.csv, label: kind]}, validation: 0.5, batch: 8}
model:
  inputs: {size: float32, note: string}
  layers:
    - {StringLookup: [max_tokens: 20], from: note, name: known}
    - {Embedding: [20, 2]}
    - {ops.expand_dims: [axis: -1], from: size, name: sized}
    - {Concatenate: , from: [previous, sized]}
    - {Dense: [2, activation: softmax], name: kind}
train: {loss: SparseCategoricalCrossentropy, metrics: [accuracy], epochs: 1, seed: 1}
"""


@pytest.fixture
def spec(tmp_path):
    """The spec of the digits in a file of its own, and where its runs go."""
    path = tmp_path / "tiny.yaml"
    path.write_text(DIGITS)
    return path


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """A finished run on images."""
    folder = tmp_path_factory.mktemp("digits")
    (folder / "tiny.yaml").write_text(DIGITS)
    return builder.train(folder / "tiny.yaml", runs=folder / "runs")


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    """A finished run on rows whose texts and classes try to be markup."""
    folder = tmp_path_factory.mktemp("table")
    rows = [f"{number % 7},\"</script>{NASTY}{number % 3}\",{'a' if number % 2 else NASTY}" for number in range(40)]
    (folder / "rows.csv").write_text("\n".join(["size,note,kind", *rows]))
    (folder / "table.yaml").write_text(TABLE)
    return builder.train(folder / "table.yaml", runs=folder / "runs")
