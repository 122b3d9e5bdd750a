"""Scenes, Clips and CaptionedImages: pictures and sentences that belong together."""

import numpy as np
import pytest
from data_help import recipe, write_images

from builder.diagnostics import SpecError

SHADES = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "yellow": (1, 1, 0), "white": (1, 1, 1)}


def columns(opened, name: str, fields: tuple[str, str], **arguments) -> tuple:
    split = opened(recipe(name, **arguments)).splits["train"]
    return tuple(split.column(field) for field in fields)


def middle(image: np.ndarray, colour: str) -> tuple[np.ndarray, int]:
    """The middle (row, column) of what has a colour, and how many pixels do."""
    bright = image.astype("int64") > 120
    there = np.argwhere((bright == np.array(SHADES[colour], bool)).all(-1))
    return there.mean(axis=0), len(there)


def test_a_sentence_says_what_is_on_its_picture(opened):
    images, captions = columns(opened, "Scenes", ("image", "caption"), n=80)
    assert images.shape == (80, 32, 32, 3) and images.dtype == "uint8" and len(set(captions)) > 70
    seen = 0
    for image, caption in zip(images, map(str, captions)):
        words = caption.split()
        first, second = words[2], words[-2]
        if first == second:
            continue
        (place, pixels), (other, others) = middle(image, first), middle(image, second)
        along = 1 if "left of" in caption else 0
        assert other[along] - place[along] > 8 > abs(other[1 - along] - place[1 - along]) / 1.5
        seen += (words[1], words[3]) == ("small", "circle") and (words[-3], words[-1]) == ("large", "circle")
        assert words[1] == words[-3] or words[3] != words[-1] or (pixels < others) == (words[1] == "small")
    assert seen


def test_a_film_moves_as_its_sentence_says(opened):
    films, captions = columns(opened, "Clips", ("video", "caption"), n=40, frames=6)
    ways = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
    assert films.shape == (40, 6, 24, 24, 3)
    for film, caption in zip(films, map(str, captions)):
        *_, colour, _, _, move = caption.split()
        start, end = (middle(film[frame], colour)[0] for frame in (0, -1))
        way = np.round((end - start) / np.abs(end - start).max())
        assert tuple(way) == ways[move]


def test_made_up_captions_are_the_same_in_every_run(opened):
    first, again, other = (columns(opened, "Scenes", ("image", "caption"), n=5, seed=seed)[0] for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


@pytest.fixture
def photos(tmp_path):
    write_images(tmp_path / "photos", {".": 3})
    names = sorted(path.name for path in (tmp_path / "photos").iterdir())
    (tmp_path / "captions.txt").write_text("image,caption\n" + f'{names[1]},"A dog, running."\n{names[0]}#0,A cat\n{names[0]}#1,Two cats\n')
    return names


def test_images_have_the_captions_of_their_file(opened, photos):
    data = opened(recipe("CaptionedImages", folder="photos", captions="captions.txt"))
    image, caption, file = (data.splits["train"].column(name) for name in ("image", "caption", "file"))
    assert list(caption) == ["A dog, running.", "A cat", "Two cats"] and list(file) == [photos[1], photos[0], photos[0]]
    assert (image[1] == image[2]).all() and (image[0] != image[1]).any()


def test_a_caption_without_its_image_is_told(opened, photos, tmp_path):
    (tmp_path / "captions.txt").write_text("image,caption\ngone.png,A dog\n")
    with pytest.raises(SpecError) as error:
        opened(recipe("CaptionedImages", folder="photos", captions="captions.txt"))
    assert error.value.faults[0].kind == "caption-without-image" and error.value.faults[0].facts["row"] == 2
