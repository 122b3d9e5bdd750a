"""The pictures: what stands on them is what the weights and maps are; files in every format; and what cannot be looked at."""

import numpy as np
import pytest
from inside_models import classes, inside

from builder import SpecError, look_inside
from builder.inside import decide, example_of_files, look_at_activations, look_at_decision, look_at_filters
from builder.inside.picture import over, sheet, warm
from builder.training.examples import Example


def test_colour_kernels_are_shown_in_colour():
    """Middle grey is 0; the greatest weight is full or none of its colour."""
    model = inside("- Conv2D: [4, 2]\n  name: first\n- Conv2D: [5, 2]\n  name: second", "{image: [6, 6, 3]}")
    kernel = np.zeros((2, 2, 3, 4), "float32")
    kernel[0, 0, 0, 0], kernel[1, 1, 2, 3] = 0.5, -0.5
    model.model.get_layer("first").set_weights([kernel, np.zeros(4)])
    picture = look_at_filters(model, "first").panels[0].image
    assert picture.shape == (5, 5, 3)  # two by two filters, a gap between them
    assert picture[0, 0].tolist() == [255, 128, 128] and picture[4, 4].tolist() == [128, 128, 0]
    assert picture[1, 1].tolist() == [128, 128, 128] and picture[2].min() == 255
    second = look_at_filters(model, "second")
    assert second.panels[0].note == "5 filters of 2 × 2 across, 4 channels down" and second.panels[0].image.shape == (4 * 3 - 1, 5 * 3 - 1, 3)


def test_dense_weights_are_shown_as_the_image_that_was_flattened():
    model = inside("- Rescaling: 0.5\n- Flatten\n- Dropout: 0.1\n- Dense: [3, activation: relu]\n  name: eyes\n- Dense: 2\n  name: last")
    view = look_at_filters(model, "eyes")
    kernel = model.model.get_layer("eyes").kernel.numpy()
    np.testing.assert_array_equal(view.values["filters"], kernel.T.reshape(3, 6, 6, 1))
    assert view.panels[0].note == "3 filters of 6 × 6"
    assert look_at_filters(model, "last").panels[0].note == "3 inputs down, 2 units across"


def test_weights_of_a_picture_that_the_data_give_flat_and_of_a_recurrent_layer():
    flat = inside("- Dense: [3, activation: relu]\n  name: eyes", "{pixels: [100]}")
    assert look_at_filters(flat, "eyes").panels[0].note == "3 filters of 10 × 10"
    rows = inside("- GRU: 4\n  name: rows", "{steps: [5, 2]}")
    assert look_at_filters(rows, "rows").panels[0].note == "2 inputs down, 12 units across"


@pytest.mark.parametrize("step, count, channels", [
    ("Conv2DTranspose: [5, 3]", 5, 2), ("DepthwiseConv2D: [3, depth_multiplier: 2]", 4, 1), ("SeparableConv2D: [5, 3]", 2, 1), ("Conv2D: [100, 3]", 100, 2)])
def test_every_kind_of_convolution(step, count, channels):
    view = look_at_filters(inside(f"- {step}\n  name: it", "{image: [6, 6, 2]}"), "it")
    assert view.values["filters"].shape == (count, 3, 3, channels)
    assert view.panels[0].image.shape[0] <= 4 * 16 and view.panels[0].image.shape[1] <= 4 * 16


def test_maps_are_those_of_the_layer_beside_the_input():
    model = inside("- Conv2D: [5, 3]\n  name: maps\n- Flatten\n- Dense: 7\n  name: code")
    image = np.random.default_rng(0).random((6, 6, 1), "float32")
    view = look_at_activations(model, "maps", Example("one.png", {"image": image}), {"image": (0, 1)})
    own = np.asarray(model.model.get_layer("maps")(image[None]))[0]
    np.testing.assert_allclose(view.values["activations"], own, atol=1e-6)
    given, maps = view.panels
    np.testing.assert_array_equal(given.image[..., 0], (image[..., 0].astype("float64") * 255).round())
    span = (min(0, own.min()), own.max())
    np.testing.assert_array_equal(maps.image, sheet([warm(own[..., at], span) for at in range(5)]))
    assert look_at_activations(model, "code", Example("one.png", {"image": image}), {}).panels[1].note == "7 values"


def test_heat_is_laid_where_the_map_is():
    heat = np.zeros((4, 4))
    heat[0, 3] = 1
    laid = over(np.full((8, 8, 3), 200, "uint8"), heat).astype(int)
    size = len(laid)
    assert np.ptp(laid[0, -1]) > 60 and np.ptp(laid[-1, 0]) == 0 and size >= 400


def test_the_command_writes_pictures(build, digits, tmp_path):
    code, said = build("show", "tiny", "--filters", "maps")
    assert code == 0 and "filters-maps.png" in said
    assert (digits.folder / "inside/filters-maps.png").read_bytes().startswith(b"\x89PNG")
    code, said = build("show", "tiny", "--activations", "maps", "--example", "3", "-o", "maps.svg")
    first = (tmp_path / "maps.svg").read_bytes()
    assert code == 0 and b"<svg" in first
    assert build("show", "tiny", "--activations", "maps", "--example", "3", "-o", "maps.svg")[0] == 1  # it is there
    assert build("show", "tiny", "--activations", "maps", "--example", "3", "-o", "maps.svg", "--force")[0] == 0
    assert (tmp_path / "maps.svg").read_bytes() == first
    code, said = build("show", "tiny", "--saliency", "--grad-cam", "-o", "why.html", "--class", "7")
    page = (tmp_path / "why.html").read_text()
    assert code == 0 and "what speaks for 7" in said and page.count("<img") == 3 and "http" not in page.replace("http-equiv", "")


def test_a_file_and_the_same_example_of_the_split_give_the_same(digits, tmp_path):
    from PIL import Image

    view = look_inside(digits, saliency=True, grad_cam=True, example=5)
    assert view.note.startswith("said ") and "; true " in view.note and [panel.title for panel in view.panels] == ["image", "saliency", "Grad-CAM"]
    Image.fromarray(view.panels[0].image[..., 0]).save(tmp_path / "scan.png")
    again = look_inside(digits, saliency=True, grad_cam="maps", files=[tmp_path / "scan.png"])
    np.testing.assert_allclose(again.values["grad_cam"], view.values["grad_cam"], atol=0.02 * view.values["grad_cam"].max() + 1e-6)
    assert again.title == view.title and "true" not in again.note


@pytest.mark.parametrize("words, told", [
    (["--filters", "map"], "error[no-such-layer]: the model has no layer or wire named `map`\nhelp: did you mean `maps`?"),
    (["--filters", "flatten"], "`flatten` has no filters to show: `Flatten` is no convolution"),
    (["--grad-cam", "code"], "`code` gives (batch, 6), and Grad-CAM weighs maps"),
    (["--grad-cam", "--class", "seven"], "the model knows no class `seven`"),
    (["--saliency", "--example", "180"], "the test split has no example 180\nhelp: its 180 examples have the numbers 0 to 179"),
    (["--saliency", "--input", "none.png"], "none.png cannot be read"),
    (["--saliency", "-o", "why.dot"], "there is no picture format `.dot`"),
    (["--filters", "maps", "-o", "nowhere/maps.png"], "`nowhere/maps.png` cannot be written: no such file or directory")])
def test_what_cannot_be_looked_at_is_told(build, words, told):
    code, said = build("show", "tiny", *words)
    assert code == 1 and told in said and "Traceback" not in said


def test_the_file_of_a_spec_in_place_of_its_runs_is_told(build):
    code, said = build("show", "specs/tiny.yaml", "--filters", "maps")
    assert code == 1 and "did you mean `tiny`?" in said


@pytest.mark.parametrize("words, told", [
    (["--filters", "maps", "--saliency"], "one at a time: --filters and --saliency"), (["--class", "7"], "--class goes with --saliency or --grad-cam"),
    (["--filters", "maps", "--example", "1"], "--example goes with --activations"),
    (["--saliency", "--example", "1", "--input", "a.png"], "give --input or --example, not both"),
    (["--saliency", "--depth", "1"], "--set and --depth are for the picture of a network")])
def test_what_does_not_go_together_is_wrong_usage(build, words, told):
    code, said = build("show", "tiny", *words)
    assert code == 2 and told in said


def test_a_model_without_images_is_told():
    model = inside("- Dense: [3, activation: softmax]\n  name: label", "{sizes: [4]}")
    decision = decide(model, classes(), {"sizes": np.ones((1, 4), "float32")})
    with pytest.raises(SpecError) as error:
        look_at_decision(decision, "row 1", None, {}, saliency=True, grad_cam=None)
    assert error.value.faults[0].kind == "no-picture"


def test_files_without_an_example_are_told(tmp_path):
    (tmp_path / "empty.csv").write_text("size\n")
    info = {"inputs": {"size": {"shape": [], "dtype": "float32"}}, "fields": {"size": {}}}
    with pytest.raises(SpecError) as error:
        example_of_files(info, [tmp_path / "empty.csv"])
    assert error.value.faults[0].kind == "no-example"
