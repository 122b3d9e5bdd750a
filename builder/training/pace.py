"""How training is executed: how many steps a call of TensorFlow takes, and whether XLA compiles them, found by measuring."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from builder.graph.plans import ExecutionPlan

# Ctrl-C is heard and progress told between two calls, so a call stays well below what a person notices.
LONGEST, MOST = 0.1, 256
# A trial of XLA takes seconds: it is made where steps are so small that their overhead rules, and many are to come.
SMALL, MANY = 1e8, 5000
TRIAL, ROUNDS, GAIN = 16, 2, 0.9


@dataclass
class Pace:
    """Steps a call: doubled while calls are short, then settled; a given number is kept.

    The bits of a run do not depend on it, so it may grow while training runs.
    """

    steps: int = 1
    settled: bool = False
    calls: int = field(default=0, repr=False)

    def took(self, count: int, seconds: float) -> bool:
        """Hears how long a call of `count` steps took; True where this settles the pace."""
        self.calls += 1
        if self.settled or count < self.steps or self.calls == 1:  # the first call also traces
            return False
        if seconds <= LONGEST / 2 and self.steps < MOST:
            self.steps *= 2
            return False
        self.settled = True
        return True


@dataclass(frozen=True)
class Execution:
    """What was chosen: whether XLA compiles the train step, and steps a call where they are known already.

    `gain` is XLA's share of the time without it, where both were tried.
    """

    xla: bool
    steps: int | None = None
    gain: float | None = None

    def pace(self, hooked: bool) -> Pace:
        """A callback that hears batches hears each one, unless the spec says how many steps a call takes."""
        return Pace(self.steps, settled=True) if self.steps else Pace(settled=hooked)

    def as_json(self, steps: int | None) -> dict:
        """As `run.json` keeps it, under Keras's names; without steps as long as the pace has not been found."""
        return {"steps_per_execution": steps, "jit_compile": self.xla, "gain": self.gain}

    def told(self, steps: int) -> str:
        """One sentence for people."""
        calls = f"{steps} steps a call" if steps > 1 else "one step a call"
        tried = "" if self.gain is None else f" ({self.gain:.2f} of the time without)"
        return f"execution: {calls}, {'with' if self.xla else 'without'} XLA{tried}"


def settled(plan: ExecutionPlan, stored: Mapping | None, compiles: bool) -> Execution | None:
    """What needs no trial: the spec's word, else what the run was begun with, else Keras's own choice where that is to
    compile (on a GPU); None where a trial has to tell."""
    stored = stored or {}
    steps = plan.steps_per_execution or stored.get("steps_per_execution")
    said = next((one for one in (plan.jit_compile, stored.get("jit_compile"), compiles or None) if one is not None), None)
    return None if said is None else Execution(said, steps, stored.get("gain"))


def worth_a_trial(model, batch: int, steps: int) -> bool:
    """Whether XLA might win: small steps, and enough of them to earn the trial's seconds back."""
    return steps >= MANY and 3 * work(model) * batch <= SMALL


def trial(plain: Callable, compiled: Callable, batches: Callable) -> float | None:
    """The time of compiled steps as a share of the time of plain ones, the best of a few rounds of each, in turn.

    None where XLA cannot compile them, such as a step that looks words up.

    Args:
        plain, compiled: two `Stepper.train`; they train, so the caller keeps and restores the state.
        batches: makes an endless iterator.
    """
    import tensorflow as tf

    sides, best = ((plain, batches()), (compiled, batches())), [math.inf, math.inf]
    for number in range(ROUNDS + 1):
        for side, (run, iterator) in enumerate(sides):
            began = time.perf_counter()
            try:
                run(iterator, TRIAL)
            except (tf.errors.OpError, ValueError):
                if run is plain:
                    raise
                return None
            if number:  # the first round traces
                best[side] = min(best[side], time.perf_counter() - began)
    return best[1] / best[0]


def work(model) -> int:
    """Multiply-accumulates for one example, near enough: each weight is used at each place of the output."""
    from builder.training.freeze import layers_by_name

    return sum(layer.count_params() * _places(layer) for _, layer in layers_by_name(model))


def _places(layer) -> int:
    """Positions of a layer's output: pixels or time steps, 1 for a plain vector; free sizes count as 64.

    An embedding looks its weights up and multiplies nothing.
    """
    if hasattr(layer, "embeddings"):
        return 0
    try:
        shape = layer.output.shape if not isinstance(layer.output, list | tuple | dict) else ()
    except AttributeError:
        return 1
    return math.prod(64 if size is None else size for size in shape[1:-1])
