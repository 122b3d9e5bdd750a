"""Images of other proportions than the size they are brought to: stretched, cropped or padded, the same in training and in `predict`."""

import numpy as np
import pytest
from data_help import recipe
from PIL import Image

from builder.data.images import image_array, load_image
from builder.data.store import Files

WIDE = np.zeros((10, 30, 3), "uint8")
WIDE[:, :10, 0], WIDE[:, 10:20, 1], WIDE[:, 20:, 2] = 255, 255, 255  # red, green, blue


@pytest.fixture
def wide(tmp_path):
    """A photo three times as wide as it is high."""
    path = tmp_path / "wide.png"
    Image.fromarray(WIDE).save(path)
    return path


def brought(image: np.ndarray, size: tuple[int, int], resize: str, tmp_path) -> np.ndarray:
    path = tmp_path / "one.png"
    Image.fromarray(image).save(path)
    return load_image(path, size, 3, resize)


def test_stretch_keeps_all_and_no_proportions(wide):
    found = load_image(wide, (10, 10), 3)
    assert found.shape == (10, 10, 3)
    assert [found[5, x].argmax() for x in (1, 5, 8)] == [0, 1, 2]


def test_crop_keeps_the_middle(wide):
    assert (load_image(wide, (10, 10), 3, "crop") == [0, 255, 0]).all()
    assert (load_image(wide, (20, 20), 3, "crop") == [0, 255, 0]).all()


def test_pad_keeps_all_in_black(wide):
    found = load_image(wide, (30, 30), 3, "pad")
    assert not found[:10].any() and not found[20:].any()
    assert np.array_equal(found[10:20], WIDE)


def covered(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The exact mean of what each new pixel covers, float64."""
    def shares(many: int, few: int) -> np.ndarray:
        edges, places = np.linspace(0, many, few + 1), np.arange(many)
        return np.clip(np.minimum(edges[1:, None], places + 1) - np.maximum(edges[:-1, None], places), 0, None) * few / many

    return np.einsum("ih,hwc,jw->ijc", shares(image.shape[0], size[0]), image.astype("float64"), shares(image.shape[1], size[1]), optimize=True)


@pytest.mark.parametrize("shape", [(40, 60), (60, 40), (31, 97), (16, 16), (1, 50), (30, 28)])
@pytest.mark.parametrize("size", [(16, 16), (24, 12), (7, 20)])
def test_crop_is_what_keras_does_and_beyond_half_the_mean(shape, size, tmp_path):
    import keras

    image = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype("uint8")
    own = brought(image, size, "crop", tmp_path)
    rows, columns = (max(1, min(shape[axis], shape[1 - axis] * size[axis] // size[1 - axis])) for axis in (0, 1))
    top, left = (shape[0] - rows) // 2, (shape[1] - columns) // 2
    if rows > 2 * size[0] or columns > 2 * size[1]:
        wanted = covered(image[top : top + rows, left : left + columns], size)
    else:
        wanted = keras.layers.Resizing(*size, crop_to_aspect_ratio=True)(image.astype("float32"))
    assert np.abs(own - np.asarray(wanted)).max() <= 0.502


def noisy_photo(shape: tuple[int, int]) -> Image.Image:
    random = np.random.default_rng(1)
    coarse = Image.fromarray(random.integers(0, 256, (8, 8, 3)).astype("uint8")).resize(shape[::-1], Image.Resampling.BICUBIC)
    return Image.fromarray((np.asarray(coarse) + random.normal(0, 12, (*shape, 3))).clip(0, 255).astype("uint8"))


@pytest.mark.parametrize("shape", [(256, 320), (300, 500), (520, 390), (1100, 900)])
def test_a_jpeg_decoded_smaller_is_nearer_to_the_mean_than_interpolated(shape, tmp_path):
    import tensorflow as tf

    path, size = tmp_path / "photo.jpg", (128, 128)
    noisy_photo(shape).save(path, quality=90)
    whole = tf.io.decode_jpeg(path.read_bytes(), 3).numpy()
    exact = covered(whole, size)
    error = lambda found: np.square(np.asarray(found, "float64") - exact).mean()
    assert error(load_image(path, size, 3)) < error(tf.image.resize(whole, size)) / 1.5


@pytest.mark.parametrize("shape", [(40, 60), (60, 40), (31, 97), (16, 16), (1, 50)])
@pytest.mark.parametrize("size", [(16, 16), (24, 12), (7, 20)])
def test_pad_is_the_image_in_its_proportions(shape, size, tmp_path):
    image = np.full((*shape, 3), 200, "uint8")
    own = brought(image, size, "pad", tmp_path)[..., 0]
    rows, columns = np.flatnonzero(own.any(1)), np.flatnonzero(own.any(0))
    inner = own[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert own.shape == size and (inner == 200).all()
    scale = min(size[0] / shape[0], size[1] / shape[1])
    assert all(abs(side - max(1, length * scale)) <= 0.5 for side, length in zip(inner.shape, shape, strict=True))
    assert abs(rows[0] - (size[0] - 1 - rows[-1])) <= 1 and abs(columns[0] - (size[1] - 1 - columns[-1])) <= 1


def test_nothing_is_done_to_what_fits():
    data = b"P6 2 2 255\n" + bytes(range(12))
    assert all(image_array(data, (2, 2), 3, resize).ravel().tolist() == list(range(12)) for resize in ("stretch", "crop", "pad"))


def photos(folder) -> None:
    for name in ("cat", "dog"):
        (folder / name).mkdir(exist_ok=True)
        for number, shape in enumerate(((10, 30), (30, 10), (20, 20))):
            noise = np.random.default_rng(number).integers(0, 256, (*shape, 3)).astype("uint8")
            Image.fromarray(noise).save(folder / name / f"{number}.png")


@pytest.mark.parametrize("resize", ["stretch", "crop", "pad"])
def test_a_folder_in_memory_from_the_cache_and_from_its_files(tmp_path, opened, resize):
    photos(tmp_path)
    source = recipe("ImageFolder", folder=".", size=(12, 12), resize=resize)
    wanted = np.stack([load_image(path, (12, 12), 3, resize) for path in sorted(tmp_path.glob("*/*.png"))])
    for cache in (True, "disk", "disk", False):
        assert np.array_equal(opened(source, cache=cache).splits["train"].rows("image", range(6)), wanted)
    assert isinstance(opened(source, cache=False).splits["train"].columns["image"].store, Files)


def test_each_way_has_a_cache_of_its_own(tmp_path, opened):
    photos(tmp_path)
    found = [opened(recipe("ImageFolder", folder=".", size=(8, 8), resize=way), cache="disk") for way in ("crop", "pad", "crop")]
    assert not np.array_equal(*(data.splits["train"].rows("image", [0]) for data in found[:2]))
    assert np.array_equal(*(data.splits["train"].rows("image", [0]) for data in found[::2]))


def test_a_way_without_a_size(tmp_path, told):
    assert told(recipe("ImageFolder", folder=".", resize="crop")) == (
        "error[resize-to-what]: `resize: crop` has no size to bring the images to\nhelp: say the height and the width: `size: [128, 128]`\n")


def test_predict_resizes_as_the_run_did(wide):
    from builder.diagnostics import Faults
    from builder.training.examples import Reading, examples

    info = {"inputs": {"image": {"shape": [10, 10, 3], "dtype": "float32"}}, "fields": {"image": {"shape": [10, 10, 3], "dtype": "uint8"}}}
    for resize in ("stretch", "crop", "pad"):
        reading = Reading(info | {"source": {"source": {"ImageFolder": {"folder": "photos", "size": [10, 10], "resize": resize}}}})
        (example,) = examples([wide], (), reading, Faults())
        assert np.array_equal(example.inputs["image"], load_image(wide, (10, 10), 3, resize))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("resize, size", [("stretch", (12, 12)), ("crop", (9, 14)), ("pad", (13, 8)), ("stretch", (40, 50))])
def test_batches_decoded_in_the_graph_have_the_same_bits(tmp_path, opened, resize, size, channels):
    photos(tmp_path)
    noise = np.random.default_rng(9).integers(0, 256, (21, 17, 3)).astype("uint8")
    for suffix in ("jpg", "bmp", "gif", "ppm"):
        Image.fromarray(noise).save(tmp_path / "cat" / f"z.{suffix}")
    Image.fromarray(noise[..., 0]).save(tmp_path / "dog" / "grey.png")
    noisy_photo((90, 130)).save(tmp_path / "dog" / "large.jpg")
    source = recipe("ImageFolder", folder=".", size=size, resize=resize, channels=channels)
    held, files = ([(x["image"].numpy(), y["label"].numpy()) for x, y in opened(source, cache=cache).splits["train"].dataset(
        ["image"], ["label"], 4, shuffle_seed=1)] for cache in ("memory", False))
    assert [len(x) for x, _ in files] == [4, 4, 4]
    for one, two in zip(held, files, strict=True):
        assert np.array_equal(one[0], two[0]) and np.array_equal(one[1], two[1])


def mixed_folder(folder) -> None:
    photos(folder)
    noisy_photo((90, 130)).save(folder / "dog" / "large.jpg")


@pytest.mark.parametrize("batch, start", [(3, 1), (7, 0), (4, 1)])
def test_files_go_on_through_epochs_with_smaller_batches_between(tmp_path, opened, batch, start):
    mixed_folder(tmp_path)
    found = []
    for cache in ("memory", False):
        split = opened(recipe("ImageFolder", folder=".", size=(12, 12)), cache=cache).splits["train"]
        endless = split.dataset(["image"], {"same": "image", "label": "label"}, batch, shuffle_seed=2, start_batch=start, repeat=True)
        found.append([(x["image"].numpy(), y["same"].numpy(), y["label"].numpy()) for x, y in endless.take(5)])
    sizes = [min(batch, 7 - at) for at in range(0, 7, batch)]
    assert [len(x) for x, _, _ in found[1]] == (sizes * 6)[start : start + 5]
    for one, two in zip(*found, strict=True):
        assert all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(one, two, strict=True))


def test_images_shrunk_on_one_side_are_as_near_to_the_mean_as_interpolated(tmp_path):
    import tensorflow as tf

    image, size = np.asarray(noisy_photo((375, 500))), (224, 224)
    error = lambda found: np.square(np.asarray(found, "float64") - covered(image, size)).mean()
    assert error(brought(image, size, "stretch", tmp_path)) <= error(tf.image.resize(image, size)) * 1.01
    wide = np.asarray(noisy_photo((224, 900)))
    exact = covered(wide, size)
    assert np.abs(brought(wide, size, "stretch", tmp_path) - exact).max() <= 0.502
