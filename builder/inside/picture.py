"""Numbers as pixels: images, signed weights, warm maps, and many of them on one sheet. All give uint8 (height, width, 3)."""

import math

import numpy as np

from builder.training.examples import image_shape

GAP, PAPER = 1, 255
SMALLEST = 64  # numbers of a flat input that may be a picture


def shape_of_image(shape: tuple[int, ...]) -> tuple[int, int, int] | None:
    """(height, width, channels) of values that can be looked at; None of any others."""
    if len(shape) == 3 and shape[-1] in (1, 3, 4) and min(shape[:2]) > 1 or len(shape) == 2 and min(shape) > 3:
        return image_shape(shape)
    try:
        return image_shape(shape) if len(shape) == 1 and shape[0] >= SMALLEST else None
    except ValueError:
        return None


def image(values: np.ndarray, span: tuple[float, float] | None = None) -> np.ndarray:
    """An image (height, width, channels); `span` are the values of black and white, left out the least and the greatest."""
    values = np.nan_to_num(np.asarray(values, "float64"))
    low, high = span or (values.min(), values.max())
    return _coloured(np.clip((values - low) / ((high - low) or 1), 0, 1))


def signed(values: np.ndarray, most: float) -> np.ndarray:
    """Weights (height, width, 1 or 3): middle grey is 0, white `most`, black its negative."""
    return _coloured(np.clip(np.asarray(values, "float64") / (2 * (most or 1)) + 0.5, 0, 1))


def _coloured(shares: np.ndarray) -> np.ndarray:
    shares = shares[..., :3] if shares.shape[-1] >= 3 else shares[..., :1].repeat(3, -1)
    return (shares * 255).round().astype("uint8")


def warm(values: np.ndarray, span: tuple[float, float] | None = None) -> np.ndarray:
    """A map (height, width) from dark over red to light; `span` as for `image`, from 0 where nothing is below it."""
    import matplotlib

    values = np.nan_to_num(np.asarray(values, "float64"))
    low, high = span or (min(0.0, values.min()), values.max())
    return (matplotlib.colormaps["inferno"](np.clip((values - low) / ((high - low) or 1), 0, 1))[..., :3] * 255).round().astype("uint8")


def over(picture: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """A map laid over a picture: the picture in grey, the more coloured the greater the map, which is brought to its size. Small
    pictures are enlarged first, so that the map stays smooth."""
    import matplotlib

    picture = enlarged(picture)
    heat = resized(heat, picture.shape[:2])
    share = np.clip(heat / (heat.max() or 1), 0, 1)[..., None]
    grey = picture.mean(-1, keepdims=True) * 0.8
    colour = matplotlib.colormaps["turbo"](share[..., 0])[..., :3] * 255
    return (grey * (1 - 0.75 * share) + colour * 0.75 * share).round().astype("uint8")


def resized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A map (height, width) brought to another size, bilinearly."""
    from PIL import Image  # Matplotlib brings it

    return np.asarray(Image.fromarray(np.asarray(values, "float32")).resize(size[::-1], Image.Resampling.BILINEAR))


def sheet(tiles: list[np.ndarray], columns: int | None = None) -> np.ndarray:
    """Pictures of one size in rows, `columns` of them in each (left out, about as many as rows), white between them."""
    columns = columns or math.ceil(math.sqrt(len(tiles)))
    height, width = tiles[0].shape[:2]
    gap = max(GAP, min(height, width) // 12)
    rows = -(-len(tiles) // columns)
    paper = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), PAPER, "uint8")
    for place, tile in enumerate(tiles):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        paper[top : top + height, left : left + width] = tile
    return paper


def enlarged(picture: np.ndarray, to: int = 480) -> np.ndarray:
    """A picture whose pixels are repeated until its longer side is about as long as asked; no viewer can blur it then."""
    times = max(1, round(to / max(picture.shape[:2])))
    return picture.repeat(times, 0).repeat(times, 1)
