"""Sources of arrays and rows: Digits, Idx, Npz, Csv and KerasDataset, and what they say of broken files."""

import gzip

import numpy as np
import pytest
from data_help import recipe, write_idx

from builder.data.rows import has_header, rows_of
from builder.data.source import source
from builder.data.sources.kerasdataset import KerasDataset, dataset_names


def test_the_sources_there_are():
    assert {"Digits", "KerasDataset", "Idx", "Npz", "Csv", "ImageFolder", "TextFolder", "TextLines"} <= set(source.known)


def test_digits(opened):
    data = opened(recipe("Digits"), validation=0.15)
    assert data.fields["image"].shape == (8, 8, 1)
    assert data.fields["image"].dtype == "float32"
    assert data.fields["label"].classes == tuple("0123456789")
    assert (data.splits["train"].size, data.splits["validation"].size) == (1527, 270)
    assert data.splits["train"].column("image").max() == 16
    assert data.notes == ("there is no test split: `evaluate` uses the validation split",)


# Idx -------------------------------------------------------------------------------------------

@pytest.fixture
def idx(tmp_path):
    images = np.arange(6 * 4, dtype="uint8").reshape(6, 2, 2)
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", images)
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", np.array([0, 1, 2, 0, 1, 2], "uint8"))
    write_idx(tmp_path / "t10k-images-idx3-ubyte", images[:2])
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", np.array([0, 1], "uint8"))
    return tmp_path


def test_idx_brings_its_own_test_split(idx, opened):
    data = opened(recipe("Idx", folder="."))
    assert {name: split.size for name, split in data.splits.items()} == {"train": 6, "test": 2}
    assert data.fields["image"].shape == (2, 2, 1)
    assert data.fields["label"].classes == ("0", "1", "2")
    assert data.splits["train"].column("image")[5, 1, 1, 0] == 23


def test_idx_of_a_share(idx, opened):
    data = opened(recipe("Idx", folder="."), test=0.5)
    assert data.splits["test"].size == 3
    assert "the source has a test split of its own" in data.notes[0]


def test_idx_of_floats(tmp_path, opened):
    write_idx(tmp_path / "images", np.array([[1.5, -2], [0, 3]], "float32"))
    write_idx(tmp_path / "labels", np.array([0, 1], "int32"))
    assert opened(recipe("Idx", folder=".")).splits["train"].column("image").tolist() == [[1.5, -2], [0, 3]]


@pytest.mark.parametrize("spoil, why", [
    (lambda d: d[: len(d) // 2], "its compressed data end too early: the file was cut short"),
    (lambda d: gzip.compress(b"\x00\x00\x07\x03" + b"\0" * 30), "it begins with 00 00 07 03, which is not an idx magic number"),
    (lambda d: b"", "it begins with nothing, which is not an idx magic number"),
    (lambda d: gzip.compress(gzip.decompress(d)[:-3]), "its header says 24 bytes of data, but there are 21"),
    (lambda d: gzip.compress(gzip.decompress(d)[:9]), "it ends within its header"),
    (lambda d: d[:20] + b"\xff\xff\xff" + d[23:], "its compressed data are damaged"),
])
def test_idx_that_is_broken(idx, told, spoil, why):
    path = idx / "train-images-idx3-ubyte.gz"
    path.write_bytes(spoil(path.read_bytes()))
    assert f"error[bad-file]: `train-images-idx3-ubyte.gz` is not a whole idx file: {why}" in told(recipe("Idx", folder="."))


def test_idx_of_uneven_files(idx, told):
    write_idx(idx / "train-labels-idx1-ubyte.gz", np.array([0, 1], "uint8"))
    assert told(recipe("Idx", folder=".")) == (
        "error[uneven]: these arrays hold different numbers of examples\n"
        "note: `train-images-idx3-ubyte.gz`: 6\n      `train-labels-idx1-ubyte.gz`: 2\n")


def test_idx_without_files(tmp_path, told):
    (tmp_path / "notes.txt").write_text("no")
    assert told(recipe("Idx", folder=".")).startswith("error[no-idx]: `.` does not hold one pair of idx files")


# Npz -------------------------------------------------------------------------------------------

def test_npz(tmp_path, opened):
    np.savez(tmp_path / "a.npz", x=np.zeros((5, 3), "float32"), name=np.array(list("abcde")), y=np.array([0, 1, 2, 1, 0]))
    data = opened(recipe("Npz", path="a.npz", label="y"))
    assert {n: (f.shape, f.dtype, f.classes) for n, f in data.fields.items()} == {
        "x": ((3,), "float32", None), "name": ((), "string", None), "y": ((), "int64", ("0", "1", "2"))}


def test_npz_with_its_own_test_split(tmp_path, opened):
    np.savez(tmp_path / "a.npz", x_train=np.zeros((5, 3)), y_train=np.zeros(5), x_test=np.zeros((2, 3)), y_test=np.zeros(2))
    data = opened(recipe("Npz", path="a.npz"))
    assert list(data.fields) == ["x", "y"]
    assert data.splits["test"].size == 2


def test_npz_is_never_unpickled(tmp_path, told):
    np.savez(tmp_path / "a.npz", x=np.array([{"a": 1}, None], dtype=object))
    assert told(recipe("Npz", path="a.npz")) == (
        "error[bad-file]: `a.npz` is not a whole npz file: its array `x` is pickled Python objects, "
        "which could run code when read\n")


@pytest.mark.parametrize("spoil, why", [
    (lambda d: d[: len(d) // 2], "it is damaged"),
    (lambda d: b"hello there", "it is not a zip archive of arrays"),
    (lambda d: b"", "it is damaged"),
    (lambda d: d[:70] + bytes(255 - b for b in d[70:140]) + d[140:], "it is damaged"),
])
def test_npz_that_is_broken(tmp_path, told, spoil, why):
    np.savez(tmp_path / "a.npz", x=np.zeros((50, 3)))
    (tmp_path / "a.npz").write_bytes(spoil((tmp_path / "a.npz").read_bytes()))
    assert f"error[bad-file]: `a.npz` is not a whole npz file: {why}" in told(recipe("Npz", path="a.npz"))


def test_npz_of_uneven_arrays(tmp_path, told):
    np.savez(tmp_path / "a.npz", x=np.zeros((5, 3)), y=np.zeros(4))
    assert "note: `x`: 5\n      `y`: 4" in told(recipe("Npz", path="a.npz"))


# Csv -------------------------------------------------------------------------------------------

MIXED = "age, kind, note\n1, cat , \n2.5,dog,hello\n?,cat,NA\n"


def csv(tmp_path, text, /, **arguments):
    (tmp_path / "t.csv").write_text(text)
    return recipe("Csv", path="t.csv", **arguments)


def test_csv_infers_types(tmp_path, opened):
    data = opened(csv(tmp_path, MIXED, label="kind"))
    train = data.splits["train"]
    assert {n: (f.dtype, f.classes) for n, f in data.fields.items()} == {
        "age": ("float32", None), "kind": ("int64", ("cat", "dog")), "note": ("string", None)}
    assert np.array_equal(train.column("age"), np.array([1, 2.5, np.nan], "float32"), equal_nan=True)
    assert train.column("kind").tolist() == [0, 1, 0]
    assert train.column("note").tolist() == ["", "hello", ""]


@pytest.mark.parametrize("text, names", [
    ("1,2\n3,4\n", ["column1", "column2"]),
    ("a,b\n3,4\n", ["a", "b"]),
    ("x,y\na,b\n", ["x", "y"]),
    ("a,b\na,c\n", ["column1", "column2"]),
    ('"a, b";c\n1;2\n', ["a, b", "c"]),
    ("a\tb\n1\t2\n", ["a", "b"]),
    ("\ufeffa,b\n1,2\n", ["a", "b"]),
])
def test_csv_finds_its_header_and_separator(tmp_path, opened, text, names):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    assert list(opened(recipe("Csv", path="t.csv")).fields) == names


@pytest.mark.parametrize("header, size", [(True, 1), (False, 2)])
def test_csv_is_told_about_its_header(tmp_path, opened, header, size):
    assert opened(csv(tmp_path, "1,2\n3,4\n", header=header, columns=("a", "b"))).splits["train"].size == size


@pytest.mark.parametrize("values, kind", [
    ("3\n1\n2\n", ("1", "2", "3")), ("0.5\n1\n2\n", None), ("yes\nno\nyes\n", ("no", "yes")), ("<=50K.\n>50K\n<=50K\n", ("<=50K", ">50K")),
])
def test_csv_labels(tmp_path, opened, values, kind):
    assert opened(csv(tmp_path, "y\n" + values, label="y", strip=".")).fields["y"].classes == kind


def test_a_label_of_few_numbers_may_stay_numbers(tmp_path, opened):
    table = csv(tmp_path, "mass,kind\n2700,a\n2850,b\n,a\n2700,b\n", label=["mass", "kind"], numbers="mass")
    data = opened(table, skip_bad=True)
    assert data.fields["mass"].classes is None and sorted(data.splits["train"].column("mass")) == [2700, 2700, 2850]


def test_csv_keeps_codes_as_text(tmp_path, opened):
    data = opened(csv(tmp_path, "zip,n\n0123,1_000\n", text=("zip",)))
    assert data.splits["train"].column("zip").tolist() == ["0123"]
    assert data.fields["n"].dtype == "string"


def test_csv_rows_that_are_bad(tmp_path, told):
    assert told(csv(tmp_path, "a,b\n1,x\n2\n\n3,\n4,y,5\n6,y\n", label="b")) == """\
error[ragged-row]: line 3 of `t.csv` has 1 cell, but there are 2 columns
help: leave such examples out and count them: `skip_bad: true` under `data`

error[no-label]: line 5 of `t.csv` has no value in its label `b`
help: leave such examples out and count them: `skip_bad: true` under `data`

error[ragged-row]: line 6 of `t.csv` has 3 cells, but there are 2 columns
help: leave such examples out and count them: `skip_bad: true` under `data`
"""


def test_csv_rows_that_are_skipped(tmp_path, opened):
    data = opened(csv(tmp_path, "a,b\n1,x\n2\n3,\n6,y\n", label="b"), skip_bad=True)
    assert (data.skipped, data.splits["train"].size) == (2, 2)
    assert data.notes[0] == "2 bad examples were left out, the first in t.csv, line 3"


def test_csv_of_many_bad_rows_tells_a_few(tmp_path, told):
    said = told(csv(tmp_path, "a,b\n1,2\n" + "1\n" * 50))
    assert said.count("ragged-row") == 5
    assert "error[more-bad]: 45 more examples cannot be read" in said


def test_csv_numbers_lines_through_quoted_newlines(tmp_path, told):
    assert "line 4 of" in told(csv(tmp_path, 'a,b\n"x\ny",2\n3\n'))


@pytest.mark.parametrize("text, arguments, said", [
    ("a,b\n1,2\n", {"label": "c"}, "error[missing-column]: `t.csv` has no column named `c`\nnote: its columns: a, b\n"),
    ("a,b\n1,2\n", {"columns": ("a",)}, "error[column-count]: 1 column name is given, but `t.csv` has 2 columns\n"),
    ("a,a\n1,2\n", {"header": True}, "error[column-twice]: two columns of `t.csv` are named `a`\n"),
    ("a,b\n1,2\n", {"header": "maybe"}, "error[source-argument]: `header` must be true, false or auto, but it is `maybe`\n"),
    ("a,b\n1,2\n", {"separator": "ab"}, "error[bad-text]: `t.csv` cannot be read as text"),
    ("a,b\n", {"header": True}, "error[no-examples]: `Csv` finds no examples\n"),
    ("", {}, "error[no-examples]: `Csv` finds no examples\n"),
    ("", {"label": "b"}, "error[no-examples]: `Csv` finds no examples\n"),
    ("a,b\n1,\0\n", {}, "error[bad-text]: `t.csv` cannot be read as text: it holds zero bytes, so it is not text\n"),
])
def test_csv_that_is_wrong(tmp_path, told, text, arguments, said):
    assert told(csv(tmp_path, text, **arguments)).startswith(said)


def test_csv_in_another_encoding(tmp_path, told, opened):
    (tmp_path / "t.csv").write_bytes("a,b\ncafé,1\n".encode("latin-1"))
    assert told(recipe("Csv", path="t.csv")) == (
        "error[bad-text]: `t.csv` cannot be read as text: line 2 is not utf-8 text (byte 0xe9)\n"
        "help: say how it is encoded, for example `encoding: latin-1`\n")
    assert opened(recipe("Csv", path="t.csv", encoding="latin-1")).splits["train"].column("a")[0] == "café"


def test_csv_cut_short(tmp_path, told):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 500)[:-12])
    assert "the file was cut short" in told(recipe("Csv", path="t.csv.gz"))


def test_rows_know_their_lines():
    assert [(r.line, r.cells) for r in rows_of('a\n\n"b\nc"\nd\n')] == [(1, ["a"]), (3, ["b\nc"]), (5, ["d"])]


def test_a_header_that_names_two_columns_alike_is_told(tmp_path, told):
    assert not has_header([["a", ""], ["1", "2"]])
    assert has_header([["a", "a"], ["1", "2"]]) and not has_header([["a", "a"], ["b", "c"]])
    assert "error[column-twice]: two columns of `t.csv` are named `a`" in told(csv(tmp_path, "a,b,a\n1,2,3\n4,5,6\n"))
    assert not has_header([["a", ""], ["1", "2"]])


# KerasDataset ----------------------------------------------------------------------------------

def test_the_data_sets_of_keras():
    assert {"mnist", "fashion_mnist", "cifar10", "cifar100", "imdb", "reuters", "california_housing", "boston_housing"} <= set(
        dataset_names())


def test_an_unknown_data_set(told):
    assert told(recipe("KerasDataset", name="mnits")).startswith(
        "error[unknown-dataset]: there is no Keras data set named `mnits`\nhelp: did you mean `mnist`?")


def test_an_argument_the_data_set_does_not_take(told):
    assert "`num_words` must be left out for `mnist`, but it is `5`" in told(recipe("KerasDataset", name="mnist", num_words=5))


def loading(monkeypatch, name, train, test):
    import importlib

    monkeypatch.setattr(importlib.import_module(f"keras.datasets.{name}"), "load_data", lambda **_: (train, test))


def test_a_data_set_that_cannot_be_downloaded(monkeypatch, told):
    import keras

    def refuse(**_):
        raise OSError("URL fetch failure on https://example.org/mnist.npz: None")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", refuse)
    said = told(recipe("KerasDataset", name="mnist"))
    assert said.startswith("error[no-download]: Keras cannot load the data set `mnist`\n")
    assert "note: Keras says: URL fetch failure" in said


def test_pictures_of_keras(monkeypatch, opened):
    x, y = np.zeros((20, 32, 32, 3), "uint8"), (np.arange(20) % 10).reshape(20, 1)
    loading(monkeypatch, "cifar100", (x, y), (x[:10], y[:10]))
    data = opened(recipe("KerasDataset", name="cifar100"))
    assert data.fields["image"].shape == (32, 32, 3)
    assert data.fields["label"].shape == ()
    assert data.splits["test"].size == 10


def test_texts_of_keras_are_padded(monkeypatch, tmp_path):
    x = np.array([[1, 2, 3], [4]], dtype=object)
    loading(monkeypatch, "imdb", (x, np.array([0, 1])), (x, np.array([1, 0])))
    table = KerasDataset("imdb").read(None)
    assert table.columns["tokens"].values.tolist() == [[1, 2, 3], [0, 0, 4]]
    assert KerasDataset("imdb", length=2).read(None).columns["tokens"].values.tolist() == [[2, 3], [0, 4]]


def test_tables_of_keras(monkeypatch):
    x, y = np.ones((4, 13)), np.array([1.5, 2, 3, 4])
    loading(monkeypatch, "boston_housing", (x, y), (x, y))
    fields = KerasDataset("boston_housing").read(None).fields
    assert (fields["features"].shape, fields["features"].dtype, fields["target"].classes) == ((13,), "float32", None)


def test_csv_arguments_that_yaml_reads_as_numbers(tmp_path, opened):
    train = opened(csv(tmp_path, "2024,x\n-999,1\n5,2\n", missing=(-999,), text=(2024,), header=True)).splits["train"]
    assert train.column("2024").tolist() == ["", "5"]
    assert opened(csv(tmp_path, "a\n-999\n5\n", missing=-999)).splits["train"].column("a").tolist()[1] == 5


def test_a_label_that_is_no_index(tmp_path, told):
    np.savez(tmp_path / "a.npz", x=np.zeros(2), y=np.array([-1, 2]), z=np.array([0.5, 1]))
    assert told(recipe("Npz", path="a.npz", label="z")) == (
        "error[bad-label]: `z` cannot be a label: it must hold class indices from 0, but is float64 or negative\n")
    assert "error[bad-label]: `y` cannot be a label" in told(recipe("Npz", path="a.npz", label="y"))
    assert "error[missing-column]: `a.npz` has no column named `w`" in told(recipe("Npz", path="a.npz", label="w"))


@pytest.mark.parametrize("path, kind", [("a\0b", "missing-path"), ("x" * 5000, "unreadable")])
def test_a_path_no_system_takes(told, path, kind):
    assert told(recipe("Npz", path=path)).startswith(f"error[{kind}]: ")
