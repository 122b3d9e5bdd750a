"""The loop around Keras's own train step that, unlike `fit`, goes on exactly where it was left."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from builder.training.feed import Feed
from builder.training.health import Watch, learning_rate
from builder.training.phases import Prepared
from builder.training.state import Position

PAUSE = 0.1


@dataclass
class Loop:
    """One phase being run: `save` writes a checkpoint, `ended` hears an epoch's logs and learning rate, `asked` is true after Ctrl-C.

    `epochs` counts those of all phases; `every` so many steps a checkpoint is written too.
    """

    prepared: Prepared
    feed: Feed
    callbacks: object
    position: Position
    watch: Watch
    save: Callable[[], None]
    ended: Callable[[dict, float], None]
    asked: Callable[[], bool]
    reporter: object
    epochs: int
    every: int | None = None
    told: float = 0.0
    iterator: object = None
    validation: object = None

    def __post_init__(self) -> None:
        # Keras hands each batch to its callbacks through a thread, which takes as long as a small model's step.
        self.hooked = any(_hears_batches(callback) for callback in self.callbacks.callbacks)

    @property
    def model(self):
        return self.prepared.model

    def run(self) -> bool:
        """Trains to the phase's end; False where the user asked to stop before it."""
        while self.position.epoch < self.prepared.plan.epochs and not self.position.stopped:
            if not self.epoch() or self.asked():
                return False
        self.model.optimizer.finalize_variable_values(self.model.trainable_weights)
        self.callbacks.on_train_end({})
        return True

    def epoch(self) -> bool:
        """One epoch, or what is left of it, with its validation; False where it was cut short."""
        self.reporter.epoch_started(
            self.position.epochs + 1, self.epochs, self.feed.steps, self.position.phase + 1)
        if self.position.batch == 0:
            self.model.reset_metrics()
            self.callbacks.on_epoch_begin(self.position.epoch)
        if not self.batches():
            return False
        logs = numbers(self.model.get_metrics_result())
        logs |= self.validate()
        rate = learning_rate(self.model)
        self.callbacks.on_epoch_end(self.position.epoch, logs)
        self.position.epoch += 1
        self.position.epochs += 1
        self.position.batch = 0
        self.position.stopped = self.model.stop_training
        self.ended(logs, rate)
        return True

    def batches(self) -> bool:
        """The epoch's steps, each execution a few of them; False where the user asked to stop between two."""
        position, steps, model = self.position, self.feed.steps, self.model
        iterator = self.batches_from(position)
        while position.batch < steps and not model.stop_training:
            if self.hooked:
                self.callbacks.on_train_batch_begin(position.batch)
            logs = model.train_function(iterator)
            count = min(model.steps_per_execution, steps - position.batch)
            position.batch += count
            position.step += count
            if self.hooked:
                self.callbacks.on_train_batch_end(position.batch - 1, logs)
            self.watch.see(logs, position)
            self.tell(logs)
            if position.batch < steps and not self.between():
                return False
        self.watch.check()
        return True

    def batches_from(self, position: Position):
        """An iterator at this batch: the one at hand, or a new one; it is kept where executions end with epochs."""
        execution = self.model.steps_per_execution
        if self.iterator is None:
            endless = self.feed.steps % execution == 0 == position.batch % execution
            iterator = iter(self.feed.training(position.epochs, position.batch, endless))
            self.iterator = iterator if endless else None
            return iterator
        return self.iterator

    def between(self) -> bool:
        """Between two executions: saves where it is time to; False where the user asked to stop."""
        asked = self.asked()
        if asked or (self.every and self.position.batch % self.every < self.model.steps_per_execution):
            self.watch.check()
            self.save()
        return not asked

    def validate(self) -> dict[str, float]:
        """The validation split's numbers under `val_` names; nothing where there is no such split."""
        if not self.feed.has("validation"):
            return {}
        self.validation = self.validation or self.feed.plain("validation")
        logs = test(self.model, self.validation, self.feed.batches("validation"), self.callbacks)
        return {f"val_{name}": value for name, value in logs.items()}

    def tell(self, logs: Mapping) -> None:
        now = time.monotonic()
        if now - self.told >= PAUSE or self.position.batch == self.feed.steps:
            self.told = now
            self.reporter.step(self.position.epochs + 1, self.position.batch, self.feed.steps, numbers(logs))


def _hears_batches(callback) -> bool:
    """Whether a callback does something at batches."""
    from keras.callbacks import Callback

    names = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
    return any(getattr(type(callback), name) is not getattr(Callback, name) for name in names)


def test(model, dataset, steps: int, callbacks) -> dict[str, float]:
    """What `model.evaluate` gives, by the compiled test step, which is traced once for all epochs."""
    model.make_test_function()
    callbacks.on_test_begin()
    model.reset_metrics()
    iterator = iter(dataset)
    for batch in range(0, steps, model.steps_per_execution):
        callbacks.on_test_batch_begin(batch)
        logs = model.test_function(iterator)
        callbacks.on_test_batch_end(batch + model.steps_per_execution - 1, logs)
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
