"""What can go wrong while training, found early and told in one sentence."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from builder.diagnostics import SpecError, fail
from builder.graph.plans import PhasePlan
from builder.training.cluster import is_lost
from builder.training.feed import Feed
from builder.training.files import is_full
from builder.training.state import Position


class Watch:
    """Looks at the losses of the last few steps at once, so that a GPU need not wait after each.

    What it keeps are numbers that are long computed; the first bad one is the guilty step's.
    """

    def __init__(self, model, plan: PhasePlan, feed: Feed, every: int = 8):
        self.model, self.plan, self.feed, self.every = model, plan, feed, every
        self.seen: list[tuple[Mapping, Position, int, object]] = []

    def see(self, logs: Mapping, position: Position, count: int, done) -> None:
        """Keeps the logs after a call of `count` steps, of which `done` (a tensor) were run; checks all where there are enough."""
        self.seen.append((logs, replace(position), count, done))
        if len(self.seen) > self.every:
            self.check()

    def check(self) -> None:
        """Checks all steps seen since the last check; a mean that went bad stays so to the epoch's end.

        Raises:
            SpecError: `bad-loss`, with step, learning rate and the outputs whose loss is not a number.
        """
        seen, self.seen = self.seen, []
        if seen and not _finite(seen[-1][0]):
            logs, position, count, done = next(call for call in seen if not _finite(call[0]))
            raise fail("bad-loss", self.plan.span, **self.facts(logs, position, count - int(done)))

    def facts(self, logs: Mapping, position: Position, left: int) -> dict:
        """Of the guilty step; `position` counts `left` steps too many, which were not run after it."""
        return {
            "loss": float(logs["loss"]), "epoch": position.epochs + 1, "step": position.step - left,
            "outputs": self.bad_outputs(logs), "rate": learning_rate(self.model),
            "fields": self.bad_fields(position.epochs, position.batch - left - 1), "clip": self.plan.clip,
        }

    def bad_outputs(self, logs: Mapping) -> tuple[str, ...]:
        """The outputs whose own loss went bad, which Keras logs only where there are several; of a program its terms."""
        terms = getattr(self.model, "terms", ())
        logged = {term.name: term.name for term in terms} or {name: f"{name}_loss" for name in self.model.output}
        bad = tuple(name for name, column in logged.items() if not math.isfinite(float(logs.get(column, 0.0))))
        return bad or tuple(logged)

    def bad_fields(self, epoch: int, batch: int) -> tuple[str, ...]:
        """The fields of a batch that themselves hold what is not a number."""
        import numpy as np

        bad: dict[str, None] = {}
        for inputs, targets, *_ in self.feed.training(epoch, batch).take(1):
            for name, value in (*inputs.items(), *targets.items()):
                array = np.asarray(value)
                if array.dtype.kind == "f" and not np.isfinite(array).all():
                    bad[name] = None
        return tuple(bad)


def _finite(logs: Mapping) -> bool:
    return math.isfinite(float(logs["loss"]))


def learning_rate(model) -> float:
    """The optimizer's learning rate at its present step, out of a schedule too."""
    import numpy as np

    return float(np.asarray(model.optimizer.learning_rate))


def learning_rates(model) -> dict[str, float]:
    """The learning rates by the names of their columns: that of the first optimizer, and of each other one whose is another."""
    import numpy as np

    first, optimizers = learning_rate(model), getattr(model, "optimizers", {})
    each = {f"{step}_learning_rate": float(np.asarray(one.learning_rate)) for step, one in optimizers.items()}
    return {"learning_rate": first, **{name: rate for name, rate in each.items() if rate != first}}


@dataclass(frozen=True)
class Circumstances:
    """What a sentence about a failure needs to know: where the run lies, its batch size, what is saved."""

    folder: Path
    batch: int
    plan: PhasePlan | None = None
    saved: Position | None = None
    workers: int = 1


def explained(error: BaseException, where: Circumstances) -> SpecError | None:
    """The failure as a fault of the machine, the data or the spec; None where it is none of these."""
    import tensorflow as tf

    span = where.plan.span if where.plan else None
    saved = where.saved.epochs if where.saved else 0
    if where.workers > 1 and is_lost(error):
        return fail("worker-lost", None, workers=where.workers, epochs=saved)
    if is_full(error):
        return fail("disk-full", None, folder=where.folder, epochs=saved)
    if isinstance(error, MemoryError | tf.errors.ResourceExhaustedError):
        return fail("out-of-memory", span, batch=where.batch, epochs=saved)
    if isinstance(error, tf.errors.InvalidArgumentError):
        return fail("step-refused", span, reason=gist(str(error)), epochs=saved)
    return None


def gist(message: str) -> str:
    """The telling sentence of TensorFlow's message, without the names of its graph's nodes."""
    long = re.search(r"Incompatible shapes: \[\d+,(\d+),(\d+)\] vs\. \[(\d+),\2\]", message)
    if long and int(long[1]) > int(long[3]):
        return f"a sequence has {long[1]} steps, and there are {long[3]} positions"
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("Graph execution error", "Detected at", "File ", "[["))]
    told = next((line for line in telling if "out of range" in line or "outside the valid range" in line), None)
    return (told or (telling or lines or ["no reason given"])[0])[:300]
