"""What a generator makes of noise that stays the same, now and then while it trains: kept in the run folder, for its report."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Self

import numpy as np

from builder.graph.graph import Graph
from builder.report.images import is_image
from builder.training.files import write_whole
from builder.training.reporter import Silent, Started

FILE = "samples.npz"
FRAMES = 12  # at most, the untrained one and the last among them
POINTS = 500  # of a generator of points in the plane
ACROSS, DOWN = 16, 4  # images of one frame; only the newest has more than one row
SMALL, SIDE = 32, 96  # pixels of a side: of larger images there are half as many across, and no more pixels are kept
SEARCHED = 4096  # examples among which one of each class is looked for


@dataclass(frozen=True, eq=False)
class Samples:
    """Frames of one output, each what it made after an epoch.

    Args:
        kind: `points`, in the plane, or `images`.
        epochs: of each frame; 0 is untrained.
        frames: arrays of one shape, (samples, ...), the newest left out.
        newest: more samples of the last epoch; its first are those of the frames.
        real: examples of the data alike in shape, none where there are none.
        columns: samples a row; where the output depends on a class, one column for each of `classes`.
    """

    output: str
    kind: str
    columns: int
    classes: tuple[str, ...]
    real: np.ndarray
    epochs: tuple[int, ...] = ()
    frames: tuple[np.ndarray, ...] = ()
    newest: np.ndarray | None = None

    @property
    def across(self) -> int:
        """How many samples of each epoch are kept."""
        return POINTS if self.kind == "points" else self.columns

    def each(self) -> list[tuple[int, np.ndarray]]:
        """The epochs with as many samples each."""
        last = [] if self.newest is None else [self.newest[: self.across]]
        return list(zip(self.epochs, [*self.frames, *last], strict=True))

    def plus(self, epoch: int, made: np.ndarray) -> Self:
        """With one more frame; a second one of an epoch takes the place of the first, and of too many every second goes."""
        before = [one for one in self.each() if one[0] < epoch]
        if len(before) >= FRAMES:
            before = before[:1] + before[2::2]
        return replace(self, epochs=(*(number for number, _ in before), epoch), frames=tuple(frame for _, frame in before), newest=made)

    def until(self, epoch: int) -> Self:
        """Without what was made after an epoch, when a run goes on from there."""
        found = [one for one in self.each() if one[0] <= epoch]
        frames = tuple(frame for _, frame in found)
        return replace(self, epochs=tuple(number for number, _ in found), frames=frames[:-1], newest=frames[-1] if frames else None)

    def save(self, folder: Path) -> None:
        """Keeps it in a run folder, as arrays alone."""
        dtype = "float32" if self.kind == "points" else "float16"
        arrays = {"frames": np.array(self.frames, dtype), "newest": self.newest.astype(dtype), "real": self.real.astype(dtype)}
        facts = {"output": self.output, "kind": self.kind, "columns": self.columns, "classes": np.array(self.classes, "U"), "epochs": self.epochs}
        write_whole(folder / FILE, lambda path: np.savez_compressed(path, **arrays, **facts), lasting=False)


def kept(folder: Path) -> Samples | None:
    """What a run folder keeps; None where it keeps none."""
    try:
        with np.load(folder / FILE, allow_pickle=False) as found:
            values = {name: found[name] for name in found.files}
        return Samples(str(values["output"]), str(values["kind"]), int(values["columns"]), tuple(map(str, values["classes"])),
                       values["real"].astype("float32"), tuple(map(int, values["epochs"])),
                       tuple(values["frames"].astype("float32")), values["newest"].astype("float32"))
    except (OSError, ValueError, KeyError):
        return None


@dataclass(frozen=True, eq=False)
class Booth:
    """A generator with what it is always given; it is traced once, in inference mode, and changes nothing of the model."""

    empty: Samples
    given: Mapping[str, object]
    predict: object

    def made(self) -> np.ndarray:
        """What it makes now: (samples, ...), float32."""
        return smaller(np.nan_to_num(np.asarray(self.predict(self.given))))


def booth(graph: Graph, model, data) -> Booth | None:
    """A booth for the first output of points or images that depends on noise, and else on classes alone; None where there is none.

    Args:
        model: with dicts of inputs and outputs, as laid by `graph`.
        data: the run's; noise is what a sampler makes of nothing (`Noise`).
    """
    split = data.splits["train"]
    for output in graph.listed:
        names, shape = inputs_of(graph, output), tuple(model.output[output].shape[1:])
        kind = "points" if shape == (2,) else "images" if None not in shape and is_image(shape) else None
        noise = [name for name in names if name in split.drawn and split.drawn[name].column is None]
        asked = [name for name in names if name not in noise]
        if kind and noise and all(_is_class(data.fields.get(name)) for name in asked) and len(asked) < 2:
            return _booth(model, split, output, kind, noise, asked[0] if asked else None)
    return None


def inputs_of(graph: Graph, output: str) -> list[str]:
    """The inputs of a model that an output depends on."""
    return graph.read_by([graph.outputs[output].node])


def _is_class(field) -> bool:
    return field is not None and bool(field.classes) and field.shape in ((), (1,))


def _booth(model, split, output: str, kind: str, noise: list[str], asked: str | None) -> Booth:
    shape = tuple(model.output[output].shape[1:])
    most = ACROSS if kind == "points" or max(shape[:2]) <= SMALL else ACROSS // 2
    classes = split.drawn[asked].field.classes[:most] if asked and kind == "images" else ()
    columns = len(classes) or most
    count = POINTS if kind == "points" else columns * DOWN
    given = {name: split.rows(name, range(DOWN if classes else count)) for name in noise}
    if classes:  # a row of images is of one noise, its columns of one class each
        given = {name: np.repeat(values, columns, 0) for name, values in given.items()}
    if asked:
        field = split.drawn[asked].field
        given[asked] = np.resize(np.arange(columns if classes else len(field.classes)), count).reshape(count, *field.shape)
    real = _real(split, shape, POINTS if kind == "points" else columns, asked if classes else None, len(classes))
    return Booth(Samples(output, kind, columns, tuple(classes), real), *_predictor(model, output, given))


def _predictor(model, output: str, given: Mapping[str, np.ndarray]) -> tuple[dict, object]:
    """What the generator is given, as tensors, and a function of it: float32."""
    import keras
    import tensorflow as tf

    part = keras.Model({name: model.input[name] for name in given}, model.output[output], name="samples")
    tensors = {name: tf.cast(values, model.input[name].dtype) for name, values in given.items()}
    return tensors, tf.function(lambda values: tf.cast(part(values, training=False), "float32"), autograph=False)


def _real(split, shape: tuple[int, ...], count: int, asked: str | None, classes: int) -> np.ndarray:
    """Examples of the first field as large as the output; where it is told classes, one of each in turn."""
    name = next((name for name, one in split.drawn.items() if one.column is not None and prod(one.field.shape) == prod(shape)
                 and one.field.shape[:2] == shape[:2]), None)
    if name is None:
        return np.zeros((0, *shape), "float32")
    rows = np.arange(min(count, split.size)) if asked is None else _of_each(split, asked, classes)
    return smaller(np.asarray(split.rows(name, rows), "float32").reshape(len(rows), *shape))


def _of_each(split, asked: str, classes: int) -> np.ndarray:
    """A row of each class, as far as one is found soon."""
    labels = np.asarray(split.rows(asked, range(min(SEARCHED, split.size)))).ravel()
    return np.array([np.argmax(labels == number) for number in range(classes)])


def smaller(values: np.ndarray) -> np.ndarray:
    """Images with every second pixel or fewer, where they are large; points as they are."""
    step = -(-max(values.shape[1:3]) // SIDE) if values.ndim > 2 else 1
    return values[:, ::step, ::step] if step > 1 else values


def shot_after(epochs: int) -> tuple[int, ...]:
    """The epochs after which samples are taken: all, or of many each about as many times further on as the one before."""
    if epochs < FRAMES:
        return tuple(range(1, epochs + 1))
    return tuple(dict.fromkeys(round(one) for one in np.geomspace(1, epochs, FRAMES - 1)))


class Photographer(Silent):
    """A reporter that keeps samples of a run with a generator; of any other run it keeps nothing."""

    def __init__(self):
        self.graph = self.booth = self.samples = self.folder = None
        self.when: Iterable[int] = ()

    def checked(self, what) -> None:
        self.graph = what.graph

    def started(self, what: Started) -> None:
        self.booth = booth(self.graph, what.model, what.data) if what.model and self.graph else None
        if self.booth is None:
            return
        self.folder, self.when = what.folder, shot_after(what.epochs)
        before = kept(what.folder) if what.resumed else None
        self.samples = before.until(what.epoch) if before else self.booth.empty
        if not what.resumed:
            self._shoot(0)

    def epoch_ended(self, epoch: int, epochs: int, row: Mapping[str, object]) -> None:
        if self.booth is not None and epoch in self.when:
            self._shoot(epoch)

    def finished(self, folder: Path, row: Mapping[str, object]) -> None:
        """The model may be another than after its last epoch: the best one, or a mean."""
        if self.booth is not None and row:
            self._shoot(row["epoch"])

    def _shoot(self, epoch: int) -> None:
        self.samples = self.samples.plus(epoch, self.booth.made())
        with contextlib.suppress(OSError):  # what watches training does not end it
            self.samples.save(self.folder)
