"""The decision boundary: cells that say what the model says, frames that are few, and nothing for a model without a plane."""

import base64
from pathlib import Path

import numpy as np
import pytest

from builder.data import Column, Data, Field, Split
from builder.graph.graph import Recipe
from builder.graph.plans import LossPlan, PhasePlan
from builder.report import boundary

POINTS = np.array([[0, 0], [4, 0], [0, 2], [4, 2], [1, 1]], "float32")


def data(label: np.ndarray, classes: tuple[str, ...] | None = ("left", "right"), points: np.ndarray = POINTS) -> Data:
    """Five points in the plane and what is true of them, to train and to validate on."""
    fields = {"place": Field("place", points.shape[1:], "float32"), "side": Field("side", label.shape[1:], label.dtype.name, classes)}
    columns = {"place": Column(fields["place"], points), "side": Column(fields["side"], label)}
    return Data(fields, {name: Split(name, columns) for name in ("train", "validation")})


def model(units: int, kernel: list, bias: list, activation: str | None = None, inputs: tuple = (2,)):
    """One layer with weights that are given, named otherwise than its fields."""
    import keras

    place = keras.Input(inputs, name="place")
    layer = keras.layers.Dense(units, activation=activation, name="head")
    built = keras.Model({"place": place}, {"head": layer(place)})
    layer.set_weights([np.array(kernel, "float32"), np.array(bias, "float32")])
    return built


def plan(loss: str, **arguments) -> PhasePlan:
    terms = {"head": LossPlan("head", Recipe("loss", loss, tuple(arguments.items())), "side")}
    return PhasePlan(losses=terms, optimizer=Recipe("optimizer", "SGD", ()), metrics={}, epochs=1)


def cells(frame: boundary.Frame) -> np.ndarray:
    return np.frombuffer(base64.b64decode(frame.cells), "uint8").reshape(boundary.SIDE, boundary.SIDE)


def test_a_yes_no_output_splits_the_plane_where_its_score_is_even():
    """sigmoid(4 * (x - 2)): right of 2 is class 1; at its far ends the model is sure."""
    camera = boundary.camera(model(1, [[4.0], [0.0]], [-8.0], "sigmoid"), data(np.array([0, 1, 1, 1, 0])), plan("BinaryCrossentropy"))
    plane, frame = camera.plane, camera.frame(7)
    found = cells(frame)
    x = plane.grid()[:, 0].reshape(plane.side, plane.side)
    assert (found // plane.levels == (x > 2)).all() and plane.levels == 128
    sure = found % plane.levels / (plane.levels - 1)
    share = 1 / (1 + np.exp(-4 * np.abs(x - 2)))
    assert np.abs(sure - (2 * share - 1)).max() < 0.01
    assert frame.epoch == 7 and frame.wrong == (2, 7)  # the third point, in both splits
    assert plane.classes == ("left", "right") and plane.points["validation"].truth == (0, 1, 1, 1, 0)


def test_rows_go_from_top_to_bottom():
    """Softmax over scores (y, -y): class 0 is above 0."""
    camera = boundary.camera(model(2, [[0, 0], [1, -1]], [0, 0], "softmax"), data(np.array([0, 1, 0, 0, 1])), plan("SparseCategoricalCrossentropy"))
    found = cells(camera.frame(1)) // camera.plane.levels
    left, right, bottom, top = camera.plane.bounds
    assert (left, right) == (-0.48, 4.48) and (bottom, top) == (-0.24, 2.24)
    assert (found[0] == 0).all() and (found[-1] == 1).all()


@pytest.mark.parametrize(("loss", "target", "units"), [
    ("CategoricalCrossentropy", np.eye(3, dtype="float32")[[0, 1, 2, 0, 1]], 3), ("SparseCategoricalCrossentropy", np.array([0, 1, 2, 0, 1]), 3),
])
def test_logits_and_one_hot_targets_are_read_as_they_are_meant(loss, target, units):
    camera = boundary.camera(model(units, np.zeros((2, 3)), [0, 0, 5.0]), data(target, None), plan(loss, from_logits=True))
    frame, share = camera.frame(1), np.exp(5) / (np.exp(5) + 2)
    assert camera.plane.points["train"].truth == (0, 1, 2, 0, 1)
    assert set(cells(frame).ravel()) == {2 * 85 + round((share - 1 / 3) / (2 / 3) * 84)}
    assert frame.wrong == (0, 1, 3, 4, 5, 6, 8, 9)


def test_numbers_become_a_heat_map_over_the_range_of_the_targets():
    camera = boundary.camera(model(1, [[1.0], [0.0]], [0.0]), data(np.array([0, 4, 0, 4, 1], "float32"), None), plan("MeanSquaredError"))
    plane, frame = camera.plane, camera.frame(1)
    wanted = np.clip(plane.grid()[:, 0] / 4, 0, 1) * 255
    assert np.abs(cells(frame).ravel() - wanted).max() <= 0.5
    assert (plane.classes, plane.low, plane.high, frame.wrong) == ((), 0.0, 4.0, ())


def test_a_model_that_has_gone_wrong_still_has_a_picture():
    """Not-a-number scores count as none; points without a place are left out."""
    points = np.concatenate([POINTS, [[np.nan, 0]]]).astype("float32")
    camera = boundary.camera(model(1, [[np.nan], [0.0]], [0.0], "sigmoid"), data(np.array([0, 1, 0, 1, 0, 1]), points=points), plan("BinaryCrossentropy"))
    assert len(camera.plane.points["train"].x) == 5
    assert set(cells(camera.frame(1)).ravel()) <= set(range(256))


@pytest.mark.parametrize(("built", "given", "loss"), [
    (lambda: model(1, np.ones((3, 1)), [0.0], inputs=(3,)), data(np.array([0, 1, 0, 1, 0]), points=np.ones((5, 3), "float32")), "BinaryCrossentropy"),
    (lambda: model(3, np.ones((2, 3)), [0.0] * 3), data(np.ones((5, 3), "float32"), None), "MeanSquaredError"),
    (lambda: model(3, np.ones((2, 3)), [0.0] * 3, "sigmoid"), data(np.ones((5, 3), "float32"), None), "BinaryCrossentropy"),
    (lambda: model(65, np.ones((2, 65)), [0.0] * 65, "softmax"), data(np.array([0, 1, 0, 1, 0]), None), "SparseCategoricalCrossentropy"),
])
def test_what_has_no_plane_or_no_classes_has_no_camera(built, given, loss):
    assert boundary.camera(built(), given, plan(loss)) is None


def test_a_film_keeps_few_frames_about_as_far_from_each_other_and_the_newest():
    film = boundary.Film(None)
    for epoch in range(1000):
        film.add(boundary.Frame(epoch, ""))
        kept = [frame.epoch for frame in film.frames]
        assert len(kept) <= boundary.FRAMES + 1 and kept[-1] == epoch and kept[0] == 0
        gaps = set(np.diff(kept[:-1])) if len(kept) > 2 else {1}
        assert len(gaps) == 1, kept


def test_a_film_is_kept_in_the_run_folder_and_found_again(tmp_path: Path):
    camera = boundary.camera(model(1, [[4.0], [0.0]], [-8.0], "sigmoid"), data(np.array([0, 1, 1, 1, 0])), plan("BinaryCrossentropy"))
    film = boundary.Film(camera.plane, [camera.frame(epoch) for epoch in (1, 2, 5)])
    film.save(tmp_path)
    assert boundary.kept(tmp_path) == film.frames
    assert [frame.epoch for frame in boundary.kept(tmp_path, 3)] == [1, 2]
    assert boundary.part_of(tmp_path).data["film"]["plane"]["classes"] == ["left", "right"]
    assert boundary.part_of(tmp_path / "other").body == ""


def test_a_run_that_nobody_watched_keeps_its_last_plane(tmp_path: Path):
    built, points, phase = model(1, [[4.0], [0.0]], [-8.0], "sigmoid"), data(np.array([0, 1, 1, 1, 0])), plan("BinaryCrossentropy")
    boundary.keep_last(tmp_path, built, points, phase, 4)
    boundary.keep_last(tmp_path, built, points, phase, 4)
    boundary.keep_last(tmp_path, built, points, phase, 6)
    assert [frame.epoch for frame in boundary.kept(tmp_path)] == [4, 6]


def test_a_large_film_makes_a_small_file(tmp_path: Path):
    """As many frames as are kept, of a full plane: a page with it can be mailed."""
    points = np.random.default_rng(0).normal(size=(3000, 2)).astype("float32")
    camera = boundary.camera(model(1, [[4.0], [0.0]], [0.0], "sigmoid"), data((points[:, 1] > 0).astype("int64"), points=points), plan("BinaryCrossentropy"))
    film = boundary.Film(camera.plane, [camera.frame(1)] * (boundary.FRAMES + 1))
    film.save(tmp_path)
    assert (tmp_path / boundary.FILE).stat().st_size < 1_000_000
