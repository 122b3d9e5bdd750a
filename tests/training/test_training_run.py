"""A run from beginning to end: its folder, its log, what it tells, finding it again."""

import json
import time

import numpy as np
import pytest
import tiny_training as tiny

from builder import training
from builder.diagnostics import SpecError
from builder.graph.plans import ExecutionPlan
from builder.training.pace import Execution, Pace, settled
from builder.training.plain import changes


def test_a_run_folder_holds_everything(finished):
    run, _, _ = finished
    there = {path.name for path in run.folder.iterdir()}
    assert there >= {"spec.yaml", "graph.svg", "log.csv", "log.json", "curves.png", "environment.json", "checkpoints",
                     "model.keras", "run.json"}
    assert len(list((run.folder / "checkpoints").iterdir())) == 2
    assert run.state == "finished"
    assert run.info["fields"]["label"]["classes"] == list(tiny.CLASSES)
    environment = json.loads((run.folder / "environment.json").read_text())
    assert environment["versions"]["keras"] and environment["seed"] == 3 and environment["compute"]["device"] == "cpu"


def test_the_log_has_a_row_an_epoch_in_both_forms(finished):
    run, _, _ = finished
    rows = run.history.rows
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert [row["step"] for row in rows] == [5, 10, 15]
    names = {"loss", "label_loss", "total_loss", "label_accuracy", "learning_rate"}
    assert names | {f"val_{name}" for name in names - {"learning_rate"}} <= set(rows[0])
    lines = (run.folder / "log.csv").read_text().splitlines()
    assert len(lines) == 4 and lines[0].startswith("phase,epoch,step,seconds,waited,loss")
    assert run.history["loss"] == [row["loss"] for row in rows]


def test_the_reporter_hears_of_everything_in_order(finished):
    _, listener, _ = finished
    assert [event[0] for event in listener.events if event[0] not in ("step", "note")] == [
        "started", *["epoch_started", "epoch_ended"] * 3, "finished"]
    assert listener.of("started")[0][0].epochs == 3
    assert [batch for _, batch, steps, _ in listener.of("step") if batch == steps] == [5, 5, 5]


def test_the_saved_model_is_the_trained_one_and_carries_no_optimizer(finished):
    run, _, weights = finished
    saved = {v.path: np.asarray(v) for v in run.model.variables if "seed_generator" not in v.path}
    assert len(saved) == 10 and all(np.array_equal(saved[path], weights[path]) for path in saved)
    assert not run.model.compiled


def test_with_one_output_the_names_are_plain(folder):
    run = training.train(tiny.model(), (tiny.plan(epochs=1),), tiny.data(), folder, batch=16)
    assert set(run.history.last) == {"phase", "epoch", "step", "seconds", "waited", "loss", "accuracy", "val_loss", "val_accuracy",
                                     "learning_rate"}


def test_it_equals_fit_of_keras_bit_for_bit(folder):
    """Our loop is Keras's own step and callbacks: `fit` on the same batches ends with the same weights."""
    from builder.training import phases
    from builder.training.feed import Feed, wanted

    ours, theirs, plan, data = tiny.model(), tiny.model(), tiny.plan(epochs=1, callbacks=()), tiny.data()
    training.train(ours, (plan,), data, folder, batch=20)
    trained = phases.trained_part(theirs, plan)
    phases.compile_phase(trained, plan)
    feed = Feed(data.splits, wanted(theirs), phases.targets(plan), 20, plan.seed)
    trained.fit(feed.training(0), epochs=1, verbose=0)
    assert tiny.same(tiny.weights(ours), tiny.weights(theirs))


def test_several_steps_a_call_end_with_the_same_bits(tmp_path):
    """96 examples in batches of 16 are 6 steps: calls of 3 fit, calls of 4 end the epoch with 2, and one pace is found."""
    ended = []
    for steps in (1, 3, 4, None):
        built = tiny.model()
        folder = training.create("tiny", tmp_path).folder
        training.train(built, (tiny.plan(epochs=3, execution=ExecutionPlan(steps)),), tiny.data(), folder, batch=16)
        assert steps in (None, training.Run(folder).info["execution"]["steps_per_execution"])
        ended.append(tiny.weights(built))
    assert all(tiny.same(ended[0], other) for other in ended[1:])


def test_the_pace_doubles_while_calls_are_short_and_then_stays():
    pace = Pace()
    assert [pace.took(pace.steps, 5.0)] == [False] and pace.steps == 1  # the first call traces
    while not pace.took(pace.steps, pace.steps * 0.004):
        assert not pace.took(pace.steps - 1, 9.0) if pace.steps > 1 else True  # the end of an epoch tells nothing
    assert (pace.steps, pace.settled) == (16, True)
    assert not pace.took(16, 0.001) and pace.steps == 16


def test_a_slow_step_is_called_alone():
    pace = Pace()
    pace.took(1, 9.0)
    assert pace.took(1, 0.4) and pace.steps == 1


def test_what_is_said_or_stored_is_not_measured():
    stored = {"steps_per_execution": 8, "jit_compile": True, "gain": 0.5}
    assert settled(ExecutionPlan(), None, compiles=False) is None
    assert settled(ExecutionPlan(), None, compiles=True) == Execution(xla=True)
    assert settled(ExecutionPlan(), stored, compiles=False) == Execution(True, 8, 0.5)
    assert settled(ExecutionPlan(4, False), stored, compiles=True) == Execution(False, 4, 0.5)


def test_a_trial_of_xla_leaves_no_trace_in_the_bits(tmp_path, monkeypatch):
    """Tried or told to go without, a run ends with the same weights where the trial decides against XLA."""
    monkeypatch.setattr("builder.training.pace.MANY", 1)
    monkeypatch.setattr("builder.training.trainer.GAIN", 0.0)
    ended, infos = [], []
    monkeypatch.setattr("builder.training.trainer.secrets.randbelow", lambda most: 5)  # the order of the data
    for said in (None, False):
        training.fix_seeds(1)
        built = tiny.model()
        folder = training.create("tiny", tmp_path).folder
        training.train(built, (tiny.plan(epochs=2, seed=None, execution=ExecutionPlan(None, said)),), tiny.data(), folder, batch=16)
        ended.append(tiny.weights(built))
        infos.append(training.Run(folder).info["execution"])
    assert tiny.same(*ended)
    assert infos[0]["gain"] > 0 and infos[1]["gain"] is None and not infos[0]["jit_compile"]


@pytest.mark.slow
def test_xla_gives_the_same_result_within_rounding(tmp_path):
    """Without dropout and noise: XLA draws other numbers from the same seeds."""
    import keras

    ended = []
    for xla in (False, True):
        keras.utils.set_random_seed(1)
        x = keras.Input((6,), name="x")
        h = keras.layers.BatchNormalization()(keras.layers.Dense(16, activation="relu")(x))
        built = keras.Model({"x": x}, {"label": keras.layers.Dense(3, activation="softmax", name="label")(h)})
        folder = training.create("tiny", tmp_path).folder
        plan = tiny.plan(epochs=2, callbacks=(), execution=ExecutionPlan(3, xla), optimizer=tiny.recipe("optimizer", "SGD"))
        run = training.train(built, (plan,), tiny.data(), folder, batch=20)
        assert run.info["execution"]["jit_compile"] is xla
        ended.append(built.get_weights())
    for one, other in zip(*ended, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_the_wait_for_data_is_measured(folder, monkeypatch):
    """Batches that take 20 ms to come are waited for; the share stands in the log."""
    run = training.train(tiny.model(), (tiny.plan(epochs=2, callbacks=()),), tiny.data(), folder, batch=16)
    assert 0 <= run.history.last["waited"] < 1
    slow = tiny.data()
    made = type(slow.splits["train"]).dataset

    def slowly(self, *args, **named):
        import tensorflow as tf

        def late(*batch):
            with tf.control_dependencies([tf.py_function(lambda: time.sleep(0.02), [], [])]):
                return tf.nest.map_structure(tf.identity, batch)

        return made(self, *args, **named).map(late)

    monkeypatch.setattr(type(slow.splits["train"]), "dataset", slowly)
    run = training.train(tiny.model(), (tiny.plan(epochs=3, callbacks=()),), slow, training.create("slow", folder).folder, batch=16)
    assert run.history.last["waited"] > 0.5


def test_the_step_is_traced_once(folder, monkeypatch):
    import keras

    traced = []
    step, test = keras.Model.train_step, keras.Model.test_step
    monkeypatch.setattr(keras.Model, "train_step", lambda self, data: traced.append("train") or step(self, data))
    monkeypatch.setattr(keras.Model, "test_step", lambda self, data: traced.append("test") or test(self, data))
    training.train(tiny.model(), (tiny.plan(epochs=3, callbacks=()),), tiny.data(), folder, batch=20)
    assert sorted(traced) == ["test", "train"]


def test_a_file_a_callback_writes_lies_in_the_run_folder(folder):
    callbacks = (tiny.recipe("callback", "CSVLogger", filename="mine.csv"),
                 tiny.recipe("callback", "ModelCheckpoint", filepath="best.keras", save_best_only=True))
    training.train(tiny.model(), (tiny.plan(epochs=2, callbacks=callbacks),), tiny.data(), folder, batch=16)
    assert (folder / "best.keras").exists()
    assert len((folder / "mine.csv").read_text().splitlines()) == 3


def test_without_validation_there_are_no_val_columns(folder):
    run = training.train(tiny.model(), (tiny.plan(epochs=1, callbacks=()),), tiny.data(validation=0), folder, batch=16)
    assert not [name for name in run.history.last if name.startswith("val_")]


def test_runs_are_found_by_folder_name_time_and_latest(tmp_path):
    first, second = (training.create("a", tmp_path, spec="") for _ in range(2))
    other = training.create("b", tmp_path, spec="")
    assert first.folder != second.folder
    assert training.find_run("a", tmp_path) == second == training.find_run(second.name, tmp_path)
    assert training.find_run(first.folder, tmp_path) == first == training.find_run(first.name, tmp_path)
    assert training.find_run(second.folder.name, tmp_path) == second
    assert training.find_run("latest", tmp_path).folder in (second.folder, other.folder)
    assert training.list_runs(tmp_path, "a") == [first, second]
    with pytest.raises(SpecError) as caught:
        training.find_run("c", tmp_path)
    assert caught.value.faults[0].kind == "no-run"


def test_a_run_whose_process_is_gone_was_killed(tmp_path):
    import platform

    run = training.create("a", tmp_path)
    run.update(state="running", process=2**22 + 1, host=platform.node())
    assert run.state == "killed"


def test_compare_has_a_row_a_run(finished):
    run, _, _ = finished
    row = training.compare([run])[0]
    assert row["run"] == run.name and row["epochs"] == 3 and row["val_loss"] == run.history.last["val_loss"]


def test_changes_name_the_path_and_both_values():
    before, after = {"a": [{"b": 1}], "c": 2}, {"a": [{"b": 3}], "d": True}
    assert changes(before, after) == [("a[0].b", 1, 3), ("c", 2, None), ("d", None, True)]


def test_a_device_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(SpecError) as caught, training.on_device("tpu:7"):
        pass
    assert caught.value.faults[0].kind == "unknown-device" and "cpu" in caught.value.faults[0].facts["there"]
    with training.on_device("cpu"):
        pass


def test_a_run_that_failed_hides_no_trained_one(tmp_path):
    for moment, model in (("20260101-000000", True), ("20260102-000000", False)):
        folder = tmp_path / "net" / moment
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(json.dumps({"created": moment}))
        if model:
            (folder / "model.keras").touch()
    assert training.find_run("net", tmp_path).folder.name == "20260102-000000"
    assert training.find_run("net", tmp_path, trained=True).folder.name == "20260101-000000"
