"""What the losses that compare the examples of a batch with one another share: pairs, distances, sums in the log domain."""

from keras import ops

NOWHERE = -1e9  # stands for log(0): its exponential is 0 in every dtype, and no gradient of it is not-a-number
TINY = 1e-12


def classes_of(y_true):
    """Labels of shape (batch,) or (batch, 1), which Keras hands over as floats, as whole numbers (batch,)."""
    return ops.reshape(ops.cast(y_true, "int32"), (-1,))


def pairs(y_true):
    """Two (batch, batch) truth values: another example of the same class, and an example of another class."""
    labels = classes_of(y_true)
    same = ops.equal(labels[:, None], labels[None])
    itself = ops.eye(ops.shape(labels)[0], dtype="bool")
    return ops.logical_and(same, ops.logical_not(itself)), ops.logical_not(same)


def squared_distances(x):
    """The squared Euclidean distances (batch, batch) of rows (batch, features).

    They come of one product of matrices, of the rows less their mean: distances stay the same, and less is cancelled out.
    """
    x = x - ops.stop_gradient(ops.mean(x, axis=0, keepdims=True))
    squares = ops.sum(ops.square(x), axis=-1)
    return ops.maximum(squares[:, None] + squares[None] - 2 * ops.matmul(x, ops.transpose(x)), 0)


def root(x):
    """The square root, with gradient 0 in place of infinity where `x` is 0."""
    there = x > TINY
    return ops.where(there, ops.sqrt(ops.where(there, x, 1)), 0)


def distances(x, squared):
    """Squared Euclidean distances of all rows, or their roots."""
    found = squared_distances(x)
    return found if squared else root(found)


def unit(x):
    """Rows (..., features) of length 1; a row of zeros stays one, and has a gradient."""
    return x * ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis=-1, keepdims=True), TINY))


def log_sum(x, where):
    """log(sum(exp(x))) over the last axis of the values that count; NOWHERE, or thereabouts, where none does."""
    return ops.logsumexp(ops.where(where, x, NOWHERE), axis=-1)


def shared(sums, count):
    """Sums (batch,) over what was picked for each example, scaled so that their mean is the mean over all `count` picked."""
    size = ops.cast(ops.shape(sums)[0], sums.dtype)
    return sums * size / ops.maximum(ops.cast(count, sums.dtype), 1)


def counted(where):
    """How many are true: an int32, for a sum of halves would not reach so far."""
    return ops.sum(ops.cast(where, "int32"))
