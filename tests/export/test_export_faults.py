"""What an export says when it cannot be made, and what it leaves behind then: nothing."""

import errno
import json

import export_models as models
import numpy as np
import pytest

from builder.diagnostics import SpecError, render
from builder.export import FORMATS, export, formats, proof
from builder.export.examples import examples
from builder.export.graphs import class_names
from builder.export.interface import Interface, Port, _key, interface, plain_model
from builder.export.processes import reason
from builder.export.proof import difference


@pytest.fixture(scope="module")
def model():
    return models.dense()


def said(model, wanted, folder, **about):
    with pytest.raises(SpecError) as error:
        export(model, wanted, folder, **about)
    return render(error.value.faults)


def pretend(monkeypatch, outcome):
    """The fresh process replaced: `outcome` maps a job's outputs to what it is said to have given."""

    def fresh(jobs, folder):
        for job in jobs:
            for given, got in job["cases"]:
                with np.load(given) as arrays:
                    outcome(job, arrays["arr_0"], got)
        return "Segmentation fault"

    monkeypatch.setattr(proof, "_fresh_process", fresh)


def test_an_unknown_format(model, tmp_path):
    assert said(model, ["onxx", "keras"], tmp_path) == (
        "error[unknown-format]: there is no export format named `onxx`\n"
        "help: did you mean `onnx`?\n"
        "note: formats: saved_model, keras, onnx, litert\n")


def test_missing_packages(model, tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "_installed", lambda *modules: False)
    assert said(model, "onnx", tmp_path) == (
        "error[missing-extra]: the export to ONNX needs packages that are not installed\n"
        'help: install them: `pip install "keras-bricks[onnx]"`\n')


@pytest.mark.parametrize("format, title", [("onnx", "ONNX"), ("litert", "LiteRT")])
def test_formats_without_text(format, title, tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "_installed", lambda *modules: True)
    assert said(models.words(), format, tmp_path) == (
        f"error[export-text]: {title} cannot hold this model, for it reads text: `text`\n"
        "help: export it as a SavedModel, which takes text: `--format saved_model`\n")


def test_onnx_looks_nothing_up(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "_installed", lambda *modules: True)
    keras, layers = models.keras, models.layers
    number = keras.Input((1,), dtype="int64", name="n")
    found = layers.IntegerLookup(vocabulary=[3, 4], output_mode="one_hot", name="kind")(number)
    text = said(keras.Model({"n": number}, {"y": layers.Dense(2)(found)}), "onnx", tmp_path)
    assert text.startswith("error[export-text]: ONNX cannot hold this model, for it looks words up: `kind`\n")


def test_a_layer_that_has_learned_nothing(tmp_path):
    assert said(models.words(vocabulary=()), "saved_model", tmp_path) == (
        "error[export-unadapted]: `lookup` cannot be exported before it has learned from data\n"
        "help: train the spec, and export the run: `build train SPEC`, then `build export latest`\n")


def test_two_inputs_of_one_name(tmp_path):
    keras, layers = models.keras, models.layers
    wires = {name: keras.Input((2,), name=name) for name in ("a.b", "a_b")}
    model = keras.Model(wires, {"y": layers.Add()(list(wires.values()))})
    assert said(model, "saved_model", tmp_path) == (
        "error[export-collision]: the inputs `a.b` and `a_b` cannot be told apart by name in an exported model\n"
        "help: rename one of them\n"
        "note: only letters, digits and `_` count there, and `A` is the same as `a`\n")


@pytest.mark.parametrize("name, key", [
    ("image", "image"), ("Age", "Age"), ("stem.out", "stem_out"), ("größe", "gr__e"), ("1st", "input_1st"),
    ("self", "input_self"), ("class", "input_class"), ("_x", "input__x"),
])
def test_names_that_can_stand_in_a_signature(name, key):
    assert _key(name) == key


def test_a_folder_that_is_a_file(model, tmp_path):
    (tmp_path / "out").write_text("mine")
    assert said(model, "keras", tmp_path / "out") == (
        f"error[export-folder]: nothing can be exported to {tmp_path / 'out'}: File exists\n"
        "help: choose another folder: `--output FOLDER`\n")


def test_a_full_disk_leaves_what_was_there(model, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "model.keras").write_text("before")
    monkeypatch.setattr(models.keras.Model, "save", full)
    assert said(model, "keras", tmp_path) == (
        f"error[export-full]: the disk that holds {tmp_path} is full\n"
        "help: free some space and export again\n"
        "note: what lay in the folder before is as it was\n")
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]


def test_what_keras_refuses(tmp_path):
    class Unwilling(models.layers.Layer):
        def call(self, x):
            return x

        def get_config(self):
            raise NotImplementedError("no config of this layer.")

    text = said(models.dense(Unwilling()), "keras", tmp_path)
    assert text == "error[export-refused]: this model cannot be written as `.keras`: no config of this layer.\n"


def test_an_export_that_differs(model, tmp_path, monkeypatch):
    pretend(monkeypatch, lambda job, x, got: np.savez(got, np.asarray(model({"x": x})["y"]) + 0.5))
    (tmp_path / "model.keras").write_text("before")
    assert said(model, ["keras"], tmp_path) == (
        "error[export-differs]: the `.keras` export, reloaded, gives another `y` than the model: it differs by 0.5\n"
        "help: try another format, such as `--format saved_model`\n"
        f"note: at most {1e-5 * max(1, _greatest(model)):.2g} is allowed\n"
        "note: nothing was written to the folder\n")
    assert (tmp_path / "model.keras").read_text() == "before"


def _greatest(model):
    source = formats.Source(model, interface(plain_model(model)), {}, "model")
    given = examples(model, source.ports, None)
    return float(np.abs(model(given)["y"]).max())


def test_an_export_that_does_not_load(model, tmp_path, monkeypatch):
    pretend(monkeypatch, lambda job, x, got: None)
    assert said(model, "keras", tmp_path) == (
        "error[export-unloadable]: the `.keras` export could not be run in a fresh process: Segmentation fault\n"
        "note: nothing was written to the folder\n")


def test_examples_the_model_cannot_take(tmp_path):
    keras, layers = models.keras, models.layers
    x = keras.Input((None,), name="x")
    model = keras.Model({"x": x}, {"y": layers.Dense(1)(keras.ops.reshape(x, (-1, 7)))})
    text = said(model, "keras", tmp_path)
    assert text.startswith("error[export-examples]: the model cannot be run on the inputs that its exports are ")
    assert "help: export a run instead of a spec, so that its own data are used\n" in text


def test_the_card_keeps_earlier_exports_of_the_same_weights_alone(model, tmp_path, monkeypatch):
    def told(model, format):
        pretend(monkeypatch, lambda job, x, got: np.savez(got, np.asarray(model({"x": x})["y"])))
        export(model, format, tmp_path)
        return list(json.loads((tmp_path / "model_card.json").read_text())["exports"])

    assert told(model, "keras") == ["keras"]
    assert told(model, "saved_model") == ["saved_model", "keras"]
    assert told(models.dense(), "saved_model") == ["saved_model"]


@pytest.mark.parametrize("wanted, got, expected", [
    ([1.0, 2.0], [1.0, 2.25], 0.25),
    ([1.0, np.nan], [1.0, np.nan], 0.0),
    ([1.0, np.inf], [1.0, np.inf], 0.0),
    ([1.0, 2.0], [1.0, np.nan], np.inf),
    ([1.0, 2.0], [[1.0, 2.0]], np.inf),
    (["a", "b"], ["a", "b"], 0.0),
    (["a", "b"], ["a", "c"], np.inf),
    ([], [], 0.0),
])
def test_difference(wanted, got, expected):
    assert difference(np.array(wanted), np.array(got)) == expected


@pytest.mark.parametrize("last, logit", [("sigmoid", False), ("linear", True), (None, True)])
def test_one_unit_names_the_second_class_by_probability_or_logit(last, logit):
    model = plain_model(models.dense(units=1, activation=last))
    port = interface(model, {"y": ("no", "yes")}).outputs[0]
    names = class_names(model, port, np.array([[0.3], [-1.0], [0.7]], "float32")).numpy()
    assert names.tolist() == [b"yes" if logit else b"no", b"no", b"yes"]


def test_class_names_that_fit_no_units_are_left_out():
    model = plain_model(models.dense(units=3))
    assert interface(model, {"y": ("a", "b")}).outputs[0].classes is None
    assert interface(model, {"y": ("a", "b", "c")}).outputs[0].classes == ("a", "b", "c")


def test_a_class_key_never_hides_an_output():
    output = Port("y", "y", (None, 2), "float32", ("a", "b"))
    taken = Port("y_class", "y_class", (None, 1), "float32")
    assert Interface((), (output,)).class_key(output) == "y_class"
    assert Interface((), (output, taken)).class_key(output) == "y_class_name"


def test_made_up_inputs_fit_the_model():
    model = plain_model(models.recurrent())
    made = examples(model, interface(model), None)["ids"]
    assert made.shape == (4, 32) and made.dtype == "int32" and made.max() < 30


def test_made_up_texts_are_of_words_the_model_knows():
    model = plain_model(models.words())
    made = examples(model, interface(model), None)["text"]
    assert {word for text in made for word in text.split()} == {"good", "bad", "film"}


@pytest.mark.parametrize("text, expected", [
    ("", "no reason was given"),
    ("plain words", "plain words"),
    ("Traceback:\n  x\nValueError: bad weights\n", "bad weights"),
    ("Traceback:\nTypeError: first cause. More of it\nduring\nValueError: second", "first cause"),
    ("Exception encountered when calling Odd.call().\n\n\x1b[1mNo such axis.\x1b[0m\n", "No such axis."),
    ("x" * 500, "x" * 237 + "..."),
])
def test_the_reason_in_a_long_message(text, expected):
    assert reason(text) == expected


def test_tolerances_are_told_for_every_format():
    assert {name: one.tolerance for name, one in FORMATS.items()} == {
        "saved_model": 1e-5, "keras": 1e-5, "onnx": 1e-4, "litert": 1e-4}
