"""Samples of a generator over time: of the same noise, few of them, the same ones in a resumed run, and nothing of the run depends on them."""

import json
import signal

import numpy as np
import pytest

import builder
from builder.diagnostics import words
from builder.report import FILE, gallery, made, samples
from builder.training import Interrupted, Silent
from builder.training.prediction import Prediction

POINTS = """
name: points
networks:
  generator: {inputs: {noise: [3]}, layers: [Dense: [4, activation: relu], Dense: 2]}
  critic: {inputs: {point: [2]}, layers: [Dense: [4, activation: relu], Dense: 1]}
data: {source: {Ring: [n: 64]}, sample: {Noise: [shape: 3]}, batch: 32}
model:
  inputs: {noise: [3], point: [2]}
  layers:
    - {use: generator, from: noise, name: made}
    - {use: critic, from: made, name: made_score}
    - {use: critic, from: point, name: real_score}
  outputs: [made]
train:
  epochs: 3
  seed: 1
  steps:
    - {update: critic, loss: [{Wasserstein: {}, from: real_score, target: 1}, {Wasserstein: {}, from: made_score, target: 0}]}
    - {update: generator, loss: {Wasserstein: {}, from: made_score, target: 1}}
"""
DIGITS = """
name: digits
data: {source: Digits, sample: {Noise: [shape: 3]}, batch: 32}
model:
  inputs: {noise: [3], label: int32}
  layers:
    - {CategoryEncoding: [10, output_mode: one_hot], from: label}
    - {Concatenate: null, from: [noise, previous]}
    - {Dense: 64, name: flat}
    - {Reshape: [8, 8, 1], name: drawn}
train: {loss: [{MeanSquaredError: {}, from: drawn, target: image}], epochs: 1}
"""


@pytest.fixture(scope="module")
def points(tmp_path_factory):
    return builder.train(POINTS, runs=tmp_path_factory.mktemp("points"))


def test_the_newest_samples_are_what_the_model_makes_of_the_same_noise(points):
    found = samples.kept(points.folder)
    split = builder.opening.data_of(builder.check(POINTS)).splits["train"]
    noise = split.rows("noise", range(samples.POINTS))
    dense = [layer.get_weights() for layer in points.model.get_layer("generator").layers if layer.weights]
    wanted = np.maximum(noise @ dense[0][0] + dense[0][1], 0) @ dense[1][0] + dense[1][1]
    assert (found.kind, found.epochs, len(found.frames)) == ("points", (0, 1, 2, 3), 3)
    np.testing.assert_allclose(found.newest, wanted, atol=1e-5)
    assert np.abs(found.frames[0] - found.newest).max() > 1e-3 and len(found.real) == 64


def test_the_page_shows_them(points):
    text = (points.folder / FILE).read_text()
    assert '<section id="samples">' in text and all(f">{name}<" in text for name in ("untrained", "epoch 1", "epoch 3"))
    assert text.count("<path class=\"made\"") == 4


@pytest.mark.slow
def test_nothing_of_the_run_depends_on_them(points, tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "booth", lambda *what: None)
    other = builder.train(POINTS, runs=tmp_path)
    assert samples.kept(other.folder) is None and '<section id="samples">' not in (other.folder / FILE).read_text()
    for one, same in zip(points.model.weights, other.model.weights):
        assert (one.numpy() == same.numpy()).all()


def test_predict_without_files_draws_the_samples_of_the_report_and_others_by_another_seed(points):
    found, film = builder.predict(points, count=20), samples.kept(points.folder)
    assert [one.source for one in found[:2]] == ["sample 1", "sample 2"] and len(builder.predict(points)) == 16
    np.testing.assert_array_equal(np.stack([one.raw["made"] for one in found]), film.newest[:20])
    other = [builder.predict(points, count=20, seed=5)[0].raw["made"] for _ in range(2)]
    assert (other[0] == other[1]).all() and np.abs(other[0] - found[0].raw["made"]).max() > 1e-3
    with pytest.raises(builder.SpecError) as told:
        builder.predict(points, of="7")
    assert told.value.faults[0].kind == "generator-untold"


def test_what_is_made_is_written_as_numbers_or_drawn(points, tmp_path):
    found = builder.predict(points, count=20)
    assert made.save(found, tmp_path / "made.npy") == made.save(found, tmp_path / "made.png") == "made"
    np.testing.assert_array_equal(np.load(tmp_path / "made.npy"), [one.raw["made"] for one in found])
    for name, values, kind in (("made.jpg", found, "made-format"), ("score.png", [Prediction("", {}, {"score": np.zeros(1)})], "made-unseen"),
                               ("sizes.png", [Prediction("", {}, {"image": np.zeros((8, side))}) for side in (8, 9)], "made-uneven")):
        with pytest.raises(builder.SpecError) as told:
            made.save(values, tmp_path / name)
        assert told.value.faults[0].kind == kind and words(told.value.faults[0]).title


def test_an_evaluation_tells_of_them_and_where_they_are_drawn(points):
    told = json.loads((points.folder / "evaluation.json").read_text())
    assert told["samples"] == {"output": "made", "kind": "points", "count": 500, "epoch": 3, "classes": [], "picture": str(points.folder / "samples.png")}
    assert told["pictures"] == ["samples.png"] and (points.folder / "samples.png").stat().st_size > 1000
    assert {"loss", "critic_loss", "generator_loss"} <= set(told["metrics"])


class Stop(Silent):
    """Stops after the first epoch."""

    def epoch_ended(self, epoch, epochs, row) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.slow
def test_a_resumed_run_keeps_the_same_ones(points, tmp_path):
    with pytest.raises(Interrupted) as stop:
        builder.train(POINTS, runs=tmp_path, reporter=Stop())
    run = builder.train(None, runs=tmp_path, resume=stop.value.folder)
    one, other = samples.kept(points.folder), samples.kept(run.folder)
    assert other.epochs == one.epochs
    np.testing.assert_array_equal(other.newest, one.newest)
    np.testing.assert_array_equal(other.frames, one.frames)


@pytest.fixture(scope="module")
def digits():
    checked = builder.check(DIGITS)
    return samples.booth(checked.graph, builder.compile(DIGITS), builder.opening.data_of(checked))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return builder.train(DIGITS.replace("batch: 32", "batch: 32, limit: 64"), runs=tmp_path_factory.mktemp("digits"))


def test_a_generator_that_is_told_a_class_draws_all_in_turn_or_one(drawn, tmp_path):
    found = builder.predict(drawn)
    assert [one.outputs["label"]["asked"] for one in found] == list("0123456789") * 2
    noise = builder.opening.data_of(builder.check(DIGITS)).splits["train"].rows("noise", range(20))
    wanted = drawn.model.predict({"noise": noise, "label": np.arange(20) % 10}, verbose=0)["drawn"]
    np.testing.assert_allclose([one.raw["drawn"] for one in found], wanted, atol=1e-5)
    sevens = builder.predict(drawn, of="7", count=3)
    np.testing.assert_allclose(sevens[0].raw["drawn"], drawn.model.predict({"noise": noise[:1], "label": np.array([7])}, verbose=0)["drawn"][0], atol=1e-5)
    with pytest.raises(builder.SpecError) as told:
        builder.predict(drawn, of="17")
    assert told.value.faults[0].kind == "no-such-class"
    made.save(found, tmp_path / "made.png")
    from PIL import Image

    assert Image.open(tmp_path / "made.png").size == (10 * 64 + 9 * 2, 2 * 64 + 2)  # a class a column, of 8 x 8 pixels blown up


def test_noise_is_drawn_for_files_that_do_not_bring_it(drawn, tmp_path):
    (tmp_path / "rows.csv").write_text("label\n3\n5\n")
    noise = builder.opening.data_of(builder.check(DIGITS)).splits["train"].rows("noise", range(2))
    wanted = lambda noise: drawn.model.predict({"noise": noise, "label": np.array([3, 5])}, verbose=0)["drawn"]
    np.testing.assert_allclose([one.raw["drawn"] for one in builder.predict(drawn, [tmp_path / "rows.csv"])], wanted(noise), atol=1e-5)
    np.savez(tmp_path / "rows.npz", label=np.array([3, 5]), noise=2 * noise)
    np.testing.assert_allclose([one.raw["drawn"] for one in builder.predict(drawn, [tmp_path / "rows.npz"])], wanted(2 * noise), atol=1e-5)


def test_a_class_has_a_column_and_a_row_one_noise(digits):
    given = {name: np.asarray(values) for name, values in digits.given.items()}
    assert digits.empty.columns == 10 and digits.empty.classes == tuple("0123456789")
    assert (given["label"].reshape(samples.DOWN, 10) == np.arange(10)).all()
    noise = given["noise"].reshape(samples.DOWN, 10, 3)
    assert (noise == noise[:, :1]).all() and np.ptp(noise[:, 0, 0]) > 0
    from sklearn.datasets import load_digits

    known = load_digits()
    for number, image in enumerate(digits.empty.real[..., 0]):  # as many as there are classes, each an example of its own
        assert number in known.target[(known.images == image).all((1, 2))]


def test_rows_of_images_have_the_names_of_their_classes(digits):
    shown = gallery.gallery(digits.empty.plus(0, digits.made()).plus(1, digits.made()))
    assert shown.count("<img") == 4 and shown.count("<span>7</span>") == 2 and "one class a column" in shown


@pytest.mark.parametrize("inputs", ["{noise: [3], image: [8, 8, 1]}", "{image: [8, 8, 1]}"])
def test_what_depends_on_images_is_no_generator(inputs):
    text = DIGITS.replace("{noise: [3], label: int32}", inputs).replace("    - {CategoryEncoding: [10, output_mode: one_hot], from: label}\n", "")
    text = text.replace("{Concatenate: null, from: [noise, previous]}", "{Flatten: null, from: image}" if "noise" not in inputs else
                        "{formula: \"concatenate([reshape(image, [-1, 64]), noise], axis=-1)\"}")
    checked = builder.check(text)
    assert samples.booth(checked.graph, builder.compile(text), builder.opening.data_of(checked)) is None


def test_there_are_few_frames_however_long_a_run_is():
    assert samples.shot_after(3) == (1, 2, 3) and len(samples.shot_after(11)) == 11
    long = samples.shot_after(500)
    assert long[0] == 1 and long[-1] == 500 and len(long) == samples.FRAMES - 1 and sorted(long) == list(long)
    film = samples.Samples("made", "points", 16, (), np.zeros((0, 2), "float32"))
    for epoch in range(60):
        film = film.plus(epoch, np.full((samples.POINTS, 2), epoch, "float32"))
        assert len(film.epochs) <= samples.FRAMES + 1 and film.epochs[0] == 0 and film.epochs[-1] == epoch
        assert [frame[0, 0] for _, frame in film.each()] == list(film.epochs)
    assert film.plus(59, film.newest + 1).epochs == film.epochs


def test_what_was_made_after_an_epoch_is_dropped_and_kept_as_it_is(tmp_path):
    film = samples.Samples("made", "images", 2, ("a", "b"), np.zeros((2, 4, 4, 1), "float32"))
    for epoch in (0, 1, 4):
        film = film.plus(epoch, np.full((8, 4, 4, 1), epoch / 4, "float32"))
    film.save(tmp_path)
    back = samples.kept(tmp_path)
    assert (back.output, back.kind, back.columns, back.classes, back.epochs) == ("made", "images", 2, ("a", "b"), (0, 1, 4))
    assert back.newest.shape == (8, 4, 4, 1) and back.newest[0, 0, 0, 0] == 1 and [frame[0, 0, 0, 0] for frame in back.frames] == [0, 0.25]
    assert back.until(3).epochs == (0, 1) and back.until(3).newest[0, 0, 0, 0] == 0.25 and samples.kept(tmp_path / "other") is None


def test_large_images_are_kept_small():
    assert samples.smaller(np.zeros((2, 200, 150, 3))).shape == (2, 67, 50, 3) and samples.smaller(np.zeros((2, 96, 96))).shape == (2, 96, 96)
