"""The loop around Keras's own train step that, unlike `fit`, goes on exactly where it was left."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from builder.training import carry
from builder.training.feed import Feed
from builder.training.health import Watch, learning_rates
from builder.training.pace import Pace
from builder.training.phases import Prepared
from builder.training.state import Position
from builder.training.stepper import Stepper

PAUSE = 0.1
TESTED = 8  # batches of a validation split in one call


@dataclass
class Loop:
    """One phase being run: `save` writes a checkpoint, `ended` hears an epoch's row, `asked` is true after Ctrl-C,
    `settled` hears that the pace has been found, `agreed` gives the chief's logs where there are several workers.

    `epochs` counts those of all phases; `every` so many steps a checkpoint is written too.
    """

    prepared: Prepared
    feed: Feed
    stepper: Stepper
    pace: Pace
    callbacks: object
    position: Position
    watch: Watch
    save: Callable[[], None]
    ended: Callable[[dict], None]
    settled: Callable[[], None]
    asked: Callable[[], bool]
    reporter: object
    epochs: int
    every: int | None = None
    hooked: bool = False
    agreed: Callable[[dict], dict] = dict
    told: float = 0.0
    began: float = 0.0
    waited: float = 0.0
    iterator: object = None
    validation: object = None

    @property
    def model(self):
        return self.prepared.model

    def run(self) -> bool:
        """Trains to the phase's end; False where the user asked to stop before it."""
        while self.position.epoch < self.prepared.plan.epochs and not self.position.stopped:
            if not self.epoch() or self.asked():
                return False
        self.stepper.finalize()
        self.callbacks.on_train_end({})
        return True

    def epoch(self) -> bool:
        """One epoch, or what is left of it, with its validation; False where it was cut short."""
        self.reporter.epoch_started(
            self.position.epochs + 1, self.epochs, self.feed.steps, self.position.phase + 1)
        if self.position.batch == 0:
            self.model.reset_metrics()
            carry.reset(self.model, carry.TRAINING)
            self.callbacks.on_epoch_begin(self.position.epoch)
        if not self.batches():
            return False
        logs, idle = numbers(self.model.get_metrics_result()), getattr(self.model, "idle", ())
        logs = {name: value for name, value in logs.items() if name not in idle}
        waited = self.share_waited()
        logs = self.agreed(logs | self.validate())
        rates = learning_rates(self.model)
        self.callbacks.on_epoch_end(self.position.epoch, logs)
        self.position.epoch += 1
        self.position.epochs += 1
        self.position.batch = 0
        self.position.stopped = self.model.stop_training
        self.ended({"waited": waited, **logs, **rates})
        return True

    def batches(self) -> bool:
        """The epoch's steps, a few of them a call; False where the user asked to stop between two calls."""
        position, steps = self.position, self.feed.steps
        self.waited, self.began = 0.0, time.perf_counter()
        if self.iterator is None:
            self.iterator = iter(self.feed.training(position.epochs, position.batch, endless=True))
        while position.batch < steps and not self.model.stop_training:
            self.call(self.count())
            if position.batch < steps and not self.between():
                return False
        self.watch.check()
        return True

    def share_waited(self) -> float:
        """The share of the epoch's steps, or of what was left of them, that went by waiting for data."""
        return round(float(self.waited) / max(time.perf_counter() - self.began, 1e-9), 3)

    def count(self) -> int:
        """Steps of the next call: by the pace, but not past the epoch's end or the next checkpoint."""
        batch = self.position.batch
        room = self.every - batch % self.every if self.every else self.feed.steps
        return min(self.pace.steps, self.feed.steps - batch, room)

    def call(self, count: int) -> None:
        position, began = self.position, time.perf_counter()
        if self.hooked:
            self.callbacks.on_train_batch_begin(position.batch)
        logs, done, waited = self.stepper.train(self.iterator, count)
        self.waited = self.waited + waited
        if not self.pace.settled:
            float(waited)  # to time it: a GPU is still at work when the call returns
            if self.pace.took(count, time.perf_counter() - began):
                self.settled()
        position.batch += count
        position.step += count
        if self.hooked:
            self.callbacks.on_train_batch_end(position.batch - 1, logs)
        self.watch.see(logs, position, count, done)
        self.tell(logs)

    def between(self) -> bool:
        """Between two calls: saves where it is time to; False where the user asked to stop."""
        asked = self.asked()
        if asked or (self.every and self.position.batch % self.every == 0):
            self.watch.check()
            self.save()
        return not asked

    def validate(self) -> dict[str, float]:
        """The validation split's numbers under `val_` names; nothing where there is no such split."""
        if not self.feed.has("validation"):
            return {}
        self.validation = self.validation or self.feed.plain("validation")
        logs = test(self.model, self.stepper.test, self.validation, self.feed.batches("validation"), self.callbacks)
        return {f"val_{name}": value for name, value in logs.items()}

    def tell(self, logs: Mapping) -> None:
        now = time.monotonic()
        if now - self.told >= PAUSE or self.position.batch == self.feed.steps:
            self.told = now
            self.reporter.step(self.position.epochs + 1, self.position.batch, self.feed.steps, numbers(logs))


def hears_batches(callbacks: Iterable) -> bool:
    """Whether a callback does something at batches.

    Keras hands each batch to its callbacks through a thread, which takes as long as a small model's step.
    """
    from keras.callbacks import Callback

    names = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
    return any(getattr(type(one), name) is not getattr(Callback, name) for one in callbacks if not _sleeps(one) for name in names)


def _sleeps(callback) -> bool:
    """TensorBoard does nothing at batches unless it is told to."""
    told = (getattr(callback, name, True) for name in ("_should_trace", "write_steps_per_second"))
    return type(callback).__name__ == "TensorBoard" and callback.update_freq == "epoch" and not any(told)


def test(model, run: Callable, dataset, steps: int, callbacks) -> dict[str, float]:
    """What `model.evaluate` gives, by `Stepper.test`, which is traced once for all epochs."""
    callbacks.on_test_begin()
    model.reset_metrics()
    carry.reset(model, carry.JUDGING)
    iterator = iter(dataset)
    for batch in range(0, steps, TESTED):
        callbacks.on_test_batch_begin(batch)
        count = min(TESTED, steps - batch)
        logs, *_ = run(iterator, count)
        callbacks.on_test_batch_end(batch + count - 1, logs)
    logs = numbers(model.get_metrics_result())
    callbacks.on_test_end(logs)
    return logs


def numbers(logs: Mapping) -> dict[str, float]:
    """Tensors as Python numbers; a metric of several values keeps its name with a number."""
    import numpy as np

    plain: dict[str, float] = {}
    for name, value in logs.items():
        value = np.asarray(value)
        if value.ndim == 0:
            plain[name] = float(value)
        else:
            plain |= {f"{name}_{index}": float(item) for index, item in enumerate(value.ravel())}
    return plain
