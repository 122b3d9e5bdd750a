"""Keeps Python's garbage collector from walking through TensorFlow, and through what earlier tests have left there, again and again."""

import gc

gc.set_threshold(50_000, 20, 100)


def pytest_runtest_teardown(item, nextitem):
    """What a file's tests leave behind is freed after it; what then is left, modules and TensorFlow's own memory, is not looked at again."""
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        gc.freeze()
