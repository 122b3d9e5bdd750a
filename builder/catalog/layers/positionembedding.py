"""PositionEmbedding: a vector that is learned for each place in a sequence."""

import keras


@keras.saving.register_keras_serializable(package="bricks")
class PositionEmbedding(keras.layers.Layer):
    """Adds to each step of a sequence a vector that is learned for its place: `y[t] = x[t] + W[t]` (Gehring et al. 2017; Vaswani et al. 2017).

    Attention itself knows no order. The mask that comes with a sequence is passed on.

    Args:
        positions: Integer, the most steps that a sequence may have.
        embeddings_initializer: Initializer for the vectors.
        **kwargs: `name`, `dtype` and the other arguments of every layer.

    Call arguments:
        inputs: A float tensor of shape `(batch, time, features)`; the output has the same shape.

    Raises:
        ValueError: `positions` is not above 0, the number of features is not known, or a sequence is longer than `positions`.
    """

    def __init__(self, positions, embeddings_initializer="uniform", **kwargs):
        super().__init__(**kwargs)
        if not isinstance(positions, int) or positions <= 0:
            raise ValueError(f"`positions` must be a whole number above 0. Received: positions={positions}")
        self.positions = positions
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        self.supports_masking = True

    def build(self, input_shape):
        if len(input_shape) != 3 or input_shape[-1] is None:
            raise ValueError(f"The input must be (time, features), the number of features known. Received: input_shape={tuple(input_shape[1:])}")
        self.embeddings = self.add_weight(name="embeddings", shape=(self.positions, input_shape[-1]), initializer=self.embeddings_initializer)

    def call(self, inputs):
        self._check(inputs.shape)
        return inputs + self.embeddings[: keras.ops.shape(inputs)[1]]

    def compute_output_shape(self, input_shape):
        self._check(input_shape)
        return input_shape

    def _check(self, shape) -> None:
        if shape[1] is not None and shape[1] > self.positions:
            raise ValueError(f"There are {self.positions} positions, but the sequence has {shape[1]} steps")

    def get_config(self):
        return {**super().get_config(), "positions": self.positions, "embeddings_initializer": keras.initializers.serialize(self.embeddings_initializer)}
