"""What the replicas of a strategy make of their shares of a batch, put together into what one device would have made."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

# Keras computes a loss from the logits where it sees that these operations made the output.
SEEN = ("Softmax", "Sigmoid")


@dataclass(frozen=True)
class Rows:
    """The rows of a batch that are this replica's: `start` to `stop` of `size`, as tensors.

    `room` is the size of a whole batch: what is added up between processes must have one shape in all steps.
    """

    start: object
    stop: object
    size: object
    room: int

    @property
    def share(self):
        """This replica's part of the batch, a float32 scalar."""
        import tensorflow as tf

        return tf.cast(self.stop - self.start, tf.float32) / tf.cast(self.size, tf.float32)

    def of(self, tensors):
        """This replica's rows of a structure of tensors, cut where the batch lies, so that they alone travel."""
        import tensorflow as tf

        with tf.device("/cpu:0"):
            return tf.nest.map_structure(lambda tensor: tensor[self.start:self.stop], tensors)

    def gathered(self, tensor, each=1):
        """The rows of all replicas, in the batch's order; `each` rows stand for one example.

        Zeros are added to every row but its own, so no bit of it changes. No gradient flows through.
        """
        import tensorflow as tf

        rest = [[0, 0]] * (tensor.shape.rank - 1)
        padded = tf.pad(tf.stop_gradient(tensor), [[self.start * each, (self.room - self.stop) * each], *rest])
        return summed(padded)[: self.size * each]

    def joined(self, tensor):
        """As `gathered`, with this replica's own rows as they are: they alone pass a gradient on."""
        import tensorflow as tf

        whole = self.gathered(tensor)
        return tf.concat([whole[: self.start], tensor, whole[self.stop:]], axis=0)


def my_rows(inputs: Mapping, room: int) -> Rows:
    """The rows of a batch that the replica at work takes; where there are fewer than replicas, some take none."""
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    size = tf.shape(tf.nest.flatten(inputs)[0])[0]
    number, count = context.replica_id_in_sync_group, context.num_replicas_in_sync
    return Rows(size * number // count, size * (number + 1) // count, size, room)


def summed(tensors):
    """The sum over all replicas, at each of them."""
    import tensorflow as tf

    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, tensors)


def apart(compute: Callable, *given):
    """What a function of tensors gives inside a replica, traced in a thread of its own, which knows of no strategy.

    In a replica Keras divides some losses by the number of replicas. The first axis of each tensor stays free.
    """
    import tensorflow as tf

    kinds = tf.nest.map_structure(lambda tensor: tf.TensorSpec([None, *tensor.shape[1:]] if tensor.shape.rank else [], tensor.dtype), given)
    with ThreadPoolExecutor(1) as thread:
        traced = thread.submit(tf.function(compute, autograph=False).get_concrete_function, *kinds).result()
    return traced(*given)


def sum_gradients(gradients: list, rows: Rows) -> list:
    """Gradients added up over the replicas; None stays None, and an embedding's stay the slices they are on one device."""
    import tensorflow as tf

    dense = [gradient for gradient in gradients if isinstance(gradient, tf.Tensor)]
    totals = iter(summed(dense) if dense else ())
    return [next(totals) if isinstance(gradient, tf.Tensor) else gradient and _slices(gradient, rows) for gradient in gradients]


def _slices(gradient, rows: Rows):
    """The slices of all replicas in the batch's order, each example having as many as another."""
    import tensorflow as tf

    each = summed(tf.size(gradient.indices)) // rows.size
    return tf.IndexedSlices(rows.gathered(gradient.values, each), rows.gathered(gradient.indices, each), gradient.dense_shape)


@dataclass(frozen=True)
class Outputs:
    """A model's outputs by name: tensors, the operation that is to be applied to each, and the mask of each or None.

    Of a softmax the logits travel, and the softmax is taken again: the loss then sees what it sees on one device.
    """

    tensors: Mapping[str, object]
    last: Mapping[str, str]
    masks: Mapping[str, object]

    def put(self, change) -> "Outputs":
        """With `change` applied to each tensor."""
        return Outputs({name: change(tensor) for name, tensor in self.tensors.items()}, self.last, self.masks)

    def values(self, tensors: Mapping | None = None, masks: Mapping | None = None) -> dict:
        """The outputs as the model gives them, of these tensors or of others."""
        masks = self.masks if masks is None else masks
        return {name: _finished(tensor, self.last[name], masks.get(name)) for name, tensor in (tensors or self.tensors).items()}


def read_outputs(outputs: Mapping, rows: Rows) -> Outputs:
    """The outputs of this replica, with the masks of the whole batch."""
    last = {name: tensor.op.type if tensor.op.type in SEEN else "" for name, tensor in outputs.items()}
    tensors = {name: tensor.op.inputs[0] if last[name] else tensor for name, tensor in outputs.items()}
    masks = {name: _whole_mask(mask, rows) for name, tensor in outputs.items() if (mask := getattr(tensor, "_keras_mask", None)) is not None}
    return Outputs(tensors, last, masks)


def _whole_mask(mask, rows: Rows):
    import tensorflow as tf

    return tf.cast(rows.gathered(tf.cast(mask, tf.int32)), tf.bool)


def _finished(tensor, last: str, mask):
    import tensorflow as tf

    made = tf.nn.softmax(tensor) if last == "Softmax" else tf.nn.sigmoid(tensor) if last == "Sigmoid" else tensor
    if mask is not None:
        made._keras_mask = mask
    return made
