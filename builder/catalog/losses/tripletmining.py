"""TripletMining: triplets that are found in the batch itself."""

import keras
from keras import ops

from builder.catalog.losses.batch import counted, distances, pairs, shared

MODES = ("all", "semi-hard", "hard")


@keras.saving.register_keras_serializable(package="bricks")
class TripletMining(keras.losses.Loss):
    """Triplet loss on triplets found in the batch: the mean of `max(0, d(a, p) - d(a, n) + margin)` over those picked.

    The anchor `a` and `p` are of one class and `n` of another. `mode` says which are picked: with `"all"` every triplet whose loss is not 0;
    with `"semi-hard"` for each pair of one class the nearest `n` that is farther than `p`, or where there is none the farthest
    (Schroff, Kalenichenko, Philbin, FaceNet, 2015); with `"hard"` for each anchor its farthest `p` and its nearest `n`
    (Hermans, Beyer, Leibe, In Defense of the Triplet Loss, 2017). A batch without a triplet costs 0.

    `y_true` are classes as whole numbers, (batch,) or (batch, 1); `y_pred` embeddings (batch, features), best of length 1
    (`UnitNormalization`). The loss gives one value an anchor, scaled so that their mean is that over all triplets picked. Draw batches
    in which classes come more than once; with `"all"` and `"semi-hard"` memory grows with the cube of the batch.

    Args:
        margin: Float, by how much the other class is to be farther than the same.
        mode: String, one of `"all"`, `"semi-hard"` or `"hard"`: the triplets that are picked.
        squared: Boolean, whether distances are squared Euclidean ones, as in FaceNet.
        name: Optional name for the loss instance.
        reduction: Type of reduction over the batch, as of every loss of Keras.
        dtype: The dtype of the loss's computations.

    Raises:
        ValueError: `mode` is none of the three.
    """

    def __init__(self, margin=0.2, mode="semi-hard", squared=True, name=None, reduction="sum_over_batch_size", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if mode not in MODES:
            raise ValueError(f"`mode` must be one of {MODES}. Received: mode={mode}")
        self.margin, self.mode, self.squared = margin, mode, squared

    def call(self, y_true, y_pred):
        alike, other = pairs(y_true)
        picked = {"all": self._all, "semi-hard": self._semi_hard, "hard": self._hard}[self.mode]
        return shared(*picked(distances(y_pred, self.squared), alike, other))

    def _all(self, apart, alike, other):
        """The sum over the triplets of each anchor whose loss is not 0, and how many these are in all."""
        triplets = ops.logical_and(alike[:, :, None], other[:, None, :])
        losses = ops.where(triplets, ops.relu(apart[:, :, None] - apart[:, None, :] + self.margin), 0)
        return ops.sum(losses, axis=(1, 2)), counted(losses > 0)

    def _semi_hard(self, apart, alike, other):
        """The sum over the pairs of each anchor, and how many pairs there are."""
        most = ops.max(apart) + 1
        negatives = ops.broadcast_to(other[:, None, :], ops.shape(apart[:, :, None] + apart[:, None, :]))
        outside = ops.logical_and(negatives, apart[:, None, :] > apart[:, :, None])
        nearest = ops.min(ops.where(outside, apart[:, None, :], most), axis=-1)
        farthest = ops.max(ops.where(other, apart, 0), axis=-1)
        chosen = ops.where(ops.any(outside, axis=-1), nearest, farthest[:, None])
        paired = ops.logical_and(alike, ops.any(other, axis=-1, keepdims=True))
        return ops.sum(ops.where(paired, ops.relu(apart - chosen + self.margin), 0), axis=-1), counted(paired)

    def _hard(self, apart, alike, other):
        """The loss of each anchor, and how many have a triplet."""
        farthest = ops.max(ops.where(alike, apart, 0), axis=-1)
        nearest = ops.min(ops.where(other, apart, ops.max(apart) + 1), axis=-1)
        there = ops.logical_and(ops.any(alike, axis=-1), ops.any(other, axis=-1))
        return ops.where(there, ops.relu(farthest - nearest + self.margin), 0), counted(there)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin, "mode": self.mode, "squared": self.squared}
