"""What a model makes, images or points, as a picture or as arrays in a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from builder.diagnostics import fail
from builder.report.images import enlarged, is_image, thumbnail, tiled
from builder.training.files import write_whole
from builder.training.pictures import draw_plane
from builder.training.prediction import Prediction

FORMATS = (".png", ".npy")
RANGES = ((0, 1), (-1, 1), (0, 255))  # that images are usually in: black and white then mean the same in every picture
WIDEST = 16  # images a row
NEARLY = 1e-3
LEAST = 64  # pixels of a side, at most, up to which small images are blown up


def save(found: Sequence[Prediction], path: str | Path) -> str:
    """Writes what was made into a file, and gives the output's name: images side by side or points in the plane as `.png`, any array as `.npy`.

    Of several outputs it is the first that can be looked at. Where classes were asked for, each has a column, or a colour.

    Raises:
        SpecError: `made-format`, another ending; `made-unseen`, no output can be drawn; `made-uneven`, they are not all of one size.
        OSError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise fail("made-format", suffix=path.suffix, formats=FORMATS)
    shapes = {name: np.shape(value) for name, value in found[0].raw.items()}
    output = next((name for name, shape in shapes.items() if is_image(shape) or shape == (2,)), None)
    if path.suffix.lower() == ".png" and output is None:
        raise fail("made-unseen", outputs=shapes)
    output = output or next(iter(shapes))
    if len(sizes := {np.shape(one.raw[output]) for one in found}) > 1:
        raise fail("made-uneven", output=output, shapes=tuple(sorted(sizes)))
    values = np.stack([one.raw[output] for one in found])
    if path.suffix.lower() == ".npy":
        write_whole(path, lambda temporary: np.save(temporary, values, allow_pickle=False), lasting=False)
    else:
        draw(values, path, _asked(found), output)
    return output


def draw(values: np.ndarray, path: Path, classes: Sequence[str] = (), title: str = "", columns: int | None = None) -> Path:
    """Draws images (n, height, width[, channels]), none shrunk and small ones blown up crisply, or points (n, 2); `classes` are those that were asked for."""
    if values.ndim == 2:
        groups = {name: values[[one == name for one in classes]] for name in dict.fromkeys(classes)} or {title: values}
        return draw_plane({"points": groups, "axes": title}, path)
    from PIL import Image

    span = _span(values)
    columns = columns or (len(set(classes)) if len(set(classes)) > 1 else min(WIDEST, int(np.ceil(len(values) ** 0.5))))
    image = Image.fromarray(tiled([_large(thumbnail(one, span, max(values.shape[1:3]))) for one in values], columns))
    write_whole(path, lambda temporary: image.save(temporary, "PNG", optimize=True), lasting=False)
    return path


def _large(image: np.ndarray) -> np.ndarray:
    """An image of some pixels a side, by whole factors."""
    times = max(1, LEAST // max(image.shape[:2]))
    return enlarged(image, times)


def _span(values: np.ndarray) -> tuple[float, float]:
    """What is black and what white: the ends of the usual range that holds all values, else the least and the greatest."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return next((ends for ends in RANGES if ends[0] - NEARLY <= low and high <= ends[1] + NEARLY), (low, high))


def _asked(found: Sequence[Prediction]) -> list[str]:
    """The class that each sample was asked to be of; none where none was."""
    told: list[Mapping] = [told for one in found for told in one.outputs.values() if isinstance(told, Mapping) and "asked" in told]
    return [one["asked"] for one in told]
