"""ArcFace: a class is to be told by an angle smaller by a margin."""

import math

import keras
from keras import ops

from builder.catalog.losses.batch import TINY, classes_of


@keras.saving.register_keras_serializable(package="bricks")
class ArcFace(keras.losses.Loss):
    """Cross-entropy of `scale * cos`, where the angle `t` to the true class counts as `t + margin` (additive angular margin).

    Beyond `pi - margin`, where `cos(t + margin)` would rise again, it is `cos(t) - margin * sin(margin)`
    (Deng, Guo, Xue, Zafeiriou, ArcFace, 2019). The margin is in the loss alone, so that the model needs no label and its
    cosines tell the class.

    `y_true` are classes as whole numbers, (batch,) or (batch, 1); `y_pred` cosines (batch, classes), as `CosineHead` gives them.
    The loss gives one value an example.

    Args:
        margin: Float, the angle in radians.
        scale: Float, what cosines are multiplied by.
        name: Optional name for the loss instance.
        reduction: Type of reduction over the batch, as of every loss of Keras.
        dtype: The dtype of the loss's computations.

    Raises:
        ValueError: `margin` is not between 0 and pi.
    """

    def __init__(self, margin=0.5, scale=64.0, name=None, reduction="sum_over_batch_size", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if not 0 <= margin < math.pi:
            raise ValueError(f"`margin` is an angle from 0 to below pi. Received: margin={margin}")
        self.margin, self.scale = margin, scale

    def call(self, y_true, y_pred):
        labels, cosine = classes_of(y_true), ops.clip(y_pred, -1, 1)
        true = ops.cast(ops.one_hot(labels, y_pred.shape[-1]), cosine.dtype)
        scores = ops.where(true > 0, self.narrowed(cosine), cosine)
        return keras.losses.sparse_categorical_crossentropy(labels, self.scale * scores, from_logits=True)

    def narrowed(self, cosine):
        """cos(t + margin) of cos(t), and what goes on from there."""
        sine = ops.sqrt(ops.maximum(1 - ops.square(cosine), TINY))
        wider = cosine * math.cos(self.margin) - sine * math.sin(self.margin)
        return ops.where(cosine > -math.cos(self.margin), wider, cosine - self.margin * math.sin(self.margin))

    def get_config(self):
        return {**super().get_config(), "margin": self.margin, "scale": self.scale}
