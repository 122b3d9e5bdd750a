"""CosFace: a class is to be told by a cosine larger by a margin."""

import keras
from keras import ops

from builder.catalog.losses.batch import classes_of


@keras.saving.register_keras_serializable(package="bricks")
class CosFace(keras.losses.Loss):
    """Cross-entropy of `scale * cos`, where the cosine of the true class counts as `cos - margin` (additive cosine margin).

    The margin is in the loss alone, so that the model needs no label and its cosines tell the class (Wang et al., CosFace, 2018).

    `y_true` are classes as whole numbers, (batch,) or (batch, 1); `y_pred` cosines (batch, classes), as `CosineHead` gives them.
    The loss gives one value an example.

    Args:
        margin: Float, what is taken off the true class's cosine.
        scale: Float, what cosines are multiplied by.
        name: Optional name for the loss instance.
        reduction: Type of reduction over the batch, as of every loss of Keras.
        dtype: The dtype of the loss's computations.
    """

    def __init__(self, margin=0.35, scale=64.0, name=None, reduction="sum_over_batch_size", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.margin, self.scale = margin, scale

    def call(self, y_true, y_pred):
        labels = classes_of(y_true)
        true = ops.cast(ops.one_hot(labels, y_pred.shape[-1]), y_pred.dtype)
        return keras.losses.sparse_categorical_crossentropy(labels, self.scale * (y_pred - self.margin * true), from_logits=True)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin, "scale": self.scale}
