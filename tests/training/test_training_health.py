"""What goes wrong while training is told in a sentence, and no finished epoch is lost."""

import errno
import os

import numpy as np
import pytest
import tiny_training as tiny

from builder import training
from builder.diagnostics import SpecError, render
from builder.training import checkpoints


def failing(folder, plan=None, data=None, outputs=("label",), **how):
    with pytest.raises(SpecError) as caught:
        training.train(tiny.model(outputs), (plan or tiny.plan(),), data or tiny.data(), folder, batch=16, **how)
    assert training.Run(folder).state == "failed"
    return caught.value.faults[0], render(caught.value.faults)


def test_a_loss_that_is_no_number_tells_step_rate_and_output(folder):
    plan = tiny.plan(losses={"label": tiny.LABEL, "total": tiny.TOTAL}, clip=None, callbacks=(),
                     optimizer=tiny.recipe("optimizer", "SGD", learning_rate=10_000))  # a whole number, which Keras itself refuses
    fault, said = failing(folder, plan, outputs=("label", "total"))
    assert fault.kind == "bad-loss" and fault.facts["step"] < 24 and fault.facts["outputs"] == ("total",)
    assert "`total` became" in said and "10000" in said


def test_values_that_are_too_large_from_the_first_step_on(folder):
    data = tiny.data()
    data.splits["train"].columns["x"].values[:] = 1e38
    fault, said = failing(folder, tiny.plan(callbacks=()), data=data)
    assert fault.facts["step"] == 1 and "the values themselves are too large" in said and "- Normalization" in said


def test_bad_values_in_the_data_are_named(folder):
    data = tiny.data()
    data.splits["train"].columns["x"].values[50, 2] = np.nan
    fault, said = failing(folder, data=data)
    assert fault.kind == "bad-loss" and fault.facts["fields"] == ("x",) and fault.facts["epoch"] == 1
    assert "mend `x`" in said
    assert checkpoints.newest(folder / "checkpoints") == (None, [])  # nothing of the bad epoch was saved


def test_a_full_disk_leaves_what_was_saved(folder, monkeypatch):
    real, large = os.fsync, []

    def full(file: int) -> None:
        if os.fstat(file).st_size > 8000:
            large.append(file)
            if len(large) > 3:
                raise OSError(errno.ENOSPC, "No space left on device")
        real(file)

    monkeypatch.setattr(os, "fsync", full)
    fault, said = failing(folder, tiny.plan(epochs=20, callbacks=()))
    assert fault.kind == "disk-full" and fault.facts["epochs"] == 3 and "is full" in said
    found, warnings = checkpoints.newest(folder / "checkpoints")
    assert not warnings and found.state["position"]["epochs"] == fault.facts["epochs"]
    assert not list(folder.rglob(".tmp*"))


def test_too_little_memory_is_told_with_a_smaller_batch(folder, monkeypatch):
    import keras
    import tensorflow as tf

    def step(self, data):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[16,1000000]")

    monkeypatch.setattr(keras.Model, "train_step", step)
    fault, said = failing(folder)
    assert fault.kind == "out-of-memory" and "batch: 8" in said


def test_a_label_beyond_the_units_is_found_before_training(folder):
    data = tiny.data()
    data.splits["train"].columns["label"].values[3] = 7
    with pytest.raises(SpecError):
        training.train(tiny.model(), (tiny.plan(),), data, folder, batch=16)


def test_a_bug_is_not_dressed_up_as_a_fault(folder, monkeypatch):
    import keras

    monkeypatch.setattr(keras.Model, "train_step", lambda self, data: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        training.train(tiny.model(), (tiny.plan(),), tiny.data(), folder, batch=16)
    assert training.Run(folder).state == "failed"
