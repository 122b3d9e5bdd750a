"""Calls from tf.data into Python that come to rest before the interpreter ends.

A thread of tf.data that asks for the interpreter while it is being shut down never comes back, and the iterator waits for it for ever
(Python 3.11, TensorFlow 2.21). Nobody takes batches by then, so such calls end as soon as the buffers are full: the exit waits for that.
"""

import atexit
import threading
import time
from collections.abc import Callable
from functools import wraps

QUIET, LONGEST = 0.1, 10.0  # seconds without a call that count as rest, and to wait for it at most

_lock = threading.Lock()
_state = {"running": 0, "ended": 0.0}


def resting(function: Callable) -> Callable:
    """The function, its calls taken note of."""

    @wraps(function)
    def called(*arguments):
        with _lock:
            _state["running"] += 1
        try:
            return function(*arguments)
        finally:
            with _lock:
                _state.update(running=_state["running"] - 1, ended=time.monotonic())

    return called


@atexit.register
def _rest() -> None:
    end = time.monotonic() + LONGEST
    while time.monotonic() < end and (_state["running"] or time.monotonic() - _state["ended"] < QUIET):
        time.sleep(QUIET / 10)
