"""The progress of a training run: a bar in a terminal, a line an epoch in a pipe."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from builder.commands.output import complain, console
from builder.training.reporter import Silent

QUIET = ("epoch", "phase", "step", "seconds", "waited", "learning_rate")
BAR = 54  # columns of a bar without its figures


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

            self.bar = Progress(TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn(), TimeRemainingColumn(),
                                TextColumn("{task.fields[figures]}"), console=self.console, transient=True)
            self.bar.start()

    def epoch_started(self, epoch: int, epochs: int, steps: int, phase: int) -> None:
        if self.bar:
            if self.task is not None:
                self.bar.remove_task(self.task)
            self.task = self.bar.add_task(f"{self.who}epoch {epoch}/{epochs}", total=steps, figures="")

    def step(self, epoch: int, batch: int, steps: int, logs: Mapping[str, float]) -> None:
        if self.bar:
            self.bar.update(self.task, completed=batch, figures=shortened(figures(totals(logs)), self.console.width - BAR - len(self.who)))

    def epoch_ended(self, epoch: int, epochs: int, row: Mapping[str, object]) -> None:
        seconds = row.get("seconds")
        time = [f"{seconds:.1f} s"] if isinstance(seconds, float) else []
        head = f"{self.who}epoch {epoch}/{epochs}  "
        if self.bar:
            self.bar.console.print(head + fitted(row, time, self.console.width, len(head)), soft_wrap=True)
        else:
            click.echo(head + "  ".join([*figures(row), *time]), err=True)

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


def figures(row: Mapping[str, object]) -> list[str]:
    """["loss 0.0312", "accuracy 0.9911"]"""
    return [f"{name} {value:.4g}" for name, value in row.items() if name not in QUIET and isinstance(value, float)]


def totals(row: Mapping[str, object]) -> dict[str, object]:
    """Without the terms of those steps whose sum is there: `critic_made_loss` beside `critic_loss`; the log has them all."""
    sums = [name.removesuffix("loss") for name in row if name.endswith("_loss") and name != "val_loss"]
    return {name: value for name, value in row.items() if not (name.endswith("_loss")
                                                               and any(name.startswith(step) and name != f"{step}loss" for step in sums))}


def fitted(row: Mapping[str, object], time: Sequence[str], width: int, indent: int) -> str:
    """The figures of an epoch and its time after so many columns of a terminal: all in one line, else the totals, in more lines if need be."""
    every, room = [*figures(row), *time], width - indent
    return wrapped(every if len("  ".join(every)) <= room else [*figures(totals(row)), *time], room, indent)


def wrapped(told: Sequence[str], room: int, indent: int) -> str:
    """Figures in lines of so many columns, those after the first indented; none is broken in two."""
    lines = [""]
    for one in told:
        longer = f"{lines[-1]}  {one}" if lines[-1] else one
        if lines[-1] and len(longer) > room:
            lines.append(one)
        else:
            lines[-1] = longer
    return f"\n{' ' * indent}".join(lines)


def shortened(told: Sequence[str], room: int) -> str:
    """The first figures, as many as there is room for; the first in any case."""
    return wrapped(told, room, 0).partition("\n")[0]
