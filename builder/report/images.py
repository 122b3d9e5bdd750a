"""Arrays as PNG in data: addresses, so that a page shows pictures without files beside it."""

import base64
import io
from collections.abc import Sequence

import numpy as np

LEAST, MOST = 112, 144  # pixels of the longer side: small ones are blown up crisply, large ones shrunk
PALETTE = ("1e293b", "f8fafc", "2563eb", "ea580c", "16a34a", "9333ea", "db2777", "0891b2", "ca8a04", "64748b")
UNKNOWN = (148, 163, 184)
CELL, GAP = 96, 2  # pixels at most of an image in a sheet, and between two of them


def is_image(shape: tuple[int, ...]) -> bool:
    """Whether values of a shape can be looked at: (height, width), or with 1, 3 or 4 channels."""
    return len(shape) == 2 and min(shape) > 3 or len(shape) == 3 and shape[-1] in (1, 3, 4) and min(shape[:2]) > 1


def is_film(shape: tuple[int, ...]) -> bool:
    """Whether values of a shape are images that follow one another: (frames, height, width, channels)."""
    return len(shape) == 4 and is_image(shape[1:])


def is_seen(shape: tuple[int, ...]) -> bool:
    """Whether values of a shape are an image or a film."""
    return is_image(shape) or is_film(shape)


def picture(values: np.ndarray, span: tuple[float, float] | None = None) -> str:
    """An image (height, width[, channels]), or of a film its frames side by side, as a data: address; `span` are the values of black and white."""
    return sheet(values, len(values), span) if np.ndim(values) == 4 else _png(thumbnail(values, span))


def thumbnail(values: np.ndarray, span: tuple[float, float] | None = None, most: int | None = None) -> np.ndarray:
    """An image or a film as `picture` shows it, or of at most so many pixels a side: uint8, (height, width) or with 3 or 4 channels."""
    values = np.asarray(values)
    values = np.concatenate(list(values), axis=1) if values.ndim == 4 else values
    values = values[..., 0] if values.ndim == 3 and values.shape[-1] not in (3, 4) else values
    if values.dtype == np.uint8:
        return _brought(values, most=most)
    values = np.nan_to_num(values.astype("float64"))
    low, high = span or (values.min(initial=0), values.max(initial=1))
    return _brought((np.clip((values - low) / ((high - low) or 1), 0, 1) * 255).round().astype("uint8"), most=most)


def sheet(values: np.ndarray, columns: int, span: tuple[float, float] | None = None) -> str:
    """Images (images, height, width[, channels]) in rows of so many, as one data: address; what lies between them is transparent.

    `span` are the values of black and white, left out those of all images together.
    """
    values = np.asarray(values)
    span = span or (0, 255) if values.dtype == np.uint8 else span or (float(values.min()), float(values.max()))
    return _png(tiled([thumbnail(one, span, CELL) for one in values], columns))


def tiled(images: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """Images of one size, uint8, in rows of so many: (height, width, 4); what lies between them is transparent."""
    cells = [_coloured(one) for one in images]
    rows = -(-len(cells) // columns)
    high, wide = (length + GAP for length in cells[0].shape[:2])
    found = np.zeros((rows * high - GAP, min(columns, len(cells)) * wide - GAP, 4), "uint8")
    for number, cell in enumerate(cells):
        top, left = number // columns * high, number % columns * wide
        found[top : top + high - GAP, left : left + wide - GAP] = cell
    return found


def _coloured(values: np.ndarray) -> np.ndarray:
    """An image (height, width) or with 3 or 4 channels as red, green, blue and how opaque it is."""
    values = np.repeat(values[..., None], 3, axis=-1) if values.ndim == 2 else values
    return values if values.shape[-1] == 4 else np.concatenate([values, np.full_like(values[..., :1], 255)], axis=-1)


def classes(values: np.ndarray) -> str:
    """A map (height, width) of class indices in as many colours; negative ones, which do not count, in grey."""
    colours = np.array([[int(text[at : at + 2], 16) for at in (0, 2, 4)] for text in PALETTE], "uint8")
    painted = colours[np.asarray(values).astype("int64") % len(PALETTE)]
    painted[np.asarray(values) < 0] = UNKNOWN
    return _png(_brought(painted, sharp=True))


def heat(counts: np.ndarray) -> str:
    """A matrix with many cells: each row's shares from white to blue."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    white, blue = np.array([255, 255, 255]), np.array([30, 64, 175])
    side = max(1, 480 // len(counts))
    painted = (white + (blue - white) * np.sqrt(shares)[..., None]).round().astype("uint8")
    return _png(enlarged(painted, side))


def enlarged(values: np.ndarray, times: int) -> np.ndarray:
    """An image (height, width[, channels]) of which each pixel is so many a side."""
    return values.repeat(times, 0).repeat(times, 1)


def _brought(values: np.ndarray, sharp: bool = False, most: int | None = None) -> np.ndarray:
    """An image at the size it is shown in; where the page blows it up, only large ones are shrunk, to `most`."""
    from PIL import Image  # Matplotlib, which draws the curves, brings it

    values = values[..., 0] if values.ndim == 3 and values.shape[-1] == 1 else values
    longest = max(values.shape[:2])
    if longest <= (most or MOST):
        side = 1 if most else max(1, round(LEAST / longest))
        return enlarged(values, side)
    size = tuple(max(1, round(length * (most or MOST) / longest)) for length in values.shape[1::-1])
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.NEAREST if sharp else Image.Resampling.BOX))


def _png(values: np.ndarray) -> str:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(values)).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
