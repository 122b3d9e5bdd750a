"""Making bricks of the user's own files, the quiet import of Keras, and what Keras's refusals are turned into."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builder.catalog import catalogue_with, import_keras, make, trust
from builder.catalog.importing import muted
from builder.catalog.make import told
from builder.graph.catalogue import Refused
from builder.graph.graph import Recipe, TensorSpec

HOME = Path(__file__).parents[2]
CODE = '''
import keras
from keras.saving import register_keras_serializable

@register_keras_serializable("tests")
class Shift(keras.layers.Layer):
    """Adds a number."""
    def __init__(self, by=1.0, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def call(self, inputs):
        return inputs + self.by

    def get_config(self):
        return {**super().get_config(), "by": self.by}
'''


def test_a_trusted_file_brings_its_layers(tmp_path):
    path = tmp_path / "shift.py"
    path.write_text(CODE)
    shift = Recipe("layer", "Shift", (("by", 2.0),))
    with pytest.raises(Refused, match="no layer named `Shift`"):
        make(shift)
    trust(path)
    assert make(shift, name="up").get_config()["by"] == 2.0
    assert catalogue_with([path]).infer(shift, (TensorSpec((3,)),), {}).outputs == (TensorSpec((3,)),)


def test_keras_is_imported_without_a_word():
    code = "from builder.catalog import import_keras; import_keras()"
    done = subprocess.run([sys.executable, "-c", code], cwd=HOME, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_what_was_muted_is_told_after_a_failure(capfd):
    with pytest.raises(ImportError), muted():
        os.write(2, b"the reason\n")
        raise ImportError
    with muted():
        os.write(2, b"chatter\n")
    assert capfd.readouterr().err == "the reason\n"


@pytest.mark.parametrize(("said", "want"), [
    ("Exception encountered when calling Conv2D.call().\n\n\x1b[1mBad shape (None, 3).\x1b[0m\n\nArguments received by "
     "Conv2D.call():\n  • inputs=tf.Tensor(shape=(None, 3), dtype=float32)", "Bad shape (batch, 3)."),
    ("Got <KerasTensor shape=(None, 2), dtype=float32, sparse=False, ragged=False, name=keras_tensor_4> of "
     "<class 'keras.src.backend.common.keras_tensor.KerasTensor'>", "Got (batch, 2) of `KerasTensor`"),
    ("Layer <Dense name=dense, built=False> and <keras.src.layers.core.dense.Dense object at 0x7f00>",
     "Layer `Dense` and `Dense`"),
    ('Input 1 of layer "lstm" is incompatible with the layer: expected ndim=3, found ndim=2. Full shape received: '
     "(None, 4)", "input 2 does not fit: it takes 3 dimensions with the batch, and gets 2: (batch, 4)"),
])
def test_what_keras_says_is_said_to_a_person(said, want):
    assert told(ValueError(said)) == want


def test_other_errors_are_named():
    assert told(IndexError("list index out of range")) == "Keras fails on it (IndexError: list index out of range)"


def test_import_gives_keras():
    assert import_keras().__name__ == "keras"
