"""Sources of folders: ImageFolder, TextFolder and TextLines, and what they say of bad files."""

import numpy as np
import pytest
from data_help import recipe, write_images

from builder.data.files import BadFile, class_names
from builder.data.images import image_array
from builder.data.store import Files


def test_images(tmp_path, opened):
    write_images(tmp_path, {"dog": 3, "cat": 4})
    data = opened(recipe("ImageFolder", folder="."))
    assert data.fields["image"].shape == (4, 5, 3)
    assert data.fields["image"].dtype == "uint8"
    assert data.fields["label"].classes == ("cat", "dog")
    assert data.splits["train"].column("label").tolist() == [0, 0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("size", [(8, 6), 8])
def test_images_are_resized(tmp_path, opened, size):
    write_images(tmp_path, {"a": 2, "b": 2}, suffix="jpg")
    data = opened(recipe("ImageFolder", folder=".", size=size, channels=1))
    assert data.fields["image"].shape == (8, 6 if size != 8 else 8, 1)


def test_images_with_their_own_splits(tmp_path, opened):
    write_images(tmp_path / "train", {"a": 3, "b": 3})
    write_images(tmp_path / "test", {"b": 2})
    data = opened(recipe("ImageFolder", folder="."))
    assert {name: split.size for name, split in data.splits.items()} == {"train": 6, "test": 2}
    assert data.splits["test"].column("label").tolist() == [1, 1]


def test_images_on_disk_give_the_same_as_in_memory(tmp_path, opened):
    write_images(tmp_path, {"a": 5, "b": 5})
    source = recipe("ImageFolder", folder=".", size=(3, 3))
    kept, streamed = (opened(source, cache=cache).splits["train"] for cache in (True, False))
    assert isinstance(streamed.columns["image"].store, Files)
    for one, two in zip(*(s.dataset(["image"], ["label"], 4, shuffle_seed=1) for s in (kept, streamed)), strict=True):
        assert np.array_equal(one[0]["image"], two[0]["image"])
        assert np.array_equal(one[1]["label"], two[1]["label"])
    assert np.array_equal(kept.rows("image", [1, 3]), streamed.rows("image", [1, 3]))


def test_images_beyond_memory_stay_in_their_files(tmp_path, opened, monkeypatch):
    monkeypatch.setenv("BRICKS_MEMORY", "100")
    write_images(tmp_path, {"a": 2, "b": 2})
    data = opened(recipe("ImageFolder", folder="."))
    assert isinstance(data.splits["train"].columns["image"].store, Files)
    assert "`.` is larger than the memory it may take" in data.notes[0]


def spoilt(tmp_path):
    write_images(tmp_path, {"a": 3, "b": 3}, size=(40, 40, 3))
    whole = (tmp_path / "a/000.png").read_bytes()
    (tmp_path / "a/000.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "b/001.png").write_bytes(b"")
    (tmp_path / "b/notes.txt").write_text("not an image")
    (tmp_path / "b/.DS_Store").write_text("left out")


def test_images_that_are_bad(tmp_path, told):
    spoilt(tmp_path)
    help = "help: leave such examples out and count them: `skip_bad: true` under `data`\n"
    assert told(recipe("ImageFolder", folder=".")) == (
        f"error[bad-image]: `a/000.png` does not decode: its PNG data are damaged or cut short\n{help}\n"
        f"error[bad-image]: `b/001.png` does not decode: the file is empty\n{help}\n"
        f"error[bad-image]: `b/notes.txt` does not decode: it is not a PNG, JPEG, GIF, BMP, PGM or PPM image\n{help}")


@pytest.mark.parametrize("cache", [True, False])
def test_images_that_are_skipped(tmp_path, opened, cache):
    spoilt(tmp_path)
    data = opened(recipe("ImageFolder", folder="."), skip_bad=True, cache=cache)
    assert (data.skipped, data.splits["train"].size) == (3, 4)
    assert data.splits["train"].column("label").tolist() == [0, 0, 1, 1]


def test_images_that_are_all_bad(tmp_path, told):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x.png").write_bytes(b"no")
    assert told(recipe("ImageFolder", folder="."), skip_bad=True) == (
        "error[no-examples]: `ImageFolder` finds no examples\nnote: 1 was bad and left out\n")


def test_images_of_different_sizes(tmp_path, told):
    write_images(tmp_path, {"a": 1})
    write_images(tmp_path, {"b": 1}, size=(7, 5, 3))
    assert told(recipe("ImageFolder", folder=".")) == (
        "error[image-sizes]: the images have different sizes, so they do not fit into one batch\n"
        "help: bring them to one size: `size: [4, 5]`\n"
        "note: `a/000.png` has 4 x 5 pixels\n      `b/000.png` has 7 x 5\n")


@pytest.mark.parametrize("arguments, said", [
    ({"channels": 2}, "`channels` must be 1 or 3, but it is `2`"),
    ({"size": (1, 2, 3)}, "`size` must be a height and a width, such as [64, 64], but it is `[1, 2, 3]`"),
    ({"size": (0, 2)}, "`size` must be a height and a width, such as [64, 64], but it is `[0, 2]`"),
])
def test_arguments_of_images(tmp_path, told, arguments, said):
    assert f"error[source-argument]: {said}\n" in told(recipe("ImageFolder", folder=".", **arguments))


def test_folders_that_are_wrong(tmp_path, told):
    (tmp_path / "photos/cat/deeper").mkdir(parents=True)
    assert told(recipe("ImageFolder", folder="fotos")) == (
        "error[missing-path]: there is no folder `fotos`\nhelp: did you mean `photos`?\n"
        "note: paths are relative to the spec's folder, HERE\n")
    assert told(recipe("ImageFolder", folder="photos")) == (
        "error[empty-folder]: the folder `photos/cat` holds no files\n"
        "help: name what the folders are, from the outermost in: `levels: [group, label]`\n"
        "note: there is 1 folder in it, but files are looked for one level down only\n")
    assert "error[no-class-folders]: the folder `photos/cat/deeper` holds no folders" in told(
        recipe("ImageFolder", folder="photos/cat/deeper"))
    (tmp_path / "a.txt").write_text("x")
    assert "error[missing-path]: `a.txt` is not a folder\n" in told(recipe("ImageFolder", folder="a.txt"))


@pytest.mark.parametrize("data, pixels", [
    (b"P5\n# by hand\n2 2\n255\n\x00\x01\x02\xff", [0, 1, 2, 255]),
    (b"P2 2 2 15 0 1 2 15", [0, 17, 34, 255]),
    (b"P5 2 2 65535\n" + bytes([0, 0, 1, 1, 255, 255, 128, 0]), [0, 1, 255, 127]),
])
def test_pgm(data, pixels):
    image = image_array(data, None, 1)
    assert image.shape == (2, 2, 1)
    assert image.ravel().tolist() == pixels


def test_ppm_becomes_grey():
    assert image_array(b"P6 1 2 255\n" + bytes([255, 0, 0, 0, 0, 255]), None, 1).ravel().tolist() == [76, 29]


@pytest.mark.parametrize("data", [b"P5", b"P5 a b c", b"P5 2 2 255\n\x00", b"P5 0 2 255\n", b"P2 2 2 255 1 2 x 4", b"P5 99999999999999 9999999999 255 "])
def test_pgm_that_is_broken(data):
    with pytest.raises(BadFile):
        image_array(data, None, 1)


@pytest.mark.parametrize("code", ["png", "jpeg", "bmp", "gif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_formats(code, channels):
    import tensorflow as tf

    pixels = tf.constant(np.full((3, 4, 3), 100, "uint8"))
    if code in ("png", "jpeg"):
        data = getattr(tf.io, f"encode_{code}")(pixels).numpy()
    elif code == "gif":
        data = GIF
    else:
        data = b"BM" + (54 + 36).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + (40).to_bytes(4, "little") + (
            4).to_bytes(4, "little") + (3).to_bytes(4, "little") + (1).to_bytes(2, "little") + (24).to_bytes(
            2, "little") + bytes(24) + bytes([100] * 36)
    image = image_array(data, None, channels)
    assert image.shape[-1] == channels
    assert image.dtype == np.uint8


GIF = bytes.fromhex("47494638396101000100800000646464ffffff21f90400000000002c00000000010001000002024401003b")


# text ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("names, classes", [
    (["rt-polarity.neg", "rt-polarity.pos"], ["neg", "pos"]),
    (["neg.txt", "pos.txt"], ["neg", "pos"]),
    (["review.neg.txt", "review.pos.txt"], ["neg", "pos"]),
    (["a.txt.gz", "b.txt"], ["a", "b"]),
    (["one.txt"], ["one"]),
    (["a", "a.b"], ["a", "a.b"]),
])
def test_classes_are_what_tells_files_apart(names, classes):
    assert class_names(names) == classes


def test_lines(tmp_path, opened):
    (tmp_path / "r.pos").write_text("good \n\n fine\n")
    (tmp_path / "r.neg").write_text("bad\n")
    data = opened(recipe("TextLines", files="."))
    assert data.splits["train"].column("text").tolist() == ["bad", "good", "fine"]
    assert data.splits["train"].column("label").tolist() == [0, 1, 1]
    assert data.fields["label"].classes == ("neg", "pos")


def test_lines_of_one_file_have_no_label(tmp_path, opened):
    (tmp_path / "all.txt").write_text("a\nb\n")
    assert list(opened(recipe("TextLines", files="all.txt")).fields) == ["text"]


def test_lines_of_a_list(tmp_path, opened):
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text(f"line of {name}\n")
    assert opened(recipe("TextLines", files=("b.txt", "a.txt"))).fields["label"].classes == ("a", "b")


def test_lines_in_another_encoding(tmp_path, told, opened):
    (tmp_path / "a.txt").write_bytes("x\ncafé\n".encode("latin-1"))
    assert told(recipe("TextLines", files="a.txt")) == (
        "error[bad-text]: `a.txt` cannot be read as text: line 2 is not utf-8 text (byte 0xe9)\n"
        "help: say how it is encoded, for example `encoding: latin-1`\n")
    assert opened(recipe("TextLines", files="a.txt", encoding="latin-1")).splits["train"].column("text")[1] == "café"
    assert "there is no text encoding named `klingon`" in told(recipe("TextLines", files="a.txt", encoding="klingon"))


def test_lines_of_files_alike(tmp_path, told):
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.txt").write_text("x")
    assert told(recipe("TextLines", files=("a/x.txt", "b/x.txt"))) == (
        "error[same-class]: the names of these files do not tell their classes apart\nnote: a/x.txt, b/x.txt\n")


def test_lines_of_an_empty_folder(tmp_path, told):
    assert told(recipe("TextLines", files=".")).startswith("error[empty-folder]: the folder `.` holds no files")


def test_texts_in_folders(tmp_path, opened, told):
    for name, text in (("ham/1.txt", "hello\nyou "), ("spam/1.txt", "buy"), ("spam/2.txt", "sell")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    data = opened(recipe("TextFolder", folder="."))
    assert data.splits["train"].column("text").tolist() == ["hello\nyou", "buy", "sell"]
    (tmp_path / "ham/2.txt").write_bytes(b"\xff\xff")
    assert "error[bad-text]: `ham/2.txt` cannot be read as text" in told(recipe("TextFolder", folder="."))
    assert opened(recipe("TextFolder", folder="."), skip_bad=True).skipped == 1


def test_folders_in_folders(tmp_path, opened, told):
    write_images(tmp_path, {"greek/alpha": 2, "greek/beta": 3, "latin/alpha": 4})
    data = opened(recipe("ImageFolder", folder=".", levels=("alphabet", "label")))
    assert {name: field.classes for name, field in data.fields.items()} == {
        "image": None, "alphabet": ("greek", "latin"), "label": ("greek/alpha", "greek/beta", "latin/alpha")}
    assert data.splits["train"].column("alphabet").tolist() == [0] * 5 + [1] * 4
    assert data.splits["train"].column("label").tolist() == [0] * 2 + [1] * 3 + [2] * 4
    held = opened(recipe("ImageFolder", folder=".", levels=("alphabet", "label")), validation=0.4, group="alphabet").splits
    assert len({*held["train"].column("alphabet"), *held["validation"].column("alphabet")}) == 2
    assert set(held["train"].column("alphabet")).isdisjoint(held["validation"].column("alphabet"))
    assert "`levels` must be different names of fields, such as [alphabet, label], but it is `['a', 'a']`" in told(recipe("ImageFolder", folder=".", levels=("a", "a")))
