"""What a run's report is made from while the run goes on, and its writing at the end, however that comes."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from builder.catalog.callbacks.tracking import Tracked, attach, short
from builder.diagnostics import Fault, SpecError, as_json, words
from builder.graph.graph import Graph
from builder.inside import judge_run
from builder.report import boundary
from builder.report.gallery import with_samples
from builder.report.page import FILE, write
from builder.training.evaluation import Evaluation
from builder.training.files import write_text
from builder.training.health import Circumstances, explained
from builder.training.reporter import Silent, Started
from builder.training.run import Run

STATES = {"finished": "FINISHED", "interrupted": "KILLED"}  # as MLflow calls them
TRACKED = (FILE, "spec.yaml", "graph.svg", "curves.png")


class Heard(Silent):
    """A reporter that keeps the warnings of a run, and brings its folder up to the spec that it goes on with."""

    def __init__(self, spec: str):
        self.spec, self.warnings, self.begun = spec, [], False

    def started(self, what: Started) -> None:
        """The run is taken up: from here its folder holds the spec as changed, and no figures of the time before."""
        self.begun = True
        path = what.folder / "spec.yaml"
        if path.read_text(encoding="utf-8") != self.spec:
            write_text(path, self.spec)
        if what.resumed:
            Run(what.folder).update(test={}, evaluated=None)

    def warning(self, fault: Fault) -> None:
        self.warnings.append(as_json(fault.as_warning()))


def about_data(data, targets: Iterable[str]) -> dict:
    """What a report tells of the data, as plain values: the splits' sizes, how often each class is in them, what was decided."""
    counted = [name for name in dict.fromkeys(targets) if name in data.fields and data.fields[name].classes and data.fields[name].shape in ((), (1,))]
    return {
        "splits": {name: split.size for name, split in data.splits.items()},
        "classes": {name: {split: _counts(part, name) for split, part in data.splits.items()} for name in counted},
        "notes": list(data.notes), "skipped": data.skipped,
    }


def _counts(split, name: str) -> list[int]:
    values = np.asarray(split.column(name)).ravel().astype("int64")
    return np.bincount(values[values >= 0]).tolist()


@contextlib.contextmanager
def reported(run: Run, graph: Graph, heard: Heard, reporter) -> Iterator[None]:
    """Around training: a run that is stopped or fails once it has begun has its report too."""
    try:
        yield
    except Exception:
        if heard.begun:
            close(run, graph, None, reporter.warning, heard.warnings)
        raise


def conclude(run: Run, graph: Graph, data, plan, model, heard: Heard, reporter, wires: Callable | None = None) -> None:
    """After training: the run is judged by its last phase, and its report written; `wires` as in `evaluate`."""
    found = judged(run, data, plan, model, reporter.warning, wires)
    with contextlib.suppress(OSError):  # told when the report itself cannot be written
        boundary.keep_last(run.folder, model, data, plan, run.info["epochs"])
        found = found and with_samples(run, found)
    close(run, graph, found, reporter.warning, heard.warnings)


def judged(run: Run, data, plan, model, warn: Callable[[Fault], None], wires: Callable | None = None) -> Evaluation | None:
    """The evaluation of a run that has just finished; None and a warning where it cannot be made, for the run is whole without it."""
    try:
        return judge_run(run, data, plan, model=model, wires=wires)
    except Exception as error:  # whatever the machine has against it
        told = error if isinstance(error, SpecError) else explained(error, Circumstances(run.folder, data.batch, plan))
        if told is None and not isinstance(error, OSError):
            raise
        problem = words(told.faults[0]).title if told else _reason(error)
    warn(Fault("report-unjudged", None, {"run": run.name, "problem": problem}, severity="warning"))
    return None


def close(run: Run, graph: Graph | None, evaluation: Evaluation | None, warn: Callable[[Fault], None],
          warnings: list[dict] | None = None) -> Path | None:
    """Writes the report, with the warnings of the run where they are known; None and a warning where the disk does not let us."""
    try:
        if warnings is not None:
            run.update(warnings=warnings)
        path = write(run, graph, evaluation)
    except OSError as error:
        facts = {"path": str(run.folder / FILE), "problem": _reason(error), "run": run.name}
        warn(Fault("report-unwritten", None, facts, severity="warning"))
        path = None
    _track(run, evaluation, warn)
    return path


def _track(run: Run, evaluation: Evaluation | None, warn: Callable[[Fault], None]) -> None:
    """Hands the report to MLflow, where the run is kept there; a warning where it is not taken."""
    tracked = Tracked.read(run.folder)
    if tracked is None:
        return
    try:
        attach(run.folder, STATES.get(run.state, "FAILED"), TRACKED, evaluation.metrics if evaluation else {})
    except Exception as error:  # noqa: BLE001 - stores fail in their own ways: MLflow's, the network's, the disk's
        warn(Fault("tracking-unfinished", None, {"uri": tracked.uri, "reason": short(error), "run": run.name}, severity="warning"))


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
