"""NPair: each pair of one class against all of the batch that is of other classes."""

import keras
from keras import ops

from builder.catalog.losses.batch import counted, log_sum, pairs, shared, unit


@keras.saving.register_keras_serializable(package="bricks")
class NPair(keras.losses.Loss):
    """N-pair loss of a batch by its classes: the mean of `log(1 + sum(exp(s(a, n) - s(a, p))))` over pairs `a`, `p` of one class.

    The sum is over every `n` of the batch that is of another class, and `s` is the dot product over the temperature, or with `normalize`
    the cosine over it (Sohn, Improved Deep Metric Learning with Multi-class N-pair Loss Objective, 2016). Where pairs come on two wires,
    take `InfoNCE`. A batch without such a pair costs 0.

    `y_true` are classes as whole numbers, (batch,) or (batch, 1); `y_pred` embeddings (batch, features). The loss gives one value an
    example, scaled so that their mean is that over all pairs.

    Args:
        temperature: Float, what similarities are divided by; the smaller, the more the hardest examples count.
        normalize: Boolean, whether similarity is the cosine.
        name: Optional name for the loss instance.
        reduction: Type of reduction over the batch, as of every loss of Keras.
        dtype: The dtype of the loss's computations.
    """

    def __init__(self, temperature=1.0, normalize=False, name=None, reduction="sum_over_batch_size", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if not temperature > 0:
            raise ValueError(f"`temperature` must be above 0. Received: temperature={temperature}")
        self.temperature, self.normalize = temperature, normalize

    def call(self, y_true, y_pred):
        alike, other = pairs(y_true)
        x = unit(y_pred) if self.normalize else y_pred
        near = ops.matmul(x, ops.transpose(x)) / self.temperature
        losses = ops.softplus(log_sum(near, other)[:, None] - near)
        paired = ops.logical_and(alike, ops.any(other, axis=-1, keepdims=True))
        return shared(ops.sum(ops.where(paired, losses, 0), axis=-1), counted(paired))

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature, "normalize": self.normalize}
