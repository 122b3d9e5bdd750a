"""Image files as uint8 arrays, by TensorFlow's decoders and a reader of our own for PGM and PPM."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from builder.data.files import BadFile

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".pgm", ".ppm", ".pnm"}

JPEG = b"\xff\xd8"
QUICK = {JPEG: "jpeg", b"\x89P": "png"}  # what a graph decodes, by how it begins
PNM = (b"P2", b"P3", b"P5", b"P6")
SCALES = (1, 2, 4, 8)  # by what a JPEG file can be decoded smaller


@dataclass(frozen=True, order=True)
class Way:
    """How one file becomes an image: found out when it is first read, so that the graph that reads it again has no branches."""

    kind: str  # what decodes it: `jpeg`, `png`, or `other` for what Python reads
    ratio: int = 1  # by what a JPEG file is decoded smaller
    filter: str = "same"  # what brings it to its size, see FILTERS


def load_image(path: str | Path, size: tuple[int, int] | None, channels: int, resize: str = "stretch") -> np.ndarray:
    """One image file as uint8 (height, width, channels), resized where a size is given.

    Of a JPEG file that is more than twice too large, its blocks are decoded at 1/2, 1/4 or 1/8 of the size, which is their
    mean and a fraction of the work; see `filter_of` for the rest.

    Args:
        resize: `stretch` to the size; `crop` the middle part of the size's proportions, as Keras's `crop_to_aspect_ratio`
            does; `pad` with black to these proportions.

    Raises:
        BadFile: it does not decode; the message says why.
    """
    return read_image(path, size, channels, resize)[0]


def read_image(path: str | Path, size: tuple[int, int] | None, channels: int, resize: str = "stretch") -> tuple[np.ndarray, Way]:
    """As `load_image`, and the way that it was done."""
    return _opened(Path(path).read_bytes(), size, channels, resize)


def image_array(data: bytes, size: tuple[int, int] | None, channels: int, resize: str = "stretch") -> np.ndarray:
    """The image of a file's bytes, as `load_image` gives it."""
    return _opened(data, size, channels, resize)[0]


def _opened(data: bytes, size: tuple[int, int] | None, channels: int, resize: str) -> tuple[np.ndarray, Way]:
    ratio = 1
    if data[:2] in PNM:
        image = _pnm(data)
    else:
        image, ratio = _decoded(data, channels, size)
    image, kind = _with_channels(image, channels), QUICK.get(data[:2], "other")
    if size is None:
        return image, Way(kind)
    size = tuple(size)
    how = Way(kind, ratio, filter_of(*EXTENT[resize](image.shape[:2], size)))
    return (image if image.shape[:2] == size else RESIZING[resize](image, size)), how


def _decoded(data: bytes, channels: int, size: tuple[int, int] | None) -> tuple[np.ndarray, int]:
    """The image of a file, and by what it was decoded smaller."""
    import tensorflow as tf

    if not data:
        raise BadFile("the file is empty")
    own = data[:2] == b"BM" or data[:3] == b"GIF"
    try:
        if size and data[:2] == JPEG:
            sides = tf.io.extract_jpeg_shape(data)[:2].numpy()
            ratio = max(ratio for ratio in SCALES if ratio == 1 or (sides // ratio >= size).all())
            return tf.io.decode_jpeg(data, channels, ratio=ratio).numpy(), ratio
        return tf.io.decode_image(data, channels=0 if own else channels, expand_animations=False).numpy(), 1
    except tf.errors.InvalidArgumentError:
        raise BadFile(_why(data)) from None


def _why(data: bytes) -> str:
    known = {b"\xff\xd8": "JPEG", b"\x89P": "PNG", b"BM": "BMP", b"GI": "GIF"}.get(data[:2])
    return f"its {known} data are damaged or cut short" if known else "it is not a PNG, JPEG, GIF, BMP, PGM or PPM image"


def _with_channels(image: np.ndarray, channels: int) -> np.ndarray:
    """Grey to colour by repeating, colour to grey by luminance (ITU-R BT.601); alpha is dropped."""
    image = image[..., : 3 if image.shape[-1] >= 3 else 1]
    if image.shape[-1] == channels:
        return image
    if channels == 3:
        return np.repeat(image, 3, axis=-1)
    return np.rint(image @ np.array([[0.299], [0.587], [0.114]])).astype("uint8")


def filter_of(shape: tuple[int, int], size: tuple[int, int]) -> str:
    """What brings an image from one height and width to others.

    It is interpolated, as Keras does, as long as nearly every pixel counts in that. One that shrinks further has the mean of the
    area that each of its pixels covers; where one side grows and the other shrinks that far, the filter is a triangle.
    """
    if tuple(shape) == tuple(size):
        return "same"
    times = [before / after for before, after in zip(shape, size, strict=True)]
    if max(times) <= 3 and min(times) <= 2:
        return "plain"
    return "triangle" if min(times) < 1 else "mean"


def filtered(image, size, how: str, dtype: str = "uint8"):
    """An image as a tensor brought to a size by one of FILTERS and rounded; works in a graph too, with the same bits."""
    import tensorflow as tf

    if how == "same":
        return tf.cast(image, dtype)
    found = tf.image.resize(image, size, **FILTERS[how]) + 0.5  # `tf.round` is slow
    return tf.cast(found, dtype) if dtype == "uint8" else tf.cast(tf.floor(found), dtype)


FILTERS = {"plain": {}, "mean": {"method": "area"}, "triangle": {"antialias": True}}


def _resized(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return filtered(image, size, filter_of(image.shape[:2], size)).numpy()


def _part(shape: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """Height and width of the largest part that has the size's proportions."""
    return tuple(max(1, min(shape[axis], shape[1 - axis] * size[axis] // size[1 - axis])) for axis in (0, 1))


def _inner(shape: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """Height and width of the whole image, as large as it fits."""
    scale = min(size[0] / shape[0], size[1] / shape[1])
    return tuple(max(1, round(length * scale)) for length in shape)


# from what to what an image's pixels are brought
EXTENT = {
    "stretch": lambda shape, size: (shape, size),
    "crop": lambda shape, size: (_part(shape, size), size),
    "pad": lambda shape, size: (shape, _inner(shape, size)),
}


def _cropped(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The part in the middle, resized."""
    (height, width), (rows, columns) = image.shape[:2], _part(image.shape[:2], size)
    top, left = (height - rows) // 2, (width - columns) // 2
    return _resized(image[top : top + rows, left : left + columns], size)


def _padded(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The whole image in the middle of black."""
    rows, columns = _inner(image.shape[:2], size)
    top, left = (size[0] - rows) // 2, (size[1] - columns) // 2
    found = np.zeros((*size, image.shape[2]), "uint8")
    found[top : top + rows, left : left + columns] = _resized(image, (rows, columns))
    return found


RESIZING = {"stretch": _resized, "crop": _cropped, "pad": _padded}


def _pnm(data: bytes) -> np.ndarray:
    """PGM and PPM, plain and raw; deeper than 8 bits is scaled down."""
    kind, (width, height, most), rest = _pnm_header(data)
    depth = 3 if kind in (b"P3", b"P6") else 1
    count = width * height * depth
    try:
        if kind in (b"P2", b"P3"):
            values = np.array(rest.split()[:count], dtype="int64")
        else:
            values = np.frombuffer(rest, ">u2" if most > 255 else "u1", count)
        return (values.reshape(height, width, depth).astype("int64") * 255 // most).astype("uint8")
    except (ValueError, OverflowError):
        raise BadFile(f"its header says {width} x {height} pixels, but its data end before") from None


def _pnm_header(data: bytes) -> tuple[bytes, tuple[int, int, int], bytes]:
    kind, rest, numbers = data[:2], data[2:], []
    while len(numbers) < 3:
        rest = rest.lstrip()
        if rest[:1] == b"#":
            rest = rest.partition(b"\n")[2]
            continue
        word = rest.split(None, 1)[0][:10] if rest.strip() else b""
        if not word.isdigit() or int(word) == 0:
            raise BadFile("its header is not that of a PGM or PPM image")
        numbers.append(int(word))
        rest = rest[len(word):]
    return kind, (numbers[0], numbers[1], numbers[2]), rest[1:]
