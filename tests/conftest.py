"""Keeps Python's garbage collector, which took a quarter of the time of the tests, from walking through TensorFlow again and again."""

import gc
import sys

gc.set_threshold(20_000, 10, 10)


def pytest_runtest_teardown(item, nextitem):
    """After each file, and not in between, what its models leave behind is freed; modules that are imported once stay out of it."""
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        if "tensorflow" in sys.modules and not gc.get_freeze_count():
            gc.freeze()
