"""FillMissing: what stands in place of values that are not there."""

import keras
import numpy as np
from keras import ops

STRATEGIES = ("mean", "median", "constant")


@keras.saving.register_keras_serializable(package="bricks")
class FillMissing(keras.layers.Layer):
    """Replaces not-a-number, which stands for a missing value, by a value of its own for each feature.

    The value is learned from the training data before training, as `Normalization` learns its mean; it is a
    weight that is not trained, and so it is stored and exported with the model.

    Args:
        strategy: String, one of `"mean"`, `"median"` or `"constant"`: what is learned of the values that are there.
        value: Float, what is filled in where nothing was learned: with `"constant"`, and for a feature that the
            data never has.
        **kwargs: `name`, `dtype` and the other arguments of every layer.

    Call arguments:
        inputs: A float tensor of shape `(batch,)` or `(batch, ..., features)`; the output has its shape and dtype.

    Raises:
        ValueError: `strategy` is none of the three.
    """

    def __init__(self, strategy="mean", value=0.0, **kwargs):
        super().__init__(**kwargs)
        if strategy not in STRATEGIES:
            raise ValueError(f"`strategy` must be one of {STRATEGIES}. Received: strategy={strategy}")
        self.strategy, self.value = strategy, float(value)

    @property
    def known(self):
        """Whether there is nothing to learn."""
        return self.strategy == "constant"

    def build(self, input_shape):
        shape = tuple(input_shape[-1:]) if len(input_shape) > 1 else ()
        if None in shape:
            raise ValueError(f"The number of features must be known. Received: input_shape={tuple(input_shape)}")
        fill = keras.initializers.Constant(self.value)
        self.fill = self.add_weight(name="fill", shape=shape, initializer=fill, trainable=False)

    def adapt(self, data):
        """Learn the values to fill in.

        Args:
            data: an array, or a `tf.data.Dataset` of batches, shaped like the layer's inputs.
        """
        batches = [data] if hasattr(data, "shape") else data
        columns = [self._columns(np.asarray(batch)) for batch in batches]
        if not self.known and columns:
            self.fill.assign(self._learned(columns))

    def _columns(self, batch):
        """A batch as rows of features; builds the layer at the first one."""
        if not self.built:
            self.build((None, *batch.shape[1:]))
        return batch.reshape(-1, *self.fill.shape).astype("float64")

    def _learned(self, columns):
        values = np.concatenate(columns)
        there = ~np.isnan(values)
        some = there.any(axis=0)
        values = np.where(some, values, self.value)  # a feature that is never there: no warning, and its value
        return np.nanmean(values, axis=0) if self.strategy == "mean" else np.nanmedian(values, axis=0)

    def call(self, inputs):
        return ops.where(ops.isnan(inputs), ops.cast(self.fill, inputs.dtype), inputs)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "strategy": self.strategy, "value": self.value}
