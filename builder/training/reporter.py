"""What training tells while it runs; who listens (a progress bar, a test) is not its business."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from builder.diagnostics import Fault


@dataclass(frozen=True)
class Started:
    """The beginning of a run, or its going on: `epoch` epochs and `step` steps are already done.

    `model`, `data` and `plans` are what is trained, on what and how, for a listener that predicts between epochs.
    """

    folder: Path
    phases: int
    epochs: int
    steps: int
    epoch: int = 0
    step: int = 0
    resumed: bool = False
    model: object = None
    data: object = None
    plans: tuple = ()


class Reporter(Protocol):
    """Epochs and batches are counted from 1 as people do; `logs` are plain numbers by metric name."""

    def checked(self, what) -> None:
        """Hears the spec once it is without faults, as the `Checked` that `experiment.check` gives."""

    def member(self, name: str, number: int, count: int) -> None:
        """Hears which member of an ensemble comes next, counted from 1, before its own `checked` and `started`."""

    def started(self, what: Started) -> None: ...

    def epoch_started(self, epoch: int, epochs: int, steps: int, phase: int) -> None: ...

    def step(self, epoch: int, batch: int, steps: int, logs: Mapping[str, float]) -> None: ...

    def epoch_ended(self, epoch: int, epochs: int, row: Mapping[str, object]) -> None: ...

    def warning(self, fault: Fault) -> None: ...

    def note(self, sentence: str) -> None: ...

    def finished(self, folder: Path, row: Mapping[str, object]) -> None: ...


class Silent:
    """Hears everything and says nothing."""

    def checked(self, what) -> None:
        pass

    def member(self, name: str, number: int, count: int) -> None:
        pass

    def started(self, what: Started) -> None:
        pass

    def epoch_started(self, epoch: int, epochs: int, steps: int, phase: int) -> None:
        pass

    def step(self, epoch: int, batch: int, steps: int, logs: Mapping[str, float]) -> None:
        pass

    def epoch_ended(self, epoch: int, epochs: int, row: Mapping[str, object]) -> None:
        pass

    def warning(self, fault: Fault) -> None:
        pass

    def note(self, sentence: str) -> None:
        pass

    def finished(self, folder: Path, row: Mapping[str, object]) -> None:
        pass


class Several:
    """Tells what it hears to several reporters, in order."""

    def __init__(self, *reporters: Reporter):
        self.reporters = reporters

    def __getattr__(self, name: str):
        heard = [getattr(one, name) for one in self.reporters]

        def tell(*what: object) -> None:
            for hear in heard:
                hear(*what)

        return tell
