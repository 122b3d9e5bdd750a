"""MLflow: what a run measures, kept where MLflow shows it beside other runs."""

import contextlib
import os
import re
import time
from pathlib import Path

import keras

from builder.catalog.callbacks import callback
from builder.catalog.callbacks.tracking import Tracked, client_of, flattened, short
from builder.diagnostics import fail

MOST = 900  # of 1,000 metrics that MLflow takes in a batch


@callback
class MLflow(keras.callbacks.Callback):
    """Keeps the metrics of each epoch, the values of the spec and, at the end, the report in MLflow.

    Needs the extra `mlflow`. A resumed run goes on in its MLflow run. Where the tracking server cannot be reached
    while training goes on, training does: what was measured is sent later.

    Args:
        experiment: String, the experiment's name. None: the name of the spec.
        tracking_uri: String, where MLflow keeps its runs: a folder, `sqlite:///mlflow.db` (which needs SQLAlchemy) or the
            address of a server. None: `MLFLOW_TRACKING_URI`, else the folder `mlruns` beside `runs`.
        run_name: String, the run's name in MLflow. None: the name of the run folder.
    """

    def __init__(self, experiment=None, tracking_uri=None, run_name=None):
        super().__init__()
        self.experiment, self.run_name = experiment, run_name
        self.tracking_uri = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or "mlruns"
        self.folder, self.before = Path(), 0
        self._client = self._run = None
        self._logged, self._pending = 0, []

    def keep_in(self, folder: Path, before: int) -> None:
        """Hears the run's folder, and how many epochs the phases before this one had."""
        self.folder, self.before = Path(folder), before

    def on_train_begin(self, logs=None):
        """Opens the MLflow run, or the one that the run folder has begun.

        Raises:
            SpecError: `tracking-refused`, MLflow cannot keep anything there.
        """
        try:
            self._client = client_of(self.tracking_uri)
            tracked = Tracked.read(self.folder)
            if tracked is not None and tracked.uri == self.tracking_uri:
                self._run = tracked.run
                self._logged = max((one.step for one in self._client.get_metric_history(tracked.run, "loss")), default=0)
                self._client.update_run(tracked.run, status="RUNNING")
            else:
                self._run = self._begin()
        except Exception as error:  # stores fail in their own ways: MLflow's, the network's, the disk's
            raise fail("tracking-refused", None, uri=self.tracking_uri, reason=short(error)) from error

    def _begin(self) -> str:
        """A new MLflow run with the values of the spec."""
        from mlflow.entities import Param, RunTag

        name = self.experiment or self.folder.parent.name
        known = self._client.get_experiment_by_name(name)
        experiment = known.experiment_id if known else self._client.create_experiment(name)
        run = self._client.create_run(experiment, run_name=self.run_name or self.folder.name).info.run_id
        values = {**flattened(self.folder / "spec.yaml"), "parameters": self.model.count_params()}
        params = [Param(_name(key), str(value)[:500]) for key, value in values.items()]
        tags = [RunTag("bricks.run", f"{self.folder.parent.name}/{self.folder.name}"), RunTag("bricks.folder", str(self.folder.resolve()))]
        for start in range(0, len(params), 100):
            self._client.log_batch(run, params=params[start:start + 100], tags=tags if start == 0 else ())
        Tracked(self.tracking_uri, run).write(self.folder)
        return run

    def on_epoch_end(self, epoch, logs=None):
        """Keeps the numbers of an epoch, counted from 1 through all phases."""
        step, now = self.before + epoch + 1, int(time.time() * 1000)
        if step > self._logged:  # a run killed after its last checkpoint comes by here again, with the same numbers
            rate = {"learning_rate": float(self.model.optimizer.learning_rate)}
            self._pending += [(_name(key), float(value), now, step) for key, value in {**(logs or {}), **rate}.items()]
            self._logged = step
        self._send()

    def on_train_end(self, logs=None):
        self._send()

    def _send(self) -> None:
        """Sends what has not been; what a server does not take now is kept for the next time."""
        from mlflow.entities import Metric

        with contextlib.suppress(Exception):
            while self._pending:
                self._client.log_batch(self._run, metrics=[Metric(*one) for one in self._pending[:MOST]])
                self._pending = self._pending[MOST:]


def _name(key: str) -> str:
    """A name with the characters that MLflow takes."""
    return re.sub(r"[^\w\-. /]", "_", key)[:250]

