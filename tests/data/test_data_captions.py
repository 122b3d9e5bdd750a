"""Scenes, Clips and CaptionedImages: pictures and sentences that belong together."""

import json

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


def test_captions_are_read_as_published_sets_have_them(opened, photos, tmp_path):
    """Flickr8k.token.txt: tabs, no header, quotes and commas as they are. COCO: JSON with numbers between images and captions."""
    first, second, third = photos
    said = [(second, 'A sign, with "STOP , on it .'), (first, "One , two , three"), (first, "Two cats"), (third, "A dog")]
    (tmp_path / "token.txt").write_text("".join(f"{name}#{number % 5}\t{text}\n" for number, (name, text) in enumerate(said)))
    numbers = {second: 9, first: 4, third: 7, "without.png": 1}
    coco = {"info": {}, "images": [{"id": number, "file_name": name, "height": 8} for name, number in numbers.items()],
            "annotations": [{"id": 100 - at, "image_id": numbers[name], "caption": f"{text}\n"} for at, (name, text) in enumerate(said)]}
    (tmp_path / "captions.json").write_text(json.dumps(coco))
    for captions in ("token.txt", "captions.json"):
        split = opened(recipe("CaptionedImages", folder="photos", captions=captions)).splits["train"]
        assert list(zip(split.column("file"), split.column("caption"))) == said


def test_the_captions_of_an_image_lie_in_one_split(opened, photos, tmp_path):
    from builder.data.images import load_image

    write_images(tmp_path / "photos", {".": 12})
    names = sorted(path.name for path in (tmp_path / "photos").iterdir())
    (tmp_path / "token.txt").write_text("".join(f"{name}#{number}\tcaption {number} of {name}\n" for number in range(5) for name in names))
    splits = opened(recipe("CaptionedImages", folder="photos", captions="token.txt"), validation=0.25, test=0.25, group="file").splits
    seen = {name: set(split.column("file")) for name, split in splits.items()}
    assert sum(map(len, seen.values())) == len(set().union(*seen.values())) == len(names) and all(seen.values())
    for split in splits.values():
        assert split.size == 5 * len(set(split.column("file")))
        for image, caption, file in zip(*(split.column(name) for name in ("image", "caption", "file"))):
            assert caption.endswith(f"of {file}") and (image == load_image(tmp_path / "photos" / file, None, 3)).all()


@pytest.mark.parametrize(("text", "why"), [("{", "Expecting"), ('{"images": []}', "it has no 'annotations'"),
                                           ('{"images": [], "annotations": [{"image_id": 3, "caption": "x"}]}', "it has no 3")])
def test_a_file_that_is_not_of_coco_is_told(opened, photos, tmp_path, text, why):
    (tmp_path / "captions.json").write_text(text)
    with pytest.raises(SpecError) as error:
        opened(recipe("CaptionedImages", folder="photos", captions="captions.json"))
    assert error.value.faults[0].kind == "bad-file" and error.value.faults[0].facts["why"].startswith(why)


def test_a_caption_without_its_image_is_told(opened, photos, tmp_path):
    (tmp_path / "captions.txt").write_text("image,caption\ngone.png,A dog\n")
    with pytest.raises(SpecError) as error:
        opened(recipe("CaptionedImages", folder="photos", captions="captions.txt"))
    assert error.value.faults[0].kind == "caption-without-image" and error.value.faults[0].facts["row"] == 2
