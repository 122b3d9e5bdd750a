"""A run folder: making it, finding it again, reading what is in it."""

import datetime
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from builder.diagnostics import SpecError, as_json, fail, near
from builder.training.files import read_json, write_json, write_text
from builder.training.log import metrics, read_log

RUNS = Path("runs")
FILE = "run.json"
MODEL = "model.keras"


@dataclass(frozen=True)
class Run:
    """A run folder. `info` is its `run.json`."""

    folder: Path

    @property
    def name(self) -> str:
        """The spec's name and the run's time, as the runs folder has them."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def info(self) -> dict:
        return read_json(self.folder / FILE, {})

    @property
    def state(self) -> str:
        """created, running, interrupted, failed or finished; killed where it says running and its process is gone."""
        info = self.info
        state = info.get("state", "unknown")
        here = info.get("host") == platform.node()
        return "killed" if state == "running" and here and not _alive(info.get("process")) else state

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """The names of the classes that it tells apart, by output."""
        info = self.info
        fields = {output: info.get("fields", {}).get(name, {}) for output, name in info.get("targets", {}).items()}
        return {output: tuple(known["classes"]) for output, known in fields.items() if known.get("classes")}

    @property
    def history(self) -> "History":
        return History(tuple(read_log(self.folder)))

    @cached_property
    def model(self):
        """The trained `keras.Model`, loaded at first use, not compiled.

        Raises:
            SpecError: `no-model`, training has not finished.
        """
        return load_model(self)

    def update(self, **facts: object) -> None:
        """Sets keys of `run.json`."""
        write_json(self.folder / FILE, {**self.info, **facts})

    def at_work(self, **facts: object) -> None:
        """Says that this process works at the run, and sets more keys."""
        self.update(state="running", process=os.getpid(), host=platform.node(), **facts)


@dataclass(frozen=True)
class History:
    """What was measured, a row an epoch: `phase`, `epoch`, `step`, `seconds` and the metrics."""

    rows: tuple[Mapping[str, object], ...]

    def __getitem__(self, name: str) -> list:
        """The values of one metric over the epochs."""
        return [row[name] for row in self.rows if name in row]

    @property
    def last(self) -> Mapping[str, object]:
        return self.rows[-1] if self.rows else {}


def told(error: Exception) -> list[dict]:
    """What `run.json` keeps of what went wrong, under `faults`."""
    return [as_json(one) for one in error.faults] if isinstance(error, SpecError) else [{"message": str(error), "kind": type(error).__name__}]


def _alive(process: int | None) -> bool:
    try:
        os.kill(process or 0, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it lives, and is another user's
        return True
    return True


def create(name: str, runs: Path = RUNS, *, spec: str = "", graph: str | None = None, **about: object) -> Run:
    """Makes `runs/<name>/<time>` with the resolved spec and the picture of the graph in it.

    `about` goes into `run.json` as it is; `source`, the data section as plain values (`plain.plain`), lets
    `predict` read new files as the run read its own.

    Raises:
        SpecError: `disk-full`; other OSErrors as they are.
    """
    folder = _new_folder(Path(runs) / name, datetime.datetime.now().strftime("%Y%m%d-%H%M%S"))
    write_text(folder / "spec.yaml", spec)
    if graph is not None:
        write_text(folder / "graph.svg", graph)
    run = Run(folder)
    run.update(format=1, name=name, state="created", created=datetime.datetime.now().isoformat("T", "seconds"),
               **about)
    return run


def _new_folder(parent: Path, time: str) -> Path:
    """A folder nobody else has made: the time, with a number where two runs begin in one second."""
    parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        folder = parent / (time if number == 1 else f"{time}-{number}")
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            number += 1


def list_runs(runs: Path = RUNS, name: str | None = None) -> list[Run]:
    """Every run below `runs`, oldest first, or those of one spec."""
    found = [path.parent for path in Path(runs).glob(f"{name or '*'}/*/{FILE}")]
    return [Run(folder) for folder in sorted(found, key=lambda folder: (_made(folder), folder.name))]


def find_run(which: str | Path = "latest", runs: Path = RUNS, trained: bool = False) -> Run:
    """The run a user means: a folder, `name/time`, a time, a spec's name (its latest run), or `latest`.

    With `trained`, the latest run is the latest that has a model, where any has: one that failed since hides none.

    Raises:
        SpecError: `no-run`, with the nearest names.
    """
    for folder in (Path(which), Path(runs) / which):
        if (folder / FILE).is_file():
            return Run(folder)
    every = list_runs(runs)
    fitting = [run for run in every if str(which) in ("latest", run.folder.name, run.folder.parent.name)]
    if fitting:
        return next((run for run in reversed(fitting) if trained and (run.folder / MODEL).is_file()), fitting[-1])
    names = [run.name for run in reversed(every)]
    meant = Path(which).stem if Path(which).suffix in (".yaml", ".yml") else str(which)  # a spec's file in place of its name
    close = near(meant, [*dict.fromkeys(run.folder.parent.name for run in every), *names])
    raise fail("no-run", None, which=str(which), runs=str(runs), names=tuple(names), near=tuple(close))


def load_model(run: Run):
    """The model a run has saved; raises as `Run.model` does."""
    path = run.folder / MODEL
    if not path.is_file():
        raise fail("no-model", None, run=run.name, state=run.state)
    import keras

    from builder.catalog import register_own

    register_own()  # Keras finds a layer of ours once its module was imported
    return keras.saving.load_model(path, compile=False)


def compare(runs: list[Run]) -> list[dict]:
    """A row a run: its name, state, epochs and the last value of every metric."""
    rows = []
    for run in runs:
        history = run.history
        last = history.last
        measured = [metric for metric in metrics(list(history.rows)) if metric != "learning_rate"]
        names = [name for metric in measured for name in (metric, f"val_{metric}") if name in last]
        tested = {f"test_{name}": value for name, value in run.info.get("test", {}).items()}
        rows.append({"run": run.name, "state": run.state, "epochs": len(history.rows),
                     **{name: last[name] for name in names}, **tested})
    return rows


def _made(folder: Path) -> str:
    return str(read_json(folder / FILE, {}).get("created", ""))
