"""LinearWarmup: a learning rate that grows for so many steps before its schedule begins."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="bricks")
class LinearWarmup(keras.optimizers.schedules.LearningRateSchedule):
    """Grows in a straight line for so many steps, then follows any schedule, whose steps are counted from there (Goyal et al. 2017, section 2.2).

    `LinearWarmup: [CosineDecay: [0.1, 1000], steps: 100]` equals Keras's own
    `CosineDecay: [0.0, 1000, warmup_target: 0.1, warmup_steps: 100]`; other schedules of Keras have no such arguments.

    Args:
        learning_rate: A float or a `LearningRateSchedule`, what comes after.
        steps: Int, the number of steps (batches) that the rate grows for.
        start: Float, the learning rate at the first step.

    Raises:
        ValueError: `steps` is less than 1.
    """

    def __init__(self, learning_rate, steps, start=0.0):
        super().__init__()
        if steps < 1:
            raise ValueError(f"`steps` must be at least 1. Received: steps={steps}")
        self.learning_rate, self.steps, self.start = learning_rate, int(steps), float(start)

    def __call__(self, step):
        step = ops.cast(step, "float32")
        target, after = self.rate(ops.zeros_like(step)), self.rate(ops.maximum(step - self.steps, 0.0))
        return ops.where(step < self.steps, self.start + (target - self.start) * step / self.steps, after)

    def rate(self, step):
        """What comes after the warm-up, at a step counted from its end."""
        whole = self.learning_rate
        return whole(step) if callable(whole) else ops.cast(whole, "float32")

    def get_config(self):
        rate = self.learning_rate
        return {"learning_rate": keras.saving.serialize_keras_object(rate) if callable(rate) else rate, "steps": self.steps, "start": self.start}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        rate = config["learning_rate"]
        return cls(**config | {"learning_rate": keras.saving.deserialize_keras_object(rate) if isinstance(rate, dict) else rate})
