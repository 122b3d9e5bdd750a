"""Recurrent: a layer that runs a cell, written as a block of the spec, along time."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="bricks")
class Recurrent(keras.layers.RNN):
    """Runs a block of the spec along time, each step's states being the next step's.

    The block has `inputs: [x, state...]` and `outputs: [y, state...]`: what one step reads and gives. States begin
    at zero unless `initial_state` is given. Its weights are made once and used at every step. A step that a mask
    leaves out keeps the states and repeats the output before it, as in every recurrent layer of Keras.

    Args:
        cell: Block of the spec or of the library with its arguments, such as `Elman: 32`.
        return_sequences: Boolean, whether to give the output of every step rather than of the last one.
        return_state: Boolean, whether to give the last states beside the output.
        go_backwards: Boolean, whether to run from the last step to the first; the outputs are in that order.
        stateful: Boolean, whether the last states of a batch are the first ones of the next batch. The size of the
            batch must be fixed.
        unroll: Boolean, whether to lay the steps out one after another rather than as a loop; the number of steps
            must be known.
        zero_output_for_mask: Boolean, whether steps left out by a mask give zeros rather than the output before.
        **kwargs: `name`, `dtype` and the other arguments of every layer.

    Call arguments:
        sequences: A tensor of shape `(batch, time, ...)`.
        initial_state: The first states, a list of tensors in the order of the cell; left out, zeros.
        mask: A boolean tensor of shape `(batch, time)`, the steps that count; left out, the mask that comes with the
            sequences, as from `Embedding: [..., mask_zero: true]`.
    """

    def __init__(self, cell, return_sequences=False, return_state=False, go_backwards=False, stateful=False, unroll=False,
                 zero_output_for_mask=False, **kwargs):
        super().__init__(_Cell(cell), return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards, stateful=stateful,
                         unroll=unroll, zero_output_for_mask=zero_output_for_mask, **kwargs)
        self.supports_masking = True

    @property
    def network(self):
        """One step as a functional model: `[x, state...]` to `[y, state...]`."""
        return self.cell.network

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        batch, time = sequences_shape[:2]
        output, *states = [(batch, *tensor.shape[1:]) for tensor in self.network.outputs]
        output = (batch, time, *output[1:]) if self.return_sequences else output
        return (output, *states) if self.return_state else output

    def get_config(self):
        return {**super().get_config(), "cell": keras.saving.serialize_keras_object(self.network)}


class _Cell(keras.layers.Layer):
    """A functional model as Keras's RNN wants a cell; the layer around it keeps the model's configuration."""

    def __init__(self, network):
        super().__init__(name="cell", dtype=network.dtype_policy)
        self.network = network
        self.state_size = [tensor.shape[-1] if tensor.ndim > 1 else 1 for tensor in network.inputs[1:]]
        self.output_size = network.outputs[0].shape[-1]
        self.built = True

    def call(self, inputs, states, training=False):
        output, *new = self.network([inputs, *states], training=training)
        return output, [ops.cast(one, state.dtype) for one, state in zip(new, states, strict=True)]

    def get_config(self):
        return {}  # the layer around it keeps the network, of which this is made anew

    def get_initial_state(self, batch_size=None):
        return [ops.zeros((batch_size, *tensor.shape[1:]), dtype=self.compute_dtype) for tensor in self.network.inputs[1:]]
