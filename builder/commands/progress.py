"""The progress of a training run: a bar in a terminal, a line an epoch in a pipe."""

from collections.abc import Mapping
from pathlib import Path

import click

from builder.commands.output import complain, console
from builder.training.reporter import Silent

QUIET = ("epoch", "phase", "step", "seconds", "waited", "learning_rate")


class Progress:
    """A Reporter (see builder.training) that prints."""

    def __init__(self) -> None:
        self.console = console(stderr=True)
        self.bar = None
        self.task = None
        self.who = ""

    def checked(self, what) -> None:
        pass

    def member(self, name: str, number: int, count: int) -> None:
        self.stop()
        self.who = f"{name} ({number}/{count})  "

    def started(self, what) -> None:
        if what.resumed:
            click.echo(f"going on with {what.folder} after {what.epoch} epochs", err=True)
        if self.console.is_terminal:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self.bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                                TextColumn("{task.fields[figures]}"), console=self.console, transient=True)
            self.bar.start()

    def epoch_started(self, epoch: int, epochs: int, steps: int, phase: int) -> None:
        if self.bar:
            if self.task is not None:
                self.bar.remove_task(self.task)
            self.task = self.bar.add_task(f"{self.who}epoch {epoch}/{epochs}", total=steps, figures="")

    def step(self, epoch: int, batch: int, steps: int, logs: Mapping[str, float]) -> None:
        if self.bar:
            self.bar.update(self.task, completed=batch, figures=figures(logs))

    def epoch_ended(self, epoch: int, epochs: int, row: Mapping[str, object]) -> None:
        seconds = row.get("seconds")
        time = f"  {seconds:.1f} s" if isinstance(seconds, float) else ""
        line = f"{self.who}epoch {epoch}/{epochs}  {figures(row)}{time}"
        self.bar.console.print(line) if self.bar else click.echo(line, err=True)

    def warning(self, fault) -> None:
        complain([fault.as_warning()])

    def note(self, sentence: str) -> None:
        click.echo(f"note: {sentence}", err=True)

    def finished(self, folder: Path, row: Mapping[str, object]) -> None:
        self.stop()

    def stop(self) -> None:
        """Takes the bar away; what was printed stays."""
        if self.bar:
            self.bar.stop()
            self.bar = self.task = None


class Quiet(Silent):
    """A Reporter for one of several workers that is not the chief: it says nothing."""

    def stop(self) -> None:
        pass


def figures(row: Mapping[str, object]) -> str:
    """loss 0.0312  accuracy 0.9911"""
    shown = {name: value for name, value in row.items() if name not in QUIET and isinstance(value, float)}
    return "  ".join(f"{name} {value:.4g}" for name, value in shown.items())
