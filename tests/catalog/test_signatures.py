"""Signatures read from sources agree with what Python says of the imported classes."""

import inspect
import subprocess
import sys
from pathlib import Path

import keras
import pytest

from builder.catalog import cache, catalogue, catalogue_with, signatures
from builder.catalog.guess import fits
from builder.catalog.make import brick
from builder.catalog.signatures import KINDS, LAYER_ARGUMENTS, NOT_BRICKS, NOT_OPERATIONS, scan_all
from builder.graph.catalogue import REQUIRED

HOME = Path(__file__).parents[2]
EXTRA = {parameter.name for parameter in LAYER_ARGUMENTS}
PUBLIC = {kind: getattr(keras, module.removeprefix("keras.").split(".")[0]) for kind, module in KINDS.items()}
PUBLIC["schedule"] = keras.optimizers.schedules
# losses in YAML are in no module
EVERY = [(kind, name) for kind in (*KINDS, "op", "activation") for name in catalogue().names(kind) if catalogue().find(kind, name).module]


@pytest.fixture(scope="module")
def known():
    return catalogue()


@pytest.mark.parametrize("kind", KINDS)
def test_every_public_class_is_there(known, kind):
    public = {name for name, value in vars(PUBLIC[kind]).items() if inspect.isclass(value) and name[0].isupper()}
    own = {name for name in known.names(kind) if known.find(kind, name).module.startswith("builder.") or name in known.moulds()}
    whole = {f"applications.{name}" for name in vars(keras.applications) if name[0].isupper()} if kind == "layer" else set()
    assert (public - NOT_BRICKS) | whole == set(known.names(kind)) - own


def test_every_public_operation_is_there(known):
    public = {f"ops.{name}" for name, value in vars(keras.ops).items() if inspect.isfunction(value)}
    assert public - {f"ops.{name}" for name in NOT_OPERATIONS} <= set(known.names("op"))


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_parameters_and_defaults_are_those_of_python(known, kind, name):
    found = known.find(kind, name)
    real = inspect.signature(brick(kind, name)).parameters.values()
    told = [p for p in real if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL) and p.name != "input_tensor"]
    names = [p.name for p in told]
    ours = [p for p in found.parameters if p.name in names or not (kind == "layer" and p.name in EXTRA)]
    assert [p.name for p in ours] == names
    assert found.varargs == any(p.kind is p.VAR_POSITIONAL for p in real)
    for our, their in zip(ours, told, strict=True):
        assert our.keyword_only == (their.kind is their.KEYWORD_ONLY)
        assert our.required == (their.default is their.empty)
        assert our.required or same(our.default, their.default), our


def same(ours, theirs):
    if isinstance(theirs, list | tuple):
        return isinstance(ours, tuple) and list(ours) == list(theirs)
    return ours == theirs and type(ours) is type(theirs)


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_no_default_breaks_its_guessed_type(known, kind, name):
    for parameter in known.find(kind, name).parameters:
        if parameter.default is REQUIRED or parameter.default is None:
            assert parameter.default is REQUIRED or parameter.none
            continue
        assert fits(parameter.type, parameter.default), parameter
        if parameter.choices:
            assert not isinstance(parameter.default, str) or parameter.default in parameter.choices


@pytest.mark.parametrize(("kind", "brick", "parameter", "type"), [
    ("layer", "Dense", "units", "int"), ("layer", "Conv2D", "kernel_size", "ints"),
    ("layer", "Conv2D", "padding", "str"),
    ("layer", "Dense", "use_bias", "bool"), ("layer", "Dense", "activation", "activation"),
    ("layer", "Dropout", "rate", "float"),
    ("layer", "Dense", "kernel_initializer", "initializer"), ("layer", "Bidirectional", "layer", "layer"),
    ("layer", "RNN", "cell", ""), ("layer", "RandomRotation", "factor", ""), ("layer", "Cropping2D", "cropping", ""),
    ("layer", "GRU", "use_cudnn", ""), ("optimizer", "Adam", "learning_rate", "schedule"),
    ("loss", "Huber", "delta", "float"),
    ("optimizer", "Adam", "clipnorm", "float"), ("metric", "AUC", "num_thresholds", "int"),
    ("layer", "Reshape", "target_shape", "ints"),
    ("callback", "EarlyStopping", "patience", "int"), ("callback", "ModelCheckpoint", "save_freq", ""),
    ("schedule", "CosineDecay", "decay_steps", "int"), ("regularizer", "L2", "l2", "float"),
    ("source", "Csv", "path", "str"),
    ("optimizer", "LossScaleOptimizer", "initial_scale", "float"), ("op", "ops.mean", "keepdims", "bool"),
    ("op", "ops.tile", "repeats", ""), ("op", "ops.pad", "pad_width", ""),
])
def test_types(known, kind, brick, parameter, type):
    assert known.find(kind, brick).parameter(parameter).type == type


@pytest.mark.parametrize(("kind", "brick", "parameter", "choices"), [
    ("layer", "Conv2D", "padding", ("valid", "same")), ("layer", "Conv1D", "padding", ("valid", "same", "causal")),
    ("layer", "Conv2D", "data_format", ("channels_last", "channels_first")),
    ("layer", "Attention", "score_mode", ("dot", "concat")),
    ("layer", "RandomFlip", "mode", ("horizontal", "vertical", "horizontal_and_vertical")),
    ("layer", "TextVectorization", "output_mode", ("int", "multi_hot", "count", "tf_idf")),
    ("callback", "ReduceLROnPlateau", "mode", ("auto", "min", "max")),
    ("loss", "MeanSquaredError", "reduction", ("sum", "sum_over_batch_size", "mean", "mean_with_sample_weight")),
])
def test_choices(known, kind, brick, parameter, choices):
    assert set(choices) <= set(known.find(kind, brick).parameter(parameter).choices)


def test_calls(known):
    assert known.find("layer", "LSTM").call == ("sequences", "initial_state", "mask", "training")
    assert known.find("layer", "MultiHeadAttention").call[:3] == ("query", "value", "key")
    assert known.find("layer", "Add").call == ("inputs",)
    assert known.find("op", "ops.where").call == ("condition", "x1", "x2")
    assert known.find("op", "ops.mean").call == ("x",)
    assert known.find("op", "ops.concatenate").call == ("xs",)
    assert known.find("op", "ops.image.resize").call == ("images",)


def test_help(known):
    adam = known.find("optimizer", "Adam")
    assert adam.help.startswith("Optimizer that implements the Adam algorithm.")
    assert "gradient of each weight is individually clipped" in adam.parameter("clipnorm").help
    helped = [bool(p.help) for name in known.names("layer") for p in known.find("layer", name).parameters]
    assert sum(helped) / len(helped) > 0.97


@pytest.mark.parametrize("kind", ["initializer", "regularizer", "constraint", "metric", "activation"])
def test_texts_are_what_keras_takes(known, kind):
    home = getattr(keras, f"{kind}s")
    for text in known.texts(kind):
        if text not in ("accuracy", "acc", "crossentropy", "ce"):  # `compile` knows these
            try:
                assert home.get(text) is not None
            except (TypeError, KeyError) as error:  # the name is known, its class wants arguments
                assert "missing" in str(error) or text == "constant"


def test_keras_is_not_imported():
    code = ("import sys; from builder.catalog import catalogue; from builder.catalog.describe import *;"
            " from builder.catalog.schema import json_schema; catalogue().find('layer', 'Dense'); listing('op')\n"
            "describe('Adam'); json_schema(); sys.exit(any(m in sys.modules for m in ('keras', 'tensorflow')))")
    assert subprocess.run([sys.executable, "-c", code], cwd=HOME).returncode == 0


@pytest.fixture(scope="module")
def scanned():
    """A scan takes seconds: it is made once."""
    return scan_all()


@pytest.fixture
def scans(scanned, monkeypatch):
    """As many as were asked for."""
    asked = []
    monkeypatch.setattr(signatures, "scan_all", lambda: asked.append(1) or scanned)
    return asked


def test_the_cache_gives_back_what_was_scanned(tmp_path, monkeypatch, scanned, scans):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first, second = cache.load(), cache.load()
    assert len(scans) == 1
    files = list((tmp_path / "keras-bricks").iterdir())
    assert [file.suffix for file in files] == [".json"]
    for store in (first, second):
        assert {kind: {name: store.find(kind, name) for name in store.names(kind)} for kind in scanned} == scanned
    files[0].write_text("{")
    assert cache.load().find("layer", "Dense") == scanned["layer"]["Dense"] and len(scans) == 2


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, monkeypatch, scans):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache.load().find("layer", "Dense") and cache.load().find("layer", "Dense") and len(scans) == 2


CODE = '''
import keras

@keras.saving.register_keras_serializable(package="mine")
class Twice(keras.layers.Layer):
    """Doubles.

    Args:
        times: Integer, how often.
    """
    def __init__(self, times=2, **kwargs):
        super().__init__(**kwargs)
        self.times = times

    def call(self, inputs):
        return inputs * self.times

@keras.saving.register_keras_serializable(package="mine")
class Gap(keras.losses.Loss):
    def __init__(self, width=1.0, name="gap"):
        super().__init__(name=name)

    def call(self, y_true, y_pred):
        return y_pred - y_true

class Hidden(keras.layers.Layer):
    pass

raise RuntimeError("run")
'''


def test_the_users_files_are_read_and_not_run(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(CODE)
    known = catalogue_with([path])
    twice = known.find("layer", "Twice")
    assert [p.name for p in twice.parameters] == ["times", "name", "dtype", "trainable", "autocast",
    "activity_regularizer"]
    assert (twice.parameters[0].type, twice.parameters[0].help, twice.call) == ("int",
    "Integer, how often.", ("inputs",))
    assert known.find("loss", "Gap").parameters[0].default == 1.0
    assert known.find("layer", "Gap") is known.find("layer", "Hidden") is known.find("loss", "Twice") is None
    assert "Twice" in known.names("layer") and "Dense" in known.names("layer")


def test_bricks_called_by_habit_are_there(known):
    from builder.diagnostics.habits import BRICKS

    assert all(known.find("loss", name) or known.find("optimizer", name) for name in BRICKS.values())
