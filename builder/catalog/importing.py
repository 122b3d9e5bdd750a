"""Keras imported quietly: TensorFlow's start-up chatter is muted, and replayed if the import fails."""

import contextlib
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from types import ModuleType


def import_keras() -> ModuleType:
    """The keras module, on TensorFlow; every room gets Keras by this the first time.

    Raises:
        ImportError: Keras or TensorFlow cannot be imported; what they wrote has been replayed to stderr.
    """
    if "keras" in sys.modules:
        return sys.modules["keras"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with muted():
        import keras
    # Keras warns where a mask enters a network in a network, which hands it on to its layers all the same; `lost_masks` tells what is lost.
    warnings.filterwarnings("ignore", r"Layer '.*' \(of type Functional\) was passed an input with a mask")
    return keras


@contextlib.contextmanager
def muted() -> Iterator[None]:
    """Hold back what is written to file descriptor 2 (C++ logs too); write it after all if the block raises."""
    try:
        kept = os.dup(2)
    except OSError:  # no stderr to mute
        yield
        return
    with tempfile.TemporaryFile() as held:
        sys.stderr and sys.stderr.flush()
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            _replay(held)
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _replay(held) -> None:
    held.seek(0)
    with contextlib.suppress(OSError):
        os.write(2, held.read())
