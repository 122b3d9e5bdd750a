"""LiftedStructure: each pair of one class against all that is near to either of the two."""

import keras
from keras import ops

from builder.catalog.losses.batch import counted, distances, log_sum, pairs, shared


@keras.saving.register_keras_serializable(package="bricks")
class LiftedStructure(keras.losses.Loss):
    """Lifted structured loss: half the mean of `max(0, J)^2` over the pairs of one class in the batch.

    For a pair `i`, `j` it is `J = log(sum(exp(margin - d(i, k))) + sum(exp(margin - d(j, l)))) + d(i, j)`, with `k` and `l` of other
    classes and `d` the Euclidean distance (Oh Song, Xiang, Jegelka, Savarese, Deep Metric Learning via Lifted Structured Feature
    Embedding, 2016). A batch without a pair, or of one class, costs 0.

    `y_true` are classes as whole numbers, (batch,) or (batch, 1); `y_pred` embeddings (batch, features). The loss gives one value an
    example, scaled so that their mean is the loss over all pairs.

    Args:
        margin: Float, how far other classes are to be.
        name: Optional name for the loss instance.
        reduction: Type of reduction over the batch, as of every loss of Keras.
        dtype: The dtype of the loss's computations.
    """

    def __init__(self, margin=1.0, name=None, reduction="sum_over_batch_size", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.margin = margin

    def call(self, y_true, y_pred):
        alike, other = pairs(y_true)
        apart = distances(y_pred, squared=False)
        near = log_sum(self.margin - apart, other)
        both = ops.logaddexp(near[:, None], near[None]) + apart
        losses = ops.square(ops.relu(both)) / 2
        paired = ops.logical_and(alike, ops.any(other, axis=-1, keepdims=True))
        return shared(ops.sum(ops.where(paired, losses, 0), axis=-1), counted(paired))

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}
