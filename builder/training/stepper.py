"""Keras's own train and test steps, as many as wanted in one call of TensorFlow, with the wait for data timed inside."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from builder.training.carry import JUDGING, TRAINING, over

SAMPLED = 8  # every so many steps of a call one is timed


@dataclass(frozen=True)
class Stepper:
    """The compiled steps of one model: `train(iterator, count)` and `test(iterator, count)` run `count` batches, and stop
    after one whose loss is no finite number.

    Both give tensors: the metrics so far by name, how many batches were run (int32), and the seconds spent waiting
    for them (float64, from a sample). The count is an argument of one traced function: another pace costs no
    other trace and changes no bit.
    """

    train: Callable
    test: Callable
    finalize: Callable


def stepper(model, xla: bool = False, spread=None) -> Stepper:
    """Steps of a compiled model whose optimizer and metrics are built; `xla` compiles the train step, not the test step.

    `finalize` is what an optimizer does when training ends. `spread` (a `strategies.Spread`) has the steps on several devices.
    """
    import tensorflow as tf

    if spread is not None:
        return Stepper(_looped(model, spread.train_step), _looped(model, spread.test_step), spread.finalize)

    # With reduced retracing a last smaller batch is the same trace.
    step = tf.function(model.train_step, jit_compile=True, reduce_retracing=True) if xla else model.train_step
    step, judge = over(model, step, TRAINING), over(model, model.test_step, JUDGING)
    finalize = getattr(model, "finalize", lambda: model.optimizer.finalize_variable_values(model.trainable_weights))
    return Stepper(_looped(model, step), _looped(model, judge), finalize)


def _looped(model, step: Callable) -> Callable:
    import tensorflow as tf

    clock, sampled = _clock()

    @tf.function(reduce_retracing=True, autograph=False)
    def run(iterator, count):
        stride = tf.minimum(count, sampled)

        def one(done, waited, sound):
            # The clock is read, the batch fetched and the step done in this order; the last step of a stride is timed.
            read = clock if sampled == 1 else lambda: tf.cond(tf.equal(done % stride, stride - 1), clock, lambda: tf.constant(0.0, tf.float64))
            began = read()
            with tf.control_dependencies([began]):
                batch = next(iterator)
            with tf.control_dependencies(tf.nest.flatten(batch)):
                ended = read()
            with tf.control_dependencies([ended]):  # or a single thread may read the clock after the step
                batch = tf.nest.map_structure(tf.identity, batch)
            loss = step(batch)["loss"]
            with tf.control_dependencies([loss]):
                return done + 1, waited + (ended - began), tf.math.is_finite(loss)

        start = (tf.constant(0), tf.constant(0.0, tf.float64), tf.constant(True))
        done, waited, _ = tf.while_loop(lambda done, _, sound: sound & (done < count), one, start, parallel_iterations=1)
        return model.get_metrics_result(), done, waited * tf.cast(count / (count // stride), tf.float64)

    return lambda iterator, count: run(iterator, tf.constant(count))


def _clock() -> tuple[Callable, int]:
    """What reads seconds inside the graph, and every how many steps it is read.

    Where bits must repeat, TensorFlow refuses its own clock; Python's costs as much as a small step, and is read now and then.
    """
    import tensorflow as tf
    from tensorflow.python.framework.config import is_op_determinism_enabled

    if not is_op_determinism_enabled():
        return tf.timestamp, 1

    def read():
        seconds = tf.numpy_function(time.perf_counter, [], tf.float64)
        seconds.set_shape([])
        return seconds

    return read, SAMPLED
