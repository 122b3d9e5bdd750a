"""Exact resume: killed, interrupted or damaged, a run ends with the bits of one that was left alone."""

import dataclasses
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tiny_training as tiny

from builder import training
from builder.diagnostics import SpecError, render
from builder.graph.plans import ExecutionPlan
from builder.training import checkpoints

HERE = Path(__file__).parent


def start(folder: Path, *words: str) -> subprocess.Popen:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(HERE.parents[1]), str(HERE)))}
    return subprocess.Popen([sys.executable, HERE / "tiny_training.py", folder, *words], env=env,
                            stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen) -> None:
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said[-3000:]


def wait_for_step(folder: Path, step: int, process: subprocess.Popen) -> None:
    """Until a checkpoint of `step` or later is there, or the process has ended."""
    while process.poll() is None:
        if any(int(path.stem[5:]) >= step for path in folder.glob("checkpoints/step-*.npz")):
            return
        time.sleep(0.002)


@pytest.mark.slow
@pytest.mark.parametrize(("every", "execution", "kills"), [pytest.param("0", "1", 2, marks=pytest.mark.slow), ("2", "2", 1)])
def test_killed_at_random_moments_it_ends_with_equal_bits(tmp_path, every, execution, kills):
    """Dropout, noise, batch norm, AdamW with clipping, a plateau, early stopping, validation, two phases."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    alone = start(whole, "new", every, execution)
    moment = random.Random(int(every))
    for kill in range(kills):
        process = start(broken, "resume" if kill else "new", every, execution)
        wait_for_step(broken, kill * 30 + moment.randint(0, 29), process)
        time.sleep(moment.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    finish(start(broken, "resume", every, execution))
    finish(alone)
    with np.load(whole / "weights.npz") as a, np.load(broken / "weights.npz") as b:
        assert tiny.same(dict(a), dict(b))
    assert rows(whole) == rows(broken)


def rows(folder: Path) -> list[dict]:
    return [{name: value for name, value in row.items() if name not in ("seconds", "waited")} for row in training.Run(folder).history.rows]


def uninterrupted(folder: Path, plan) -> dict:
    built = tiny.model()
    training.train(built, (plan,), tiny.data(), folder, batch=16)
    return tiny.weights(built)


class StopAt(tiny.Listener):
    """Sends this process a signal in the middle of an epoch, as a user would."""

    def __init__(self, epoch: int, number: int):
        super().__init__()
        self.wanted, self.number = epoch, number

    def epoch_started(self, epoch: int, *_: object) -> None:
        if epoch == self.wanted:
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_ctrl_c_finishes_the_step_saves_and_goes_on_exactly(folder, tmp_path, number):
    plan = tiny.plan(epochs=3, execution=ExecutionPlan(1))
    before = signal.getsignal(number)
    with pytest.raises(training.Interrupted) as caught:
        training.train(tiny.model(), (plan,), tiny.data(), folder, batch=16, reporter=StopAt(2, number))
    assert (caught.value.epoch, caught.value.batch) == (2, 1)
    assert signal.getsignal(number) == before
    assert training.Run(folder).state == "interrupted"
    assert (folder / "curves.png").exists()
    built, listener = tiny.model(seed=99), tiny.Listener()
    training.train(built, (plan,), tiny.data(), folder, batch=16, resume=True, reporter=listener)
    assert listener.of("started")[0][0].resumed and listener.of("started")[0][0].step == 7
    other = training.create("tiny", tmp_path / "other").folder
    assert tiny.same(tiny.weights(built), uninterrupted(other, plan))
    assert rows(folder) == rows(other)


def test_a_corrupt_newest_checkpoint_falls_back_to_the_one_before(folder, tmp_path):
    plan = tiny.plan(epochs=3)
    whole = uninterrupted(folder, plan)
    newest = max(folder.glob("checkpoints/*.npz"))
    damaged = bytearray(newest.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    newest.write_bytes(damaged)
    training.Run(folder).update(state="interrupted")
    built, listener = tiny.model(seed=99), tiny.Listener()
    training.train(built, (plan,), tiny.data(), folder, batch=16, resume=True, reporter=listener)
    warning = listener.of("warning")[0][0]
    assert warning.kind == "corrupt-checkpoint" and warning.severity == "warning" and render([warning])
    assert tiny.same(tiny.weights(built), whole)


def test_when_no_checkpoint_can_be_read_it_says_so(folder):
    uninterrupted(folder, tiny.plan(epochs=1))
    for path in folder.glob("checkpoints/*.npz"):
        path.write_bytes(path.read_bytes()[:-100])
    training.Run(folder).update(state="interrupted")
    with pytest.raises(SpecError) as caught:
        training.train(tiny.model(), (tiny.plan(epochs=1),), tiny.data(), folder, batch=16, resume=True)
    assert caught.value.faults[0].kind == "checkpoints-unreadable"


def test_a_finished_run_says_so_and_can_be_made_longer(folder, tmp_path):
    uninterrupted(folder, tiny.plan(epochs=1))
    with pytest.raises(SpecError) as caught:
        training.train(tiny.model(), (tiny.plan(epochs=1),), tiny.data(), folder, batch=16, resume=True)
    assert caught.value.faults[0].kind == "run-finished" and render(caught.value.faults)
    longer, built = tiny.plan(epochs=2), tiny.model(seed=99)
    training.train(built, (longer,), tiny.data(), folder, batch=16, resume=True)
    whole = uninterrupted(training.create("tiny", tmp_path / "other").folder, longer)
    assert tiny.same(tiny.weights(built), whole)


def test_a_run_killed_before_it_had_begun_begins(folder):
    run = training.train(tiny.model(), (tiny.plan(epochs=1),), tiny.data(), folder, batch=16, resume=True)
    assert run.state == "finished"


def test_a_changed_spec_is_told_with_what_changed(folder):
    plan = tiny.plan(epochs=1)
    uninterrupted(folder, plan)
    changed = dataclasses.replace(plan, optimizer=tiny.recipe("optimizer", "AdamW", learning_rate=0.1, weight_decay=0.01))
    with pytest.raises(SpecError) as caught:
        training.train(tiny.model(), (changed,), tiny.data(), folder, batch=8, resume=True)
    said = render(caught.value.faults)
    assert "train[0].optimizer.AdamW.learning_rate: 0.01 -> 0.1" in said and "batch: 16 -> 8" in said


def test_two_seeded_runs_are_equal_bit_for_bit(folder, tmp_path):
    first = uninterrupted(folder, tiny.plan(epochs=2))
    second = uninterrupted(training.create("tiny", tmp_path / "other").folder, tiny.plan(epochs=2))
    assert tiny.same(first, second)


def test_a_run_without_a_seed_resumes_in_its_own_order(folder, tmp_path):
    """What was drawn by chance is kept: the same checkpoint continued twice ends the same."""
    plan, ends = tiny.plan(epochs=2, seed=None, execution=ExecutionPlan(1)), []
    with pytest.raises(training.Interrupted):
        training.train(tiny.model(), (plan,), tiny.data(), folder, batch=16, reporter=StopAt(2, signal.SIGINT))
    for copy in ("a", "b"):
        shutil.copytree(folder, tmp_path / copy)
        built = tiny.model(seed=99)
        training.train(built, (plan,), tiny.data(), tmp_path / copy, batch=16, resume=True)
        ends.append(tiny.weights(built))
    assert tiny.same(*ends)


def test_a_logger_of_keras_has_each_epoch_once_after_a_resume(folder):
    plan = tiny.plan(epochs=3, callbacks=(tiny.recipe("callback", "CSVLogger", filename="mine.csv"),), execution=ExecutionPlan(1))
    with pytest.raises(training.Interrupted):
        training.train(tiny.model(), (plan,), tiny.data(), folder, batch=16, reporter=StopAt(3, signal.SIGINT))
    with open(folder / "mine.csv", "a") as file:
        file.write("2,0,0,0,0\n")  # as if killed between this line and the checkpoint
    training.train(tiny.model(), (plan,), tiny.data(), folder, batch=16, resume=True)
    assert [line.split(",")[0] for line in (folder / "mine.csv").read_text().splitlines()] == ["epoch", "0", "1", "2"]


def test_checkpoints_keep_every_type_and_only_the_newest(tmp_path):
    import ml_dtypes

    arrays = {"half": np.arange(3).astype(ml_dtypes.bfloat16), "seed": np.array([1, 2], "uint32"), "one": np.float32(0.1),
              "none": np.zeros((0, 2))}
    state = {"best": float("inf"), "rows": [{"loss": 0.1}], "nan": float("nan")}
    for step in (1, 2, 10):
        checkpoints.save(tmp_path, step, checkpoints.Checkpoint(arrays, state))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-000000002.npz", "step-000000010.npz"]
    found, warnings = checkpoints.newest(tmp_path)
    assert not warnings and str(found.state) == str(state)
    assert all(found.arrays[name].dtype == np.asarray(array).dtype for name, array in arrays.items())
    assert all(np.array_equal(found.arrays[name], array) for name, array in arrays.items())
