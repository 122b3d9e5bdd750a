"""Image files as uint8 arrays, by TensorFlow's decoders and a reader of our own for PGM and PPM."""

from pathlib import Path

import numpy as np

from builder.data.files import BadFile

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".pgm", ".ppm", ".pnm"}

JPEG = b"\xff\xd8"
QUICK = (JPEG, b"\x89P")  # how JPEG and PNG begin
SCALES = (2, 4, 8)  # by what a JPEG file can be decoded smaller


def load_image(path: str | Path, size: tuple[int, int] | None, channels: int, resize: str = "stretch") -> np.ndarray:
    """One image file as uint8 (height, width, channels), resized where a size is given: no pixel of a large image is passed over.

    Of a JPEG file that is more than twice too large, its blocks are decoded at 1/2, 1/4 or 1/8 of the size, which is their
    mean and a fraction of the work; see `_smooth` for the rest.

    Args:
        resize: `stretch` to the size; `crop` the middle part of the size's proportions, as Keras's `crop_to_aspect_ratio`
            does; `pad` with black to these proportions.

    Raises:
        BadFile: it does not decode; the message says why.
    """
    return image_array(Path(path).read_bytes(), size, channels, resize)


def image_array(data: bytes, size: tuple[int, int] | None, channels: int, resize: str = "stretch") -> np.ndarray:
    """The image of a file's bytes, as `load_image` gives it."""
    image = _pnm(data) if data[:2] in (b"P2", b"P3", b"P5", b"P6") else _decoded(data, channels, size)
    image = _with_channels(image, channels)
    return image if size is None or image.shape[:2] == tuple(size) else RESIZING[resize](image, tuple(size))


def _decoded(data: bytes, channels: int, size: tuple[int, int] | None) -> np.ndarray:
    import tensorflow as tf

    if not data:
        raise BadFile("the file is empty")
    own = data[:2] == b"BM" or data[:3] == b"GIF"
    try:
        if size and data[:2] == JPEG:
            return _near(data, tuple(size), channels).numpy()
        return tf.io.decode_image(data, channels=0 if own else channels, expand_animations=False).numpy()
    except tf.errors.InvalidArgumentError as error:
        raise BadFile(_why(data, error.message)) from None


def _why(data: bytes, message: str) -> str:
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


def _resized(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if image.shape[:2] == size:
        return image
    return _smooth(image, size).numpy()


def _smooth(image, size):
    """An image as a tensor of another size; works in a graph too, with the same bits.

    Down to half its size it is interpolated as Keras does, for every pixel still counts; a smaller one has the mean of the area
    that each of its pixels covers. Where one side grows and the other shrinks that far, the filter is a triangle.
    """
    import tensorflow as tf

    shape = tf.shape(image)[:2]
    far, grows = tf.reduce_any(shape > 2 * tf.convert_to_tensor(size)), tf.reduce_any(shape < size)
    averaged = lambda: tf.cond(grows, lambda: tf.image.resize(image, size, antialias=True), lambda: tf.image.resize(image, size, "area"))
    return tf.cast(tf.cond(far, averaged, lambda: tf.image.resize(image, size)) + 0.5, tf.uint8)  # rounded; `tf.round` is slow


def _near(data, size: tuple[int, int], channels: int):
    """The image of JPEG bytes, decoded at the smallest scale that is not below the size."""
    import tensorflow as tf

    sides = tf.io.extract_jpeg_shape(data)[:2]
    decode = lambda ratio: lambda: tf.ensure_shape(tf.io.decode_jpeg(data, channels, ratio=ratio), (None, None, channels))
    fitting = tf.math.count_nonzero(tf.reduce_all(sides // tf.constant(SCALES)[:, None] >= size, axis=1), dtype=tf.int32)
    return tf.switch_case(fitting, [decode(ratio) for ratio in (1, *SCALES)])


def _cropped(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The largest part in the middle that has the size's proportions, resized."""
    (height, width), (tall, wide) = image.shape[:2], size
    rows, columns = max(1, min(height, width * tall // wide)), max(1, min(width, height * wide // tall))
    top, left = (height - rows) // 2, (width - columns) // 2
    return _resized(image[top : top + rows, left : left + columns], size)


def _padded(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The whole image, as large as it fits, in the middle of black."""
    scale = min(size[0] / image.shape[0], size[1] / image.shape[1])
    rows, columns = (max(1, round(length * scale)) for length in image.shape[:2])
    top, left = (size[0] - rows) // 2, (size[1] - columns) // 2
    found = np.zeros((*size, image.shape[2]), "uint8")
    found[top : top + rows, left : left + columns] = _resized(image, (rows, columns))
    return found


RESIZING = {"stretch": _resized, "crop": _cropped, "pad": _padded}


def image_loader(size: tuple[int, int] | None, channels: int, resize: str = "stretch"):
    """As `load_image`, a function of a name as a scalar tensor that can stand in a graph: Python has no part in JPEG and PNG.

    Images of other formats go through `image_array`. The bits are the same in both ways.
    """
    import tensorflow as tf

    def load(name):
        data = tf.io.read_file(name)
        head = tf.strings.substr(data, 0, 2)
        other = lambda: tf.ensure_shape(tf.numpy_function(lambda some: image_array(some, size, channels, resize), [data], tf.uint8, stateful=False), (None, None, channels))
        return tf.cond(tf.reduce_any(tf.equal(head, list(QUICK))), lambda: _traced(data, head, size, channels, resize), other)

    return load


def _traced(data, head, size: tuple[int, int] | None, channels: int, resize: str):
    """The image of JPEG or PNG bytes, in a graph; `head` are the first two."""
    import tensorflow as tf

    whole = lambda: tf.ensure_shape(tf.io.decode_image(data, channels, expand_animations=False), (None, None, channels))
    if size is None:
        return whole()
    image = tf.cond(tf.equal(head, JPEG), lambda: _near(data, tuple(size), channels), whole)
    return tf.cond(tf.reduce_all(tf.equal(tf.shape(image)[:2], size)), lambda: image, lambda: TRACED[resize](image, size))


def _traced_crop(image, size: tuple[int, int]):
    import tensorflow as tf

    (tall, wide), shape = size, tf.shape(image)
    rows, columns = (tf.maximum(1, tf.minimum(shape[axis], shape[1 - axis] * size[axis] // size[1 - axis])) for axis in (0, 1))
    top, left = (shape[0] - rows) // 2, (shape[1] - columns) // 2
    part = image[top : top + rows, left : left + columns]
    return tf.cond((rows == tall) & (columns == wide), lambda: part, lambda: _smooth(part, size))


def _traced_pad(image, size: tuple[int, int]):
    import tensorflow as tf

    shape = tf.cast(tf.shape(image)[:2], "float64")
    scale = tf.reduce_min(tf.constant(size, "float64") / shape)
    inner = tf.maximum(1, tf.cast(tf.round(shape * scale), "int32"))
    found = tf.cond(tf.reduce_all(tf.equal(tf.shape(image)[:2], inner)), lambda: image, lambda: _smooth(image, inner))
    before = (size - inner) // 2
    return tf.pad(found, tf.concat([tf.stack([before, size - inner - before], 1), [[0, 0]]], 0))


TRACED = {"stretch": _smooth, "crop": _traced_crop, "pad": _traced_pad}


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
