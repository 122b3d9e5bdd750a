"""CosineHead: how near the direction of an embedding is to that of each class."""

import keras
from keras import ops

from builder.catalog.losses.batch import unit


@keras.saving.register_keras_serializable(package="bricks")
class CosineHead(keras.layers.Layer):
    """The cosine between an embedding and a direction that is learned for each class: `y = (x / |x|) . (W / |W|)`.

    It has no bias, and neither lengths nor how often a class comes count. Losses with a margin, `ArcFace` and `CosFace`, take its
    cosines; at inference the largest one tells the class, and no label is needed.

    Args:
        units: Integer, how many classes there are.
        kernel_initializer: Initializer for the directions.
        kernel_regularizer: Regularizer function applied to the directions.
        **kwargs: `name`, `dtype` and the other arguments of every layer.

    Call arguments:
        inputs: A float tensor of shape `(batch, ..., features)`; the output has shape `(batch, ..., units)`, from -1 to 1.

    Raises:
        ValueError: `units` is not above 0, or the number of features is not known.
    """

    def __init__(self, units, kernel_initializer="glorot_uniform", kernel_regularizer=None, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(units, int) or units <= 0:
            raise ValueError(f"`units` must be a whole number above 0. Received: units={units}")
        self.units = units
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)

    def build(self, input_shape):
        if input_shape[-1] is None:
            raise ValueError(f"The number of features must be known. Received: input_shape={tuple(input_shape)}")
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units), initializer=self.kernel_initializer,
                                      regularizer=self.kernel_regularizer)

    def call(self, inputs):
        whole = "float64" if self.compute_dtype == "float64" else "float32"  # squares do not fit into halves
        directions = unit(ops.transpose(ops.cast(self.kernel, whole)))
        return ops.cast(ops.matmul(unit(ops.cast(inputs, whole)), ops.transpose(directions)), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
                "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer)}
