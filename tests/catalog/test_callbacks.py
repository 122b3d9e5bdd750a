"""TensorBoard and MLflow by one line of a spec, against the real packages; left out where they are not installed."""

import os
import signal
from pathlib import Path

import pytest

import builder
from builder.catalog import catalogue
from builder.catalog.callbacks.tracking import Tracked, flattened
from builder.catalog.describe import describe, listing
from builder.diagnostics import SpecError, render
from builder.training import Interrupted, Run, Silent, find_run

SPEC = """
name: tracked
data: {{source: {{Moons: [n: 100, noise: 0.2]}}, validation: 0.2, batch: 20}}
model:
  inputs: {{point: [2]}}
  layers:
    - Dense: [8, activation: relu]
    - Dense: [2, activation: softmax]
      name: label
train: {train}
"""
PHASE = "loss: SparseCategoricalCrossentropy, metrics: [accuracy], epochs: {epochs}, seed: 1"


def spec(callbacks: str, epochs: int = 3, then: str = "") -> str:
    first = "{" + PHASE.format(epochs=epochs) + f", callbacks: {callbacks}" + "}"
    return SPEC.format(train=f"[{first}, {then}]" if then else first)


class StopAt(Silent):
    """Ctrl-C at the beginning of an epoch."""

    def __init__(self, epoch: int):
        self.wanted = epoch

    def epoch_started(self, epoch: int, *_: object) -> None:
        if epoch == self.wanted:
            os.kill(os.getpid(), signal.SIGINT)


def stopped_and_resumed(text: str, runs: Path) -> Run:
    with pytest.raises(Interrupted):
        builder.train(text, runs=runs, reporter=StopAt(3))
    return builder.train(None, runs=runs, resume=find_run("tracked", runs).folder)


def test_the_catalogue_knows_our_callback_as_it_knows_keras_s():
    assert {"MLflow", "TensorBoard"} <= {name for name, _ in listing("callback", catalogue())}
    found = describe("MLflow")[0]
    assert found["kind"] == "callback" and [(p["name"], p["type"]) for p in found["parameters"]] == [
        ("experiment", "str"), ("tracking_uri", "str"), ("run_name", "str")]


def test_an_argument_that_is_not_there_is_told_with_the_nearest():
    with pytest.raises(SpecError) as caught:
        builder.check(spec("[MLflow: [experimnt: x]]"))
    assert "`MLflow` has no argument named `experimnt`" in render(caught.value.faults)
    assert "did you mean `experiment`?" in render(caught.value.faults)


@pytest.mark.parametrize("name", ["MLflow", "TensorBoard"])
def test_without_its_package_a_callback_is_one_sentence(name, tmp_path, monkeypatch):
    monkeypatch.setattr("builder.training.phases.find_spec", lambda package: None)
    with pytest.raises(SpecError) as caught:
        builder.train(spec(f"[{name}]"), runs=tmp_path)
    told = render(caught.value.faults)
    assert f"error[missing-extra]: `{name}` needs packages that are not installed" in told
    assert f'pip install "keras-bricks[{name.lower()}]"' in told


def test_a_spec_is_flattened_to_its_values(tmp_path):
    (tmp_path / "spec.yaml").write_text(spec("[MLflow: [experiment: x], EarlyStopping: [patience: 9]]", then="{epochs: 2}"))
    found = flattened(tmp_path / "spec.yaml")
    assert found["data.source.Moons.noise"] == 0.2 and found["train.0.metrics"] == ["accuracy"] and found["train.0.epochs"] == 3
    assert not any(key.startswith("model") for key in found)


class TestMLflow:
    @pytest.fixture(autouse=True)
    def here(self, tmp_path, monkeypatch):
        pytest.importorskip("mlflow")
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    def kept(self, run: Run):
        """The client and the MLflow run of a run folder."""
        from mlflow import MlflowClient

        tracked = Tracked.read(run.folder)
        client = MlflowClient(tracking_uri=Path(tracked.uri).resolve().as_uri())
        return client, client.get_run(tracked.run)

    def test_one_line_keeps_parameters_metrics_and_the_report(self):
        run = builder.train(spec("[MLflow]"))
        client, kept = self.kept(run)
        assert client.get_experiment(kept.info.experiment_id).name == "tracked" and Path("mlruns").is_dir()
        assert kept.info.status == "FINISHED" and kept.info.run_name == run.folder.name
        assert kept.data.params["train.loss"] == "SparseCategoricalCrossentropy" and kept.data.params["parameters"] == "42"
        assert kept.data.params["data.source.Moons.noise"] == "0.2"
        for name in ("loss", "val_accuracy", "learning_rate"):
            history = client.get_metric_history(kept.info.run_id, name)
            assert [(one.step, one.value) for one in history] == list(enumerate(run.history[name], 1)), name
        assert kept.data.metrics["test_accuracy"] == run.info["test"]["accuracy"]
        assert {"report.html", "spec.yaml", "graph.svg"} <= {one.path for one in client.list_artifacts(kept.info.run_id)}
        assert kept.data.tags["bricks.run"] == run.name and kept.data.tags["bricks.folder"] == str(run.folder.resolve())

    def test_a_run_that_is_resumed_goes_on_in_its_mlflow_run(self, tmp_path):
        text = spec("[MLflow: [experiment: digits, run_name: mine, tracking_uri: store]]", epochs=4)
        with pytest.raises(Interrupted):
            builder.train(text, runs=tmp_path, reporter=StopAt(3))
        run = find_run("tracked", tmp_path)
        client, before = self.kept(run)
        assert before.info.status == "KILLED"
        builder.train(None, runs=tmp_path, resume=run.folder)
        _, after = self.kept(run)
        assert (after.info.run_id, after.info.status, after.info.run_name) == (before.info.run_id, "FINISHED", "mine")
        assert len(client.search_runs([after.info.experiment_id])) == 1
        assert [one.step for one in client.get_metric_history(after.info.run_id, "val_loss")] == [1, 2, 3, 4]

    def test_epochs_are_counted_through_all_phases(self, tmp_path):
        run = builder.train(spec("[MLflow]", epochs=2, then="{epochs: 2}"), runs=tmp_path)
        client, kept = self.kept(run)
        assert [one.step for one in client.get_metric_history(kept.info.run_id, "loss")] == [1, 2, 3, 4]

    def test_a_store_that_cannot_be_used_is_one_sentence(self, tmp_path):
        (tmp_path / "taken").write_text("not a folder")
        with pytest.raises(SpecError) as caught:
            builder.train(spec("[MLflow: [tracking_uri: taken/mlruns]]"), runs=tmp_path)
        told = render(caught.value.faults)
        assert told.startswith("error[tracking-refused]: MLflow cannot keep this run in `taken/mlruns`: ") and "help: " in told

    def test_a_store_that_goes_away_costs_nothing_of_the_run(self, tmp_path, monkeypatch):
        """What could not be sent is sent with what comes next; the report that is not taken is a warning."""
        from mlflow import MlflowClient

        whole, lost = MlflowClient.log_batch, []

        def refusing(self, run, metrics=(), **more):
            if metrics and not lost:
                lost.append(metrics)
                raise OSError("gone")
            return whole(self, run, metrics=metrics, **more)

        monkeypatch.setattr(MlflowClient, "log_batch", refusing)
        monkeypatch.setattr(MlflowClient, "log_artifact", lambda *_: (_ for _ in ()).throw(OSError("gone")))
        warned = []
        reporter = Silent()
        reporter.warning = warned.append
        run = builder.train(spec("[MLflow]"), runs=tmp_path, reporter=reporter)
        client, kept = self.kept(run)
        assert run.state == "finished" and lost and "tracking-unfinished" in {fault.kind for fault in warned}
        assert [one.step for one in client.get_metric_history(kept.info.run_id, "loss")] == [1, 2, 3]


def float32(values: list) -> list[tuple[int, float]]:
    """Values by their epochs, counted from 0, in the precision that TensorBoard keeps."""
    import numpy as np

    return [(epoch, float(np.float32(value))) for epoch, value in enumerate(values)]


class TestTensorBoard:
    @pytest.fixture(autouse=True)
    def there(self):
        pytest.importorskip("tensorboard")

    def scalars(self, folder: Path, name: str) -> list[tuple[int, float]]:
        """The (step, value) pairs that TensorBoard reads in a folder of logs."""
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        from tensorboard.util.tensor_util import make_ndarray

        read = EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()
        return [(event.step, float(make_ndarray(event.tensor_proto))) for event in read.Tensors(name)]

    def tags(self, folder: Path) -> list[str]:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        return EventAccumulator(str(folder)).Reload().Tags()["tensors"]

    def test_one_line_logs_training_and_validation_in_the_run_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        run = builder.train(spec("[TensorBoard: [histogram_freq: 1]]"), runs=tmp_path / "runs")
        logs = run.folder / "logs"
        assert self.scalars(logs / "train", "epoch_loss") == float32(run.history["loss"])
        assert self.scalars(logs / "validation", "epoch_accuracy") == float32(run.history["val_accuracy"])
        assert any(tag.endswith("kernel/histogram") for tag in self.tags(logs / "train"))
        assert not (tmp_path / "logs").exists()

    def test_a_resumed_run_goes_on_in_its_logs(self, tmp_path):
        run = stopped_and_resumed(spec("[TensorBoard]", epochs=4), tmp_path)
        assert self.scalars(run.folder / "logs" / "train", "epoch_loss") == float32(run.history["loss"])

    def test_each_phase_has_its_own_log(self, tmp_path):
        run = builder.train(spec("[TensorBoard: [log_dir: board]]", epochs=2, then="{epochs: 3}"), runs=tmp_path)
        assert [step for step, _ in self.scalars(run.folder / "board" / "train", "epoch_loss")] == [0, 1]
        assert [step for step, _ in self.scalars(run.folder / "board" / "phase2" / "train", "epoch_loss")] == [0, 1, 2]

    def test_it_slows_training_down_only_where_it_listens_to_batches(self):
        from keras.callbacks import TensorBoard

        from builder.training.loop import hears_batches

        assert not hears_batches([TensorBoard()])
        assert hears_batches([TensorBoard(update_freq="batch")]) and hears_batches([TensorBoard(profile_batch=2)])
        assert hears_batches([TensorBoard(write_steps_per_second=True)])
