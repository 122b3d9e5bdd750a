"""Shared by the tests of training: a quiet TensorFlow on one thread, and one run that has finished."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import pytest
import tiny_training as tiny

from builder import training


@pytest.fixture
def folder(tmp_path):
    """A fresh run folder."""
    return training.create("tiny", tmp_path / "runs", spec="name: tiny\n", graph="<svg/>").folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A finished run of two outputs, its listener, and what the model's weights were in the end."""
    folder = training.create("tiny", tmp_path_factory.mktemp("runs"), spec="name: tiny\n", graph="<svg/>").folder
    listener, built = tiny.Listener(), tiny.model(("label", "total"))
    plan = tiny.plan(losses={"label": tiny.LABEL, "total": tiny.TOTAL}, epochs=3)
    run = training.train(built, (plan,), tiny.data(), folder, batch=20, reporter=listener)
    return run, listener, tiny.weights(built)
