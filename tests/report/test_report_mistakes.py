"""The worst mistakes of each kind of output, gathered from a stream of batches in bounded memory."""

import re

import numpy as np
import pytest

from builder.training.meaning import meaning
from builder.training.mistakes import MOST, Worst

CATEGORIES = meaning("SparseCategoricalCrossentropy", {}, (3,), ("a", "b", "c"))


def worst(read, target, scores, parts: int = 3) -> list:
    """The mistakes of arrays that come in several batches."""
    found = Worst(read)
    for places in np.array_split(np.arange(len(target)), parts):
        found.add(target[places], scores[places])
    return [one for _, _, one in sorted(found.heap, reverse=True)]


def test_wrong_classes_come_by_how_surely_they_were_said():
    scores = np.array([[0.6, 0.3, 0.1], [0.1, 0.9, 0.0], [0.2, 0.1, 0.7], [0.0, 0.0, 1.0]])
    found = worst(CATEGORIES, np.array([1, 0, 0, 2]), scores)
    assert [(one.index, one.facts["true"], one.facts["said"], one.facts["sure"])
            for one in found] == [(1, "a", "b", 0.9), (2, "a", "c", 0.7), (0, "b", "a", 0.6)]


def test_a_label_that_does_not_count_is_no_mistake():
    assert not worst(CATEGORIES, np.array([-1, 7]), np.eye(3)[:2])


@pytest.mark.parametrize("parts", [1, 7, 100])
def test_memory_is_bounded_and_batches_do_not_matter(parts):
    rng = np.random.default_rng(0)
    true, scores = rng.integers(0, 3, 500), rng.dirichlet(np.ones(3), 500)
    found = worst(CATEGORIES, true, scores, parts)
    wrong = np.flatnonzero(scores.argmax(1) != true)
    assert [one.index for one in found] == sorted(wrong, key=lambda index: -scores[index].max())[:MOST]


def test_equal_ones_come_in_the_order_of_the_split():
    assert [one.index for one in worst(CATEGORIES, np.zeros(60, int), np.eye(3)[np.full(60, 2)])] == list(range(MOST))


def test_yes_and_no_from_logits():
    read = meaning("BinaryCrossentropy", {"from_logits": True}, (1,), ("no", "yes"))
    found = worst(read, np.array([[0], [1], [1]]), np.array([[3.0], [-1.0], [2.0]]))
    assert [(one.index, one.facts["said"]) for one in found] == [(0, "yes"), (1, "no")]
    assert found[0].facts["sure"] == pytest.approx(1 / (1 + np.exp(-3)), rel=1e-4)


def test_numbers_come_by_their_error_and_what_is_none_comes_first():
    read = meaning("MeanSquaredError", {}, (2,), None)
    found = worst(read, np.array([[1.0, 2], [0, 0], [5, 5], [1, 1]]), np.array([[1.0, 5], [0, 0], [np.nan, 5], [1, 2]]))
    assert [one.index for one in found] == [2, 0, 3]
    assert found[1].facts == {"true": [1.0, 2.0], "said": [1.0, 5.0], "error": pytest.approx(4.5**0.5, rel=1e-4)}
    assert found[0].facts["said"] == [None, 5.0]


def test_several_labels_come_by_the_one_furthest_off():
    read = meaning("BinaryCrossentropy", {}, (3,), ("x", "y", "z"))
    found = worst(read, np.array([[1, 0, 0], [0, 1, 0], [1, 1, 1]]), np.array([[0.9, 0.6, 0.1], [0.8, 0.7, 0.1], [0.9, 0.9, 0.9]]))
    assert [(one.index, one.facts["true"], one.facts["said"]) for one in found] == [(1, ["y"], ["x", "y"]), (0, ["x"], ["x", "y"])]


def test_maps_come_by_their_share_of_wrong_pixels_and_stay_small():
    read = meaning("SparseCategoricalCrossentropy", {}, (400, 400, 2), ("cell", "wall"))
    true = np.zeros((2, 400, 400), int)
    scores = np.stack([np.ones((2, 400, 400)), np.zeros((2, 400, 400))], -1)
    true[0, :100], true[1, :200] = 1, 1
    true[1, 300:] = -1
    found = worst(read, true, scores, 2)
    assert [one.index for one in found] == [1, 0] and found[0].facts["wrong"] == pytest.approx(2 / 3, rel=1e-4)
    assert found[0].maps[0].shape == found[0].maps[1].shape == (134, 134)
    assert set(np.unique(found[0].maps[0])) == {-1, 0, 1}


def test_sequences_are_told_by_name():
    read = meaning("SparseCategoricalCrossentropy", {}, (2, 3), ("a", "b", "c"))
    one, = worst(read, np.array([[0, 2]]), np.eye(3)[[[0, 1]]], 1)
    assert one.facts == {"true": ["a", "c"], "said": ["a", "b"], "wrong": 0.5}


def test_images_of_every_kind_become_pictures():
    from builder.report.images import classes, is_image, picture

    assert is_image((28, 28)) and is_image((8, 8, 1)) and is_image((5, 5, 3)) and not is_image((8,)) and not is_image((8, 8, 7))
    for values in (np.zeros((8, 8, 1), "uint8"), np.random.rand(300, 200, 3), np.full((4, 9), np.nan)):
        assert pixels(picture(values))
    assert pixels(picture(np.array([[0, 16.0]] * 2), (0, 16)))[0] == {0, 255}
    assert pixels(classes(np.array([[-1, 0], [1, 11]])))[1] == (112, 112)
    assert max(pixels(picture(np.zeros((4000, 100), "uint8")))[1]) == 144


def pixels(address: str) -> tuple[set, tuple]:
    """The shades of a picture at a data: address, and its size."""
    import base64
    import io

    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/png;base64,"))))
    return set(np.asarray(image).ravel().tolist()), image.size


@pytest.mark.parametrize(("shape", "wide"), [((24, 24, 3), 120), ((5, 24, 24, 3), 5 * 24 + 4 * 2)])
def test_sequences_stand_beside_the_image_or_the_frames_that_they_were_made_of(shape, wide):
    from builder.report.sequences import sequences
    from builder.training.sequences import Sequences

    shown = ({"given": None, "said": "a <cat", "wanted": "a dog"}, {"given": None, "said": "a dog", "wanted": "a dog"})
    swapped = ({"wanted": "dog", "said": "", "times": 1, "of": 2},)
    page = sequences(Sequences(2, 0.5, 50.0, shown, swapped, tuple({"seen": np.full(shape, shade, "uint8")} for shade in (10, 200))))
    images = [pixels(address) for address in re.findall(r'src="([^"]+)"', page)]
    assert [size[0] for _, size in images] == [wide, wide] and 10 in images[0][0] and 200 in images[1][0]
    assert page.count('class="card"') == 2 and "<b class=\"said\">a &lt;cat</b><br>wanted <b>a dog</b>" in page and "<i>nothing</i>" in page


def test_a_film_is_seen_by_its_frames():
    from builder.report.images import is_seen, picture, thumbnail

    film = np.stack([np.full((6, 8, 1), shade, "uint8") for shade in (0, 100, 250)])
    assert is_seen(film.shape) and is_seen((6, 8)) and not is_seen((3, 3, 6, 8, 1))
    assert thumbnail(film).shape[1] == 4 * thumbnail(film).shape[0] and pixels(picture(film))[1][0] > 3 * pixels(picture(film))[1][1]
