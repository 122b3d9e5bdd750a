"""Phases with data of their own: what is frozen stays as it is, batch normalisation too; a resume in any phase or at a border is exact."""

import os
import signal

import pytest
import tiny_training as tiny

import builder
from builder import training
from builder.diagnostics import SpecError, render

SPEC = """
name: transfer
data: {source: Digits, validation: 0.2, only: {label: [0, 1, 2, 3, 4]}, batch: 64}
model:
  inputs: {image: [8, 8, 1]}
  layers:
    - name: features
      layers:
        - Conv2D: [4, 3]
        - BatchNormalization
        - ReLU
        - Dropout: 0.2
        - Flatten
    - Dense: [10, activation: softmax]
      name: label
train:
  - loss: SparseCategoricalCrossentropy
    optimizer: {Adam: 1e-2}
    epochs: 2
    seed: 1
    execution: {steps_per_execution: 1}
  - data: {only: {label: [5, 6, 7, 8, 9]}, limit: 50, batch: 10, augment: [RandomTranslation: [0.1, 0.1]]}
    freeze: features
    class_weight: {9: 2}
    rate_multipliers: {label: 0.5}
    epochs: 3
"""


class Stop(tiny.Listener):
    """Asks to stop in the middle of an epoch, or where one has just ended."""

    def __init__(self, epoch: int, where: str):
        super().__init__()
        self.epoch, self.where = epoch, where

    def epoch_started(self, epoch: int, *_: object) -> None:
        self.ask(epoch, "within")

    def epoch_ended(self, epoch: int, *_: object) -> None:
        self.ask(epoch, "after")

    def ask(self, epoch: int, where: str) -> None:
        if (epoch, where) == (self.epoch, self.where):
            os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run of both phases, what was heard of it, and the weights at each epoch's end."""
    import keras

    class Keeps(tiny.Listener):
        def started(self, what):
            super().__getattr__("started")(what)
            self.model, self.kept = what.model, []

        def epoch_ended(self, *what):
            super().__getattr__("epoch_ended")(*what)
            self.kept.append(tiny.weights(self.model))

    keras.utils.clear_session()
    heard = Keeps()
    return builder.train(SPEC, runs=tmp_path_factory.mktemp("runs"), reporter=heard), heard


def test_what_is_frozen_stays_bit_for_bit_and_its_statistics_too(whole):
    _, heard = whole
    border, last = heard.kept[1], heard.kept[-1]
    for path, value in border.items():
        same = value.tobytes() == last[path].tobytes()
        assert same == path.startswith(("features", "seed")) or path.startswith("seed"), path
    moving = [path for path in border if "moving" in path]
    assert len(moving) == 2 and all(heard.kept[0][path].tobytes() != border[path].tobytes() for path in moving), "they moved while it was trained"


def test_each_phase_has_its_own_examples(whole):
    run, _ = whole
    rows = run.history.rows
    assert [row["step"] for row in rows] == [12, 24, 29, 34, 39], "steps of 64 among 721, then of 10 among 50"
    notes = run.info["data"]["notes"]
    assert any(note.startswith("phase 2: only examples with `label` 5, 6, 7, 8, 9 are kept") for note in notes)
    assert run.info["data"]["splits"]["train"] == 50 and run.info["data"]["classes"]["label"]["validation"][:5] == [0] * 5
    assert "limit" in (run.folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("epoch", "where"), [(2, "after"), pytest.param(4, "within", marks=pytest.mark.slow)])
def test_a_resume_at_the_border_and_within_phase_two_is_exact(whole, tmp_path, epoch, where):
    import keras

    keras.utils.clear_session()
    with pytest.raises(training.Interrupted):
        builder.train(SPEC, runs=tmp_path, reporter=Stop(epoch, where))
    keras.utils.clear_session()
    run = builder.train(None, resume="latest", runs=tmp_path)
    drop = ("seconds", "waited")
    assert [{k: v for k, v in row.items() if k not in drop}
            for row in run.history.rows] == [{k: v for k, v in row.items() if k not in drop} for row in whole[0].history.rows]
    assert tiny.same(learned(run), learned(whole[0]))


def learned(run) -> dict:
    """The weights that a run ended with; the counters of seeds are no part of a saved model."""
    return {path: value for path, value in tiny.weights(run.model).items() if not path.startswith("seed")}


def test_other_examples_in_a_later_phase_are_another_run(whole):
    run, _ = whole
    text = (run.folder / "spec.yaml").read_text(encoding="utf-8")
    assert "limit: 50" in text
    with pytest.raises(SpecError) as caught:
        builder.train(None, {"train.1.data.limit": 40, "train.1.epochs": 4}, resume=run.folder, runs=run.folder.parents[1])
    assert caught.value.faults[0].kind == "run-changed" and "train[1].data.hash" in render(caught.value.faults)


@pytest.mark.slow
def test_a_frozen_network_of_keras_keeps_its_statistics(tmp_path):
    """Not only its weights: Keras runs a frozen batch normalisation in inference mode."""
    spec = """
name: frozen
data: {source: Digits, limit: 64, batch: 32}
model:
  inputs: {image: [8, 8, 1]}
  layers:
    - Resizing: [32, 32]
    - Concatenate:
      from: [previous, previous, previous]
    - applications.MobileNetV2: [include_top: false, weights: null, alpha: 0.35, input_shape: [32, 32, 3]]
      name: backbone
    - GlobalAveragePooling2D
    - BatchNormalization:
      name: ours
    - Dense: [10, activation: softmax]
      name: label
train: {loss: SparseCategoricalCrossentropy, freeze: [backbone.*], epochs: 1, seed: 1}
"""
    heard = tiny.Listener()
    heard.started = lambda what: heard.events.append(tiny.weights(what.model))
    run = builder.train(spec, runs=tmp_path, reporter=heard)
    before, after = next(event for event in heard.events if isinstance(event, dict)), tiny.weights(run.model)
    changed = {path for path, value in before.items() if value.tobytes() != after[path].tobytes()}
    assert {"label/kernel", "label/bias", "ours/beta", "ours/moving_mean"} <= changed and all(path.startswith(("label", "ours")) for path in changed)
    assert sum("moving" in path for path in before) > 50
