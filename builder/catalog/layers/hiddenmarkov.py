"""HiddenMarkov: a hidden Markov model as a layer, its likelihood by the forward algorithm."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="bricks")
class HiddenMarkov(keras.layers.Layer):
    """How likely a sequence of symbols is under a hidden Markov model (Rabiner 1989, "A tutorial on hidden Markov models").

    A chain of hidden states, begun by `softmax(start)` and going on by the rows of `softmax(transition)`, gives at each step a symbol by
    the row of `softmax(emission)` of its state. The sum over all ways of states is worked out step by step, in logarithms (the forward
    algorithm), so that it can be trained by its gradient, with no need of EM: the loss is the negative of what comes out. Steps that a
    mask leaves out change nothing. `path` gives the likeliest states (Viterbi 1967).

    Args:
        states: Integer, how many hidden states there are.
        symbols: Integer, how many symbols there are.
        initializer: Initializer for the scores of all three tables; states that begin alike stay alike.
        return_path: Boolean, whether the likeliest states are given too.
        **kwargs: `name`, `dtype` and the other arguments of every layer.

    Call arguments:
        inputs: An integer tensor of shape `(batch, time)`, symbols from 0 on.
        mask: Optional Boolean tensor of shape `(batch, time)`, false where a sequence has ended.

    Returns:
        The log-likelihood, `(batch, 1)`, in nats; with `return_path` also the path, int32 of shape `(batch, time)`, -1 where the mask is false.
    """

    def __init__(self, states, symbols, initializer="random_normal", return_path=False, **kwargs):
        super().__init__(**kwargs)
        if not all(isinstance(value, int) and value > 0 for value in (states, symbols)):
            raise ValueError(f"`states` and `symbols` must be whole numbers above 0. Received: states={states}, symbols={symbols}")
        self.states, self.symbols, self.return_path = states, symbols, return_path
        self.initializer = keras.initializers.get(initializer)
        self.supports_masking = True

    def build(self, input_shape):
        if len(input_shape) != 2:
            raise ValueError(f"The input must be one symbol a step, (time). Received: input_shape={tuple(input_shape[1:])}")
        shapes = {"start": (self.states,), "transition": (self.states, self.states), "emission": (self.states, self.symbols)}
        self.tables = [self.add_weight(name=name, shape=shape, initializer=keras.initializers.get(self.initializer).clone()) for name, shape in shapes.items()]

    def logs(self):
        """The logarithms of the three tables: (states,), (states, states) and (states, symbols)."""
        return [ops.log_softmax(ops.cast(table, "float32"), axis=-1) for table in self.tables]

    def call(self, inputs, mask=None):
        start, transition, seen, there = self._steps(inputs, mask)
        forward = self._along(start, seen, there, lambda before: ops.logsumexp(before[:, :, None] + transition, axis=1))
        likelihood = ops.cast(ops.logsumexp(forward[-1], axis=-1)[:, None], self.compute_dtype)
        return (likelihood, self.path(inputs, mask)) if self.return_path else likelihood

    def path(self, inputs, mask=None):
        """The likeliest states of each sequence, int32 of shape (batch, time); -1 where `mask` is false."""
        start, transition, seen, there = self._steps(inputs, mask)
        best = self._along(start, seen, there, lambda before: ops.max(before[:, :, None] + transition, axis=1))
        later = ops.concatenate([there[1:], ops.zeros_like(there[:1])])
        end = ops.cast(ops.argmax(best[-1], axis=-1), "int32")

        def back(state, step):
            scores, goes_on = step
            came = ops.cast(ops.argmax(scores + ops.take(ops.transpose(transition), state, axis=0), axis=-1), "int32")
            state = ops.where(goes_on, came, state)
            return state, state

        _, path = ops.scan(back, end, (best, later), reverse=True)
        return ops.transpose(ops.where(there, path, -1))

    def _steps(self, inputs, mask):
        """The tables that steps need, what each state makes of each symbol, (time, batch, states), and the mask, (time, batch)."""
        start, transition, emission = self.logs()
        inputs = ops.cast(inputs, "int32")
        mask = ops.ones_like(inputs, dtype="bool") if mask is None else ops.cast(mask, "bool")
        seen = ops.transpose(ops.take(ops.transpose(emission), ops.where(mask, inputs, 0), axis=0), (1, 0, 2))
        return start, transition, seen, ops.transpose(mask)

    def _along(self, start, seen, mask, over):
        """The scores of each state along time, (time, batch, states); `over` carries those of one step on to the next."""
        def go_on(before, step):
            symbol, there = step
            after = ops.where(there[:, None], over(before) + symbol, before)
            return after, after

        first = ops.where(mask[0][:, None], start + seen[0], start)
        _, later = ops.scan(go_on, first, (seen[1:], mask[1:]))
        return ops.concatenate([first[None], later])

    def compute_output_shape(self, input_shape):
        likelihood = (input_shape[0], 1)
        return (likelihood, tuple(input_shape)) if self.return_path else likelihood

    def compute_output_spec(self, inputs, mask=None):
        shapes = self.compute_output_shape(inputs.shape)
        if not self.return_path:
            return keras.KerasTensor(shapes, self.compute_dtype)
        return keras.KerasTensor(shapes[0], self.compute_dtype), keras.KerasTensor(shapes[1], "int32")

    def compute_mask(self, inputs, mask=None):
        return [None, None] if self.return_path else None

    def get_config(self):
        return {**super().get_config(), "states": self.states, "symbols": self.symbols, "initializer": keras.initializers.serialize(self.initializer),
                "return_path": self.return_path}
