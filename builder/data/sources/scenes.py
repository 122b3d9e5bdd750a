"""Scenes and Clips: coloured shapes, still and moving, with a sentence that says what is to be seen; made up."""

from dataclasses import dataclass

import numpy as np

from builder.data.source import Place, source
from builder.data.sources.moons import not_negative, positive
from builder.data.table import Table, column, table, texts

COLOURS = {"red": (230, 40, 40), "green": (40, 180, 60), "blue": (50, 80, 230), "yellow": (240, 220, 50), "white": (245, 245, 245)}
SHAPES = ("circle", "square", "triangle")
SIZES = {"small": 0.14, "large": 0.22}  # half of a shape's side, as a share of the image's
RELATIONS = ("left of", "above")
MOVES = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
LEAST = 16  # pixels of a side, below which small shapes look alike


@source
@dataclass(frozen=True)
class Scenes:
    """Pictures of two coloured shapes, and a sentence that tells of them: `a small red circle above a large blue square`; made up.

    There are 1,800 sentences of as many kinds of pictures. Each shape lies at a place and in a shade of its own. With `group: caption`
    the pictures of a sentence are in one split, so that what is tested are combinations never seen.

    Args:
        n: how many pictures, of sentences drawn by chance.
        size: pixels of a side.
        seed: other pictures for another seed.

    Fields:
        image: (size, size, 3), uint8 from 0 to 255.
        caption: a string.
    """

    n: int = 4000
    size: int = 32
    seed: int = 0

    def read(self, place: Place) -> Table:
        _check(place, self.n, self.size, self.seed)
        random = np.random.default_rng(self.seed)
        images, captions = zip(*(_scene(random, self.size) for _ in range(self.n)))
        return table(column("image", np.stack(images)), texts("caption", list(captions)))


@source
@dataclass(frozen=True)
class Clips:
    """Short films of one coloured shape that moves, and a sentence that tells of it: `a small red circle moves left`; made up.

    There are 120 sentences. Where the shape begins and how far it goes is drawn by chance, so that no single frame tells the way.

    Args:
        n: how many films, of sentences drawn by chance.
        frames: pictures of a film.
        size: pixels of a side.
        seed: other films for another seed.

    Fields:
        video: (frames, size, size, 3), uint8 from 0 to 255.
        caption: a string.
    """

    n: int = 2000
    frames: int = 8
    size: int = 24
    seed: int = 0

    def read(self, place: Place) -> Table:
        _check(place, self.n, self.size, self.seed)
        positive(place, frames=self.frames)
        random = np.random.default_rng(self.seed)
        films, captions = zip(*(_clip(random, self.size, self.frames) for _ in range(self.n)))
        return table(column("video", np.stack(films)), texts("caption", list(captions)))


def _check(place: Place, n: int, size: int, seed: int) -> None:
    positive(place, n=n)
    not_negative(place, seed=seed)
    if size < LEAST:
        raise place.fault("source-argument", argument="size", given=size, wanted=f"at least {LEAST}")


@dataclass(frozen=True)
class _Thing:
    """A coloured shape; `half` is half of its side in pixels."""

    size: str
    colour: str
    shape: str
    shade: np.ndarray
    half: float

    @classmethod
    def of(cls, random: np.random.Generator, pixels: int) -> "_Thing":
        size, colour, shape = (str(random.choice(list(some))) for some in (SIZES, COLOURS, SHAPES))
        return cls(size, colour, shape, np.array(COLOURS[colour]) * random.uniform(0.85, 1), SIZES[size] * pixels * random.uniform(0.95, 1.05))

    @property
    def name(self) -> str:
        return f"a {self.size} {self.colour} {self.shape}"

    def onto(self, image: np.ndarray, middle: tuple[float, float]) -> None:
        """Draws it, its middle at (row, column)."""
        down, across = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
        y, x, half = down - middle[0], across - middle[1], self.half
        inside = {"circle": y**2 + x**2 < half**2, "square": np.maximum(abs(y), abs(x)) < 0.88 * half,
                  "triangle": (abs(y) < half) & (2 * abs(x) < y + half)}[self.shape]
        image[inside] = self.shade


def _ground(random: np.random.Generator, size: int) -> np.ndarray:
    """A dark image with a little noise."""
    return random.uniform(10, 50, (size, size, 3))


def _scene(random: np.random.Generator, size: int) -> tuple[np.ndarray, str]:
    first, second = _Thing.of(random, size), _Thing.of(random, size)
    relation, image = str(random.choice(RELATIONS)), _ground(random, size)
    for thing, near in ((first, 0.25), (second, 0.75)):
        along, beside = random.uniform(near - 0.03, near + 0.03), random.uniform(0.42, 0.58)
        thing.onto(image, tuple(size * part for part in ((beside, along) if relation == "left of" else (along, beside))))
    return image.astype("uint8"), f"{first.name} {relation} {second.name}"


def _clip(random: np.random.Generator, size: int, frames: int) -> tuple[np.ndarray, str]:
    thing, move = _Thing.of(random, size), str(random.choice(list(MOVES)))
    way, room = np.array(MOVES[move]), size - 2 * thing.half
    length = random.uniform(0.5, 1) * room
    start = thing.half + random.uniform(0, 1, 2) * (room - length * abs(way)) + length * (way < 0)
    film = np.stack([_ground(random, size) for _ in range(frames)])
    for share, image in zip(np.linspace(0, 1, frames), film):
        thing.onto(image, tuple(start + share * length * way))
    return film.astype("uint8"), f"{thing.name} moves {move}"
