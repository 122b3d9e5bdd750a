"""MajorityVote: what most of several classifiers say."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="bricks")
class MajorityVote(keras.layers.Layer):
    """Combines the probabilities of several classifiers by the vote of each for its best class; a tie goes to the mean.

    The n classifiers have a vote each, and their mean has one more that is split among the classes:
    `y = (votes + mean) / (n + 1)`. So `y` is a probability again, its greatest class has the most votes, and of
    classes with equally many votes the one of the greatest mean probability. Majority voting: Hansen and
    Salamon, Neural Network Ensembles (1990). Of one unit, and with `labels`, each unit is a question of its own,
    whose vote is yes above one half.

    Args:
        labels: Boolean, whether the units are labels that hold or not each by itself, rather than classes of which one is right.
        **kwargs: `name`, `dtype` and the other arguments of every layer.

    Call arguments:
        inputs: A list of float tensors of one shape `(batch, ..., units)`, each of probabilities; the output has
            their shape and dtype.

    Raises:
        ValueError: the inputs are not a list of at least two tensors of one shape.
    """

    def __init__(self, labels=False, **kwargs):
        super().__init__(**kwargs)
        self.labels = labels

    def build(self, input_shape):
        shapes = [tuple(shape) for shape in input_shape] if isinstance(input_shape[0], tuple | list) else []
        if len(shapes) < 2 or len(set(shapes)) > 1:
            raise ValueError(f"A vote is of a list of at least two inputs of one shape. Received: input_shape={input_shape}")

    def call(self, inputs):
        voices = ops.stack(inputs)
        units = voices.shape[-1]
        votes = ops.cast(voices > 0.5, voices.dtype) if self.labels or units == 1 else ops.one_hot(ops.argmax(voices, axis=-1), units, dtype=voices.dtype)
        return (ops.sum(votes, axis=0) + ops.mean(voices, axis=0)) / (len(inputs) + 1)

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {**super().get_config(), "labels": self.labels}
