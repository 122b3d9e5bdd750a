"""LocalResponseNormalization: the brightness normalisation of AlexNet."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="bricks")
class LocalResponseNormalization(keras.layers.Layer):
    """Divides each channel by a power of the summed squares of its neighbour channels.

    `y[c] = x[c] / (bias + alpha * sum(x[j]**2 for |j - c| <= depth_radius)) ** beta`, section 3.3 of Krizhevsky,
    Sutskever and Hinton, ImageNet Classification with Deep Convolutional Neural Networks (2012), whose constants
    are the defaults: k = `bias` = 2, n = 2 * `depth_radius` + 1 = 5. As in TensorFlow, and unlike Caffe and
    PyTorch, `alpha` is not divided by n.

    Args:
        depth_radius: Integer, how many channels on either side count.
        bias: Float, the constant k, greater than 0.
        alpha: Float, the weight of the squares.
        beta: Float, the power.
        **kwargs: `name`, `dtype` and the other arguments of every layer.

    Call arguments:
        inputs: A float tensor of shape `(batch, ..., channels)`; the output has its shape and dtype.

    Raises:
        ValueError: `depth_radius` is negative or not a whole number, or `bias` is not greater than 0.
    """

    def __init__(self, depth_radius=2, bias=2.0, alpha=1e-4, beta=0.75, **kwargs):
        super().__init__(**kwargs)
        if isinstance(depth_radius, bool) or not isinstance(depth_radius, int) or depth_radius < 0:
            raise ValueError(f"`depth_radius` must be a whole number from 0 on. Received: depth_radius={depth_radius}")
        if bias <= 0:
            raise ValueError(f"`bias` must be greater than 0. Received: bias={bias}")
        self.depth_radius, self.bias, self.alpha, self.beta = depth_radius, bias, alpha, beta
        self.supports_masking = True

    def call(self, inputs):
        squares = ops.square(inputs)
        radius, channels = self.depth_radius, inputs.shape[-1]
        padded = ops.pad(squares, [[0, 0]] * (len(inputs.shape) - 1) + [[radius, radius]])
        near = sum(padded[..., start:start + channels] for start in range(2 * radius + 1))
        return inputs / ops.power(self.bias + self.alpha * near, self.beta)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        own = {"depth_radius": self.depth_radius, "bias": self.bias, "alpha": self.alpha, "beta": self.beta}
        return {**super().get_config(), **own}
