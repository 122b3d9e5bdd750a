"""CenterLoss: embeddings are drawn to the centre of their class, and centres follow them at a rate of their own."""

import keras
from keras import ops

from builder.catalog.losses.batch import classes_of


@keras.saving.register_keras_serializable(package="bricks")
class CenterLoss(keras.losses.Loss):
    """Half the squared distance of an embedding to the centre of its class: `1/2 * sum((x - c[y])^2)`.

    The centres are state of the loss, not of the model. No optimizer moves them: after each step `c[j] -= rate * delta[j]` with
    `delta[j] = sum(c[j] - x) / (1 + n)` over the `n` examples of class `j` in the batch, so that the centre of a class that is not
    there stays (Wen, Zhang, Li, Qiao, A Discriminative Feature Learning Approach for Deep Face Recognition, 2016). They begin at 0.
    Give it a weight beside a loss that keeps the classes apart, for alone it draws everything into one point.

    `y_true` are classes as whole numbers, (batch,) or (batch, 1); `y_pred` embeddings (batch, features). The loss gives one value an
    example; the paper sums them over the batch.

    Args:
        classes: Integer, how many classes there are.
        rate: Float, the share of the way that a centre goes at each step.
        name: Optional name for the loss instance.
        reduction: Type of reduction over the batch, as of every loss of Keras.
        dtype: The dtype of the loss's computations.

    Raises:
        ValueError: `classes` is not above 0, or it judges before `build`.
    """

    def __init__(self, classes, rate=0.5, name=None, reduction="sum_over_batch_size", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if not classes > 0:
            raise ValueError(f"`classes` must be above 0. Received: classes={classes}")
        self.classes, self.rate, self.centers = int(classes), rate, None

    def build(self, shape):
        """Makes the centres, (classes, features), for embeddings of a shape with the batch."""
        self.centers = keras.Variable(ops.zeros((self.classes, shape[-1]), self.dtype), trainable=False, dtype=self.dtype, aggregation="mean", name="centers")

    @property
    def variables(self):
        """Its state: the centres."""
        return [] if self.centers is None else [self.centers]

    def call(self, y_true, y_pred):
        return ops.sum(ops.square(y_pred - self._own(y_true)), axis=-1) / 2

    def update(self, y_true, y_pred):
        """Moves the centres of the classes that are in a batch."""
        labels, x = classes_of(y_true), ops.cast(y_pred, self.dtype)
        far = ops.segment_sum(self._own(y_true) - x, labels, num_segments=self.classes)
        count = ops.segment_sum(ops.ones_like(x[:, :1]), labels, num_segments=self.classes)
        self.centers.assign_sub(self.rate * far / (1 + count))

    def _own(self, y_true):
        """The centre of each example's class."""
        if self.centers is None:
            raise ValueError("its centres are there after `build(shape)`, and move with `update(y_true, y_pred)`, which Keras's `compile` does not call")
        return ops.take(self.centers, classes_of(y_true), axis=0)

    def get_config(self):
        return {**super().get_config(), "classes": self.classes, "rate": self.rate}
