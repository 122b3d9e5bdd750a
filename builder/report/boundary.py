"""What a model of points in the plane says everywhere on it: a frame now and then while it trains, kept as a film."""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from builder.draw.document import Part
from builder.report.web import asset
from builder.training.evaluation import loss_meaning
from builder.training.files import read_json, write_json
from builder.training.meaning import Meaning
from builder.training.phases import trained_losses

FILE = "boundary.json"
SIDE = 100  # cells along each side of the grid
MARGIN = 0.12  # how far the grid reaches beyond the points, as a share of their extent
SHOWN = 500  # points of each split; more would hide the plane
FRAMES = 40  # kept; of 13 kB each
MOST_CLASSES = 64
SPLITS = ("train", "validation")


@dataclass(frozen=True)
class Points:
    """Some examples of a split: their places, and what is true of each, a class's number or a value."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    truth: tuple[float, ...]


@dataclass(frozen=True)
class Plane:
    """What stays the same from frame to frame.

    A cell is a byte. Of classes: the likeliest class times `levels`, plus how sure the model is of it, from 0 (as likely
    as any other) to `levels - 1`. Of numbers (`classes` is empty): from 0 at `low` to 255 at `high`.

    Args:
        bounds: left, right, bottom and top of the grid; its cells go row by row from the top left.
        low, high: the range of the targets; 0 and 1 where there are classes.
    """

    input: str
    output: str
    side: int
    bounds: tuple[float, float, float, float]
    classes: tuple[str, ...]
    levels: int
    low: float
    high: float
    points: Mapping[str, Points]

    def grid(self) -> np.ndarray:
        """The middle of every cell: (side * side, 2), float32."""
        left, right, bottom, top = self.bounds
        middles = (np.arange(self.side) + 0.5) / self.side
        x, y = np.meshgrid(left + middles * (right - left), top - middles * (top - bottom))
        return np.stack([x.ravel(), y.ravel()], axis=1).astype("float32")

    def places(self) -> np.ndarray:
        """The points of all splits in order: (points, 2), float32."""
        return np.concatenate([np.stack([one.x, one.y], axis=1) for one in self.points.values()]).astype("float32")

    def truths(self) -> np.ndarray:
        return np.concatenate([one.truth for one in self.points.values()])


@dataclass(frozen=True)
class Frame:
    """The plane after an epoch: its cells as base64, and of the points, counted through all splits, the wrong ones."""

    epoch: int
    cells: str
    wrong: tuple[int, ...] = ()


@dataclass(frozen=True)
class Camera:
    """Takes frames of one model; it is traced once, in inference mode, and changes nothing of the model."""

    plane: Plane
    meaning: Meaning
    predict: object
    where: np.ndarray

    def frame(self, epoch: int) -> Frame:
        scores = np.nan_to_num(np.asarray(self.predict(self.where), "float32"))
        cells, at_points = scores[: self.plane.side**2], scores[self.plane.side**2:]
        if not self.plane.classes:
            return Frame(epoch, _text(_heat(self.plane, cells)))
        wrong = np.flatnonzero(self.meaning.chosen(at_points) != self.plane.truths())
        return Frame(epoch, _text(_decided(self.plane, self.meaning, cells)), tuple(wrong.tolist()))


def camera(model, data, plan) -> Camera | None:
    """A camera on a model that takes one vector of two numbers; None for any other.

    Args:
        model: with dicts of inputs and outputs; the first trained output that tells classes or one number is shown.
        data: the run's data; `splits` hold the input and the output's target under their fields' names.
        plan: the phase that says what is trained.
    """
    name = _input(model, data)
    losses = [loss for loss in trained_losses(plan) if loss.target in data.fields] if name else []
    for loss in losses:
        meaning = loss_meaning(model, loss, data.fields)
        if _shown(meaning, tuple(model.output[loss.output].shape[1:])):
            plane = _plane(data, name, loss, meaning)
            return Camera(plane, meaning, _predictor(model, name, loss.output), np.concatenate([plane.grid(), plane.places()]))
    return None


def _input(model, data) -> str | None:
    """The name of the one input, if it is two numbers."""
    names = list(model.input)
    if len(names) != 1 or tuple(model.input[names[0]].shape[1:]) != (2,) or names[0] not in data.fields:
        return None
    given = data.fields[names[0]]
    return names[0] if given.shape == (2,) and given.classes is None and np.dtype(given.dtype).kind in "fiu" else None


def _shown(meaning: Meaning, shape: tuple) -> bool:
    if meaning.kind == "number":
        return shape in ((), (1,))
    return meaning.kind in ("class", "yes-no") and len(shape) < 2 and len(meaning.classes) <= MOST_CLASSES


def _predictor(model, name: str, output: str):
    """A function from points (n, 2) to the output's scores (n, units), float32."""
    import tensorflow as tf

    dtype = model.input[name].dtype

    @tf.function(input_signature=[tf.TensorSpec((None, 2), "float32")])
    def predict(points):
        scores = tf.cast(model({name: tf.cast(points, dtype)}, training=False)[output], "float32")
        return tf.reshape(scores, (tf.shape(scores)[0], -1))

    return predict


def _plane(data, name: str, loss, meaning: Meaning) -> Plane:
    points = {split: _points(data.splits[split], name, loss.target, meaning) for split in SPLITS if split in data.splits}
    everywhere = np.concatenate([np.stack([one.x, one.y]) for one in points.values()], axis=1)
    low, high = (0.0, 1.0) if meaning.classes else _range(points["train"].truth)
    levels = 256 // len(meaning.classes) if meaning.classes else 256
    return Plane(name, loss.output, SIDE, (*_reach(everywhere[0]), *_reach(everywhere[1])), meaning.classes, levels, low, high, points)


def _points(split, name: str, target: str, meaning: Meaning) -> Points:
    """Evenly many out of the split's examples, those with a place; their values in four digits."""
    rows = np.linspace(0, split.size - 1, min(split.size, SHOWN)).astype("int64")
    places, truth = np.asarray(split.rows(name, rows), "float32"), np.asarray(split.rows(target, rows))
    said = (meaning.true(truth) if meaning.classes else truth).reshape(len(rows))
    there = np.isfinite(places).all(axis=1) & np.isfinite(said)
    short = [tuple(float(f"{value:.4g}") for value in values) for values in (*places[there].T, said[there])]
    return Points(*short)


def _range(values: tuple) -> tuple[float, float]:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _reach(values: np.ndarray) -> tuple[float, float]:
    low, high = _range(tuple(values))
    more = MARGIN * (high - low)
    return round(low - more, 4), round(high + more, 4)


def _decided(plane: Plane, meaning: Meaning, scores: np.ndarray) -> np.ndarray:
    shares = meaning.probabilities(scores)
    count = len(plane.classes)
    sure = np.clip((shares.max(axis=-1) - 1 / count) / (1 - 1 / count), 0, 1)
    return meaning.chosen(scores) * plane.levels + np.round(sure * (plane.levels - 1))


def _heat(plane: Plane, values: np.ndarray) -> np.ndarray:
    return np.clip(np.round((values[:, 0] - plane.low) / (plane.high - plane.low) * 255), 0, 255)


def _text(cells: np.ndarray) -> str:
    return base64.b64encode(cells.astype("uint8").tobytes()).decode()


@dataclass
class Film:
    """The frames kept of a run, about as far from each other, at most `FRAMES` and the newest.

    Where there are more, every second one goes, and from then on only every second one stays.
    """

    plane: Plane
    frames: list[Frame] = field(default_factory=list)
    offered: int = 0
    every: int = 1

    def add(self, frame: Frame) -> None:
        """Takes a frame in; a second one of an epoch takes the place of the first."""
        if self.frames and self.frames[-1].epoch == frame.epoch:
            self.frames[-1] = frame
            return
        if self.offered and (self.offered - 1) % self.every:  # the newest so far was not one to stay
            self.frames.pop()
        self.frames.append(frame)
        self.offered += 1
        if len(self.frames) > FRAMES and (self.offered - 1) % self.every == 0:
            self.frames, self.every = self.frames[::2], 2 * self.every

    def as_json(self) -> dict:
        """What `boundary.js` draws."""
        return {"plane": asdict(self.plane), "frames": [asdict(frame) for frame in self.frames]}

    def save(self, folder: Path) -> None:
        """Keeps the film in the run folder."""
        write_json(folder / FILE, self.as_json(), lasting=False)


def kept(folder: Path, epochs: int | None = None) -> list[Frame]:
    """The frames a run folder keeps, of its first `epochs` epochs; none where it keeps none."""
    told = read_json(folder / FILE, None) or {}
    frames = [Frame(one["epoch"], one["cells"], tuple(one["wrong"])) for one in told.get("frames", ())]
    return [frame for frame in frames if epochs is None or frame.epoch <= epochs]


def keep_last(folder: Path, model, data, plan, epoch: int) -> None:
    """At a run's end: keeps the plane as the model now has it, where it has one and nobody has filmed it.

    Raises:
        OSError: the folder cannot be written to.
    """
    frames = kept(folder, epoch)
    made = camera(model, data, plan) if not frames or frames[-1].epoch < epoch else None
    if made is not None:
        Film(made.plane, [*frames, made.frame(epoch)]).save(folder)


def part(film: Mapping | None = None) -> Part:
    """The plane as it stands in a section of a page, which hides until there is a film to show.

    Args:
        film: what a run folder keeps of a `Film`; a live page has none yet and calls `bricks.film`.
    """
    return Part(_BODY, asset("boundary.css"), asset("boundary.js"), {"film": film} if film else {})


def part_of(folder: Path) -> Part:
    """The plane of a run folder; an empty part where it keeps no film."""
    film = read_json(Path(folder) / FILE, None)
    return part(film) if film and film.get("frames") else Part()


_BODY = """<div class="plane">
<canvas id="plane" role="img" aria-label="The plane, coloured by what the model says of each point"></canvas>
<div id="plane-keys" class="plane-keys"></div>
<p id="plane-said" class="plane-said"></p>
<div class="plane-time"><button id="plane-play" aria-label="play">&#9654;</button>
<input id="plane-frame" type="range" min="0" max="0" value="0" aria-label="epoch"><output id="plane-epoch"></output></div>
</div>"""
