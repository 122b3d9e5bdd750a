"""WeightedAverage: the mean of several inputs, some of which count for more."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="bricks")
class WeightedAverage(keras.layers.Layer):
    """Averages its inputs with a weight each: `y = sum(w[k] * x[k]) / sum(w[k])`.

    The shares, which sum to 1, are a weight of the layer that is not trained, so that they may be set once the
    inputs are known, and are stored and exported with the model.

    Args:
        weights: List of floats from 0 on, one for each input; left out, all count alike.
        **kwargs: `name`, `dtype` and the other arguments of every layer.

    Call arguments:
        inputs: A list of float tensors of one shape; the output has their shape and dtype.

    Raises:
        ValueError: the inputs are not a list of at least two tensors of one shape, or there is not a weight for each of them,
            or the weights are negative or all 0.
    """

    def __init__(self, weights=None, **kwargs):
        super().__init__(**kwargs)
        self.given = None if weights is None else [float(weight) for weight in weights]
        if self.given is not None and (min(self.given, default=-1) < 0 or not sum(self.given)):
            raise ValueError(f"`weights` must be numbers from 0 on, not all of them 0. Received: weights={weights}")

    def build(self, input_shape):
        shapes = [tuple(shape) for shape in input_shape] if isinstance(input_shape[0], tuple | list) else []
        if len(shapes) < 2 or len(set(shapes)) > 1:
            raise ValueError(f"An average is of a list of at least two inputs of one shape. Received: input_shape={input_shape}")
        weights = self.given or [1.0] * len(shapes)
        if len(weights) != len(shapes):
            raise ValueError(f"`weights` must have a number for each of the {len(shapes)} inputs. Received: weights={self.given}")
        self.shares = self.add_weight(name="shares", shape=(len(shapes),), initializer="zeros", trainable=False)
        self.shares.assign([weight / sum(weights) for weight in weights])

    def call(self, inputs):
        shares = ops.cast(self.shares, inputs[0].dtype)
        return sum(shares[place] * one for place, one in enumerate(inputs))

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {**super().get_config(), "weights": self.given}
