"""Exports of one model to every format that can be had here, looked at as those who serve them would."""

import hashlib
import importlib.util
import json
import subprocess
import sys

import export_models as models
import numpy as np
import pytest
import tensorflow as tf

from builder.diagnostics import render
from builder.export import FORMATS, export

ONNX = all(importlib.util.find_spec(name) for name in ("tf2onnx", "onnx", "onnxruntime"))
LITERT = importlib.util.find_spec("ai_edge_litert") or hasattr(tf.lite, "Interpreter")
HERE = [name for name, there in (("saved_model", True), ("keras", True), ("onnx", ONNX), ("litert", LITERT)) if there]


@pytest.fixture(scope="module")
def model():
    built = models.two_ended()
    built.compile("adam", {"label": "sparse_categorical_crossentropy", "side.size": "mse"})
    return built


@pytest.fixture(scope="module")
def done(model, tmp_path_factory):
    """Every export that can be made here, by format."""
    steps = []
    folder = tmp_path_factory.mktemp("out") / "deep" / "exports"
    exported = export(model, HERE, folder, spec_text="name: two\n", name="two ended", classes={"label": models.DIGITS},
                      metrics={"accuracy": 0.9}, samples=models.samples(), info={"run": "two/1"}, tell=steps.append)
    assert steps == [*(f"write {name}" for name in HERE), "prove"]
    return {one.format: one for one in exported}


@pytest.fixture(scope="module")
def folder(done):
    return done["keras"].path.parent


@pytest.fixture(scope="module")
def served(done):
    return tf.saved_model.load(str(done["saved_model"].path))


def given(count):
    """Inputs as the signature takes them."""
    raw = models.samples(count)
    return {"scan_image": tf.constant(raw["scan.image"], "uint8"), "Extra": tf.constant(raw["Extra"], "float32")}


@pytest.mark.parametrize("format", FORMATS)
def test_gives_what_the_model_gives(done, format):
    if format not in HERE:
        pytest.skip(f"the packages for {format} are not installed")
    assert done[format].greatest_difference <= FORMATS[format].tolerance


def test_the_signature_has_the_names_and_dtypes_of_the_spec(served):
    for name in ("serve", "serving_default"):
        signature = served.signatures[name]
        _, inputs = signature.structured_input_signature
        assert {key: (spec.shape.as_list(), spec.dtype) for key, spec in inputs.items()} == {
            "scan_image": ([None, 8, 8, 1], tf.uint8), "Extra": ([None, 3], tf.float32)}
        assert {key: spec.shape.as_list() for key, spec in signature.structured_outputs.items()} == {
            "label": [None, 10], "side.size": [None, 1], "label_class": [None]}


@pytest.mark.parametrize("count", [1, 7])
def test_the_batch_is_free_and_the_class_has_its_name(served, model, count):
    outputs = served.signatures["serving_default"](**given(count))
    raw = models.samples(count)
    expected = model({"scan.image": raw["scan.image"].astype("uint8"), "Extra": raw["Extra"]}, training=False)
    assert np.allclose(outputs["label"], expected["label"], atol=1e-6)
    names = [models.DIGITS[index] for index in np.argmax(expected["label"], -1)]
    assert [name.decode() for name in outputs["label_class"].numpy()] == names


def test_a_renamed_input_is_told(done):
    assert render(done["saved_model"].warnings) == (
        "warning[export-renamed]: in the exported model the input `scan.image` is called `scan_image`\n"
        "note: only letters, digits and `_` can stand there\n")
    assert done["keras"].warnings == ()


def test_the_request_is_what_the_signature_takes(folder, served):
    """TensorFlow Serving stacks the instances of a request into a batch for each named input."""
    asked = json.loads((folder / "request.json").read_text())
    _, inputs = served.signatures[asked["signature_name"]].structured_input_signature
    batch = {key: tf.constant([one[key] for one in asked["instances"]], spec.dtype) for key, spec in inputs.items()}
    assert served.signatures["serving_default"](**batch)["label"].shape == (1, 10)
    assert np.array_equal(batch["scan_image"], models.samples()["scan.image"][:1])


def test_the_card_tells_what_the_export_is(folder, model):
    card = json.loads((folder / "model_card.json").read_text())
    assert card["inputs"]["scan.image"] == {"key": "scan_image", "shape": [None, 8, 8, 1], "dtype": "uint8"}
    assert card["outputs"]["label"]["classes"] == list(models.DIGITS)
    assert card["outputs"]["label"]["class_key"] == "label_class"
    assert "classes" not in card["outputs"]["side.size"]
    assert card["spec_sha256"] == hashlib.sha256(b"name: two\n").hexdigest()
    assert card["metrics"] == {"accuracy": 0.9} and card["run"] == {"run": "two/1"}
    assert card["parameters"] == model.count_params()
    assert {"keras", "tensorflow"} <= set(card["versions"])
    assert list(card["exports"]) == HERE
    assert card["exports"]["keras"]["needs"] == ["keras"]
    assert card["exports"]["saved_model"]["compared_on"] == "real inputs"
    assert "/models/two_ended/1" in card["serve"]["command"]


def test_the_files_bear_the_name_and_nothing_else_is_left(folder):
    files = {"saved_model": "saved_model", "keras": "two_ended.keras", "onnx": "two_ended.onnx",
             "litert": "two_ended.tflite"}
    beside = {"model_card.json", "request.json", "labels.json"}
    assert {path.name for path in folder.iterdir()} == {files[format] for format in HERE} | beside
    assert json.loads((folder / "labels.json").read_text()) == {"label": list(models.DIGITS)}


def test_the_model_is_left_as_it_was(done, model):
    assert model.compiled and model.optimizer.iterations == 0


PLAIN = """
import sys
class Absent:
    def find_spec(self, name, *_):
        if name.partition(".")[0] == "builder":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import keras
import numpy as np
model = keras.saving.load_model(sys.argv[1])
outputs = model({"scan.image": np.ones((2, 8, 8, 1), "uint8"), "Extra": np.ones((2, 3), "float32")})
print(sorted(outputs), model.compiled)
"""


def test_a_keras_file_loads_where_this_project_is_not_installed(done, tmp_path):
    ran = subprocess.run([sys.executable, "-P", "-c", PLAIN, str(done["keras"].path)], cwd=tmp_path,
                         capture_output=True, text=True)
    assert ran.stdout == "['label', 'side.size'] False\n", ran.stderr


@pytest.mark.skipif(not LITERT, reason="no interpreter of LiteRT is installed")
def test_litert_has_named_inputs_and_a_free_batch(done):
    from builder.export.prove import load_litert

    run = load_litert({"path": str(done["litert"].path), "inputs": [["scan.image", "scan_image"], ["Extra", "Extra"]]})
    raw = models.samples(3)
    outputs = run({"scan.image": raw["scan.image"].astype("uint8"), "Extra": raw["Extra"].astype("float32")})
    assert outputs["label"].shape == (3, 10) and outputs["side.size"].shape == (3, 1)


@pytest.mark.skipif(not ONNX, reason="tf2onnx, onnx and onnxruntime are not installed")
def test_onnx_has_the_names_and_a_free_batch(done):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(done["onnx"].path))
    assert {one.name for one in session.get_inputs()} == {"scan_image", "Extra"}
    assert {one.name for one in session.get_outputs()} == {"label", "side.size"}
