"""A plan lowered to Keras: outputs without a loss, freezing, clipping, callbacks and their monitors."""

from pathlib import Path

import numpy as np
import pytest
import tiny_training as tiny

from builder import training
from builder.diagnostics import Faults, Source, SpecError, render
from builder.graph.graph import Recipe
from builder.graph.plans import LossPlan, PhasePlan
from builder.training import freeze, phases


def prepared(plan, outputs=("label", "total")):
    built = tiny.model(outputs)
    return built, phases.prepare(built, plan, freeze.trainable_flags(built))


def kinds(caught) -> list[str]:
    assert render(caught.value.faults)
    return [fault.kind for fault in caught.value.faults]


def test_an_output_without_a_loss_is_left_out_and_keeps_its_weights(folder):
    built = tiny.model(("label", "total"))
    before = np.asarray(built.get_layer("total").kernel)
    plan = tiny.plan(losses={"label": tiny.LABEL, "total": LossPlan("total", None, "total")}, epochs=1)
    run = training.train(built, (plan,), tiny.data(), folder, batch=16)
    assert "accuracy" in run.history.last and "total_loss" not in run.history.last
    assert np.array_equal(before, np.asarray(built.get_layer("total").kernel))
    assert set(run.model.output) == {"label", "total"}


def test_weights_and_clip_reach_keras():
    _, ready = prepared(tiny.plan(losses={"label": tiny.LABEL, "total": tiny.TOTAL}))
    assert ready.model.optimizer.global_clipnorm == 1.0
    assert ready.model._compile_loss._user_loss_weights == {"label": 1.0, "total": 0.5}


def test_half_precision_scales_the_loss():
    _, ready = prepared(tiny.plan(precision="mixed_float16"))
    assert type(ready.model.optimizer).__name__ == "LossScaleOptimizer"


def test_patterns_freeze_boxes_and_start_each_phase_from_the_spec():
    built = tiny.model()
    built.get_layer("stem.norm").trainable = False
    flags = freeze.trainable_flags(built)
    freeze.apply(built, flags, ("stem",), ("stem.norm",))
    assert not built.get_layer("stem.dense").trainable and built.get_layer("stem.norm").trainable
    freeze.apply(built, flags, ("lab*",), ())
    assert built.get_layer("stem.dense").trainable and not built.get_layer("stem.norm").trainable
    assert not built.get_layer("label").trainable


def test_patterns_reach_into_a_network_within_the_model():
    import keras

    inner = tiny.model()
    x = keras.Input((6,), name="x")
    outer = keras.Model({"x": x}, {"label": inner({"x": x})["label"]})
    flags = freeze.trainable_flags(outer)
    freeze.apply(outer, flags, (inner.name,), (f"{inner.name}.label",))
    assert [v.path for v in outer.trainable_variables] == ["label/kernel", "label/bias"]


def test_an_optimizer_is_blamed_at_its_own_place():
    text = Source("spec", "train:\n  optimizer: {SGD: [momentum: 2]}\n")
    with pytest.raises(SpecError) as caught:
        prepared(tiny.plan(optimizer=tiny.recipe("optimizer", "SGD", momentum=2), span=text.at(0), optimizer_span=text.at(21)))
    assert [fault.span.line for fault in caught.value.faults] == [2]


def test_freezing_everything_is_refused():
    with pytest.raises(SpecError) as caught:
        prepared(tiny.plan(freeze=("*",)))
    assert kinds(caught) == ["frozen-all"]


def test_no_loss_at_all_is_refused():
    with pytest.raises(SpecError) as caught:
        prepared(tiny.plan(losses={"label": LossPlan("label", None, "label")}))
    assert kinds(caught) == ["nothing-trained"]


def test_what_keras_refuses_is_told_all_at_once():
    plan = tiny.plan(losses={"label": LossPlan("label", tiny.recipe("loss", "Huber", delta="x"), "label")},
                     optimizer=tiny.recipe("optimizer", "Adam", learning_rate="fast"))
    with pytest.raises(SpecError) as caught:
        prepared(plan)
    assert set(kinds(caught)) == {"recipe-refused"}


@pytest.mark.parametrize(("callback", "kind"), [
    (tiny.recipe("callback", "EarlyStopping", monitor="val_los"), "unknown-monitor"),
    (tiny.recipe("callback", "EarlyStopping", monitor="val_label_accuracy"), "monitor-direction"),
    (tiny.recipe("callback", "BackupAndRestore", backup_dir="x"), "callback-refused"),
])
def test_a_callback_that_would_do_nothing_is_refused(folder, callback, kind):
    plan = tiny.plan(losses={"label": tiny.LABEL, "total": tiny.TOTAL}, callbacks=(callback,))
    with pytest.raises(SpecError) as caught:
        training.train(tiny.model(("label", "total")), (plan,), tiny.data(), folder, batch=16)
    assert kinds(caught) == [kind]
    assert training.Run(folder).state == "failed"


def test_a_schedule_and_a_plateau_do_not_go_together(folder):
    schedule = tiny.recipe("schedule", "CosineDecay", initial_learning_rate=0.01, decay_steps=10)
    plan = tiny.plan(optimizer=tiny.recipe("optimizer", "Adam", learning_rate=schedule))
    with pytest.raises(SpecError) as caught:
        training.train(tiny.model(), (plan,), tiny.data(), folder, batch=16)
    assert kinds(caught) == ["schedule-and-plateau"]


def test_phases_run_in_order_each_with_its_own_optimizer(folder):
    first = tiny.plan(epochs=2, callbacks=())
    second = tiny.plan(epochs=1, callbacks=(), freeze=("stem",), optimizer=tiny.recipe("optimizer", "SGD", learning_rate=0.5))
    run = training.train(tiny.model(), (first, second), tiny.data(), folder, batch=16)
    assert [row["phase"] for row in run.history.rows] == [1, 1, 2]
    assert run.history["learning_rate"] == pytest.approx([0.01, 0.01, 0.5])


def test_a_callback_is_blamed_at_its_own_place(tmp_path):
    import builder

    spec = """
name: watched
data: {source: Digits, batch: 512}
model:
  inputs: {image: [8, 8, 1]}
  layers: [Flatten, {Dense: [10, activation: softmax], name: label}]
train:
  loss: SparseCategoricalCrossentropy
  callbacks:
    - TerminateOnNaN
    - EarlyStopping: [monitor: nope]
"""
    with pytest.raises(SpecError) as told:
        builder.train(spec, runs=tmp_path)
    fault = told.value.faults[0]
    assert (fault.kind, fault.span.line) == ("unknown-monitor", 11)


def test_what_is_known_before_the_training_is_told(tmp_path):
    import builder
    from builder.training.reporter import Silent

    class Listener(Silent):
        def __init__(self):
            self.heard = []

        def warning(self, fault):
            self.heard.append(fault.kind)

        def note(self, sentence):
            self.heard.append(sentence)

    listener = Listener()
    builder.train("""
name: warned
data: {source: Digits, batch: 512}
model:
  inputs: {image: [8, 8, 1]}
  layers: [Flatten, {Dense: [10, activation: softmax], name: label}]
train: {loss: {SparseCategoricalCrossentropy: [from_logits: true]}}
""", runs=tmp_path, reporter=listener)
    assert listener.heard == ["softmax-twice", "there is no test split: `evaluate` uses the training examples"]


def test_a_callback_of_an_extra_that_is_missing_says_what_to_install(monkeypatch):
    monkeypatch.setattr(phases, "find_spec", lambda name: None)
    faults = Faults()
    assert phases._callback(faults, Recipe("callback", "TensorBoard"), PhasePlan({}, Recipe("optimizer", "SGD")), Path(), None) is None
    assert 'pip install "keras-bricks[tensorboard]"' in render(faults.errors)
