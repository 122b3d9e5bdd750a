"""Embeddings: what Keras's own sub-model gives, kept with labels, and judged as scikit-learn judges neighbours."""

import csv
import json

import keras
import numpy as np
import pytest
from inside_models import inside
from sklearn.neighbors import KNeighborsClassifier

import builder
from builder import SpecError
from builder.data import open_data
from builder.inside import embed, nearest
from builder.looking import alike
from builder.training import Run, likeness
from builder.training.examples import Example


@pytest.fixture(scope="module")
def data(digits):
    return open_data(builder.check(digits.folder / "spec.yaml").data)


@pytest.fixture(scope="module")
def code(digits, data):
    """The wire `code` for each split, by a sub-model of Keras."""
    own = keras.Model(digits.model.input, digits.model.get_layer("code").output)
    return {name: own.predict({"image": split.column("image")[: split.size]}, verbose=0) for name, split in data.splits.items()}


def test_a_split_is_written_with_its_labels(build, code, data, tmp_path):
    status, said = build("predict", "tiny", "--split", "test", "--layer", "code", "-o", "code.npy")
    assert status == 0 and "code: 180 × 6 values" in said
    np.testing.assert_allclose(np.load(tmp_path / "code.npy"), code["test"], atol=1e-6)
    rows = list(csv.DictReader((tmp_path / "code.labels.csv").read_text().splitlines()))
    assert [row["label"] for row in rows] == [str(label) for label in data.splits["test"].column("label")]
    assert rows[3]["source"] == "test 3"


def test_a_table_holds_the_same(build, code, tmp_path):
    assert build("predict", "tiny", "--split", "validation", "--layer", "code", "-o", "code.csv")[0] == 0
    with open(tmp_path / "code.csv") as file:
        head, *rows = csv.reader(file)
    assert head == ["source", "label", *(f"code[{at}]" for at in range(6))]
    np.testing.assert_allclose(np.array([row[2:] for row in rows], "float32"), code["validation"], atol=1e-6)


def test_files_are_embedded_in_their_order(build, digits, data, tmp_path):
    scans = data.splits["test"].column("image")[:3]
    np.save(tmp_path / "scans.npy", scans)
    assert build("predict", "tiny", "scans.npy", "--layer", "maps", "-o", "maps.npy")[0] == 0
    own = keras.Model(digits.model.input, digits.model.get_layer("maps").output)
    np.testing.assert_allclose(np.load(tmp_path / "maps.npy"), own({"image": scans}), atol=1e-6)
    assert not (tmp_path / "maps.labels.csv").exists()


def test_the_nearest_neighbour_by_hand(build, digits, code, data):
    """1-NN by all distances in NumPy, 5-NN by scikit-learn."""
    labels = {name: np.asarray(data.splits[name].column("label")) for name in code}
    told = json.loads(build("evaluate", "tiny", "--layer", "code", "--json")[1])
    known, asked = code["train"].astype("float64"), code["test"].astype("float64")
    near = {"euclidean": ((asked[:, None] - known[None]) ** 2).sum(-1).argmin(1)}
    unit = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in (asked, known)]
    near["cosine"] = (unit[0] @ unit[1].T).argmax(1)
    for metric, places in near.items():
        assert told["accuracy"][metric] == pytest.approx(np.mean(labels["train"][places] == labels["test"]), abs=1 / 180)
    assert told["training_examples"] == len(known) and told["examples"] == 180 and told["split"] == "test"
    status, said = build("evaluate", "tiny", "--layer", "code", "--neighbours", "5")
    five = KNeighborsClassifier(5).fit(code["train"], labels["train"]).score(code["test"], labels["test"])
    assert status == 0 and f"{five:.4f}" in said and "5 nearest of" in said
    assert builder.neighbours(digits, "code", 5)["accuracy"]["euclidean"] == pytest.approx(five)


@pytest.mark.parametrize("words, told", [
    (["predict", "tiny", "--split", "test", "--layer", "kode", "-o", "x.npy"], "did you mean `code`?"),
    (["predict", "tiny", "--split", "test", "--layer", "code", "-o", "x.txt"], "there is no format of embeddings `.txt`"),
    (["evaluate", "tiny", "--layer", "kode"], "did you mean `code`?"),
    (["evaluate", "tiny", "--layer", "code", "--neighbours", "99999"], "there are no 99,999 neighbours among 1,437 training examples")])
def test_what_cannot_be_embedded_is_told(build, words, told):
    status, said = build(*words)
    assert status == 1 and told in said


@pytest.mark.parametrize("words", [
    ["predict", "tiny", "--layer", "code", "--split", "test"], ["predict", "tiny", "--layer", "code", "-o", "x.npy"],
    ["predict", "tiny", "a.png", "--split", "test", "--layer", "code", "-o", "x.npy"], ["predict", "tiny", "a.png", "--split", "test"],
    ["evaluate", "tiny", "--neighbours", "3"], ["evaluate", "tiny", "--ways", "3"], ["evaluate", "tiny", "--groups", "label"]])
def test_what_does_not_go_together_is_wrong_usage(build, words):
    assert build(*words)[0] == 2


def kind_of(call) -> str:
    with pytest.raises(SpecError) as error:
        call()
    return error.value.faults[0].kind


def test_wires_that_are_no_embedding():
    model = inside("- Conv2D: [2, 3]\n  name: maps\n- GlobalAveragePooling2D", "{image: [null, null, 1]}")
    found = [Example(str(size), {"image": np.ones((size, size, 1), "float32")}) for size in (5, 6)]
    assert kind_of(lambda: embed(model, "maps", found)) == "uneven-embedding"
    assert embed(model, "global_average_pooling2d", found).values.shape == (2, 2)
    texts = inside("- StringLookup: [vocabulary: [a, b]]\n- Embedding: [4, 2]", "{word: string}")
    assert kind_of(lambda: embed(texts, "word", [Example("a", {"word": np.array("a", object)})])) == "no-numbers"
    values = embed(texts, "string_lookup", [Example(word, {"word": np.array(word, object)}) for word in "ab"]).values
    np.testing.assert_array_equal(values, [1, 2])


def test_data_without_a_split_or_without_classes_are_told(digits, tmp_path):
    model = inside("- Dense: 1\n  name: y", "{x: [2]}")
    np.savez(tmp_path / "points.npz", x=np.random.default_rng(0).random((20, 2), "float32"), y=np.ones((20, 1), "float32"))
    spec = "name: p\ndata: {source: {Npz: [%s]}%s}\nmodel: {inputs: {x: [2]}, layers: [Dense: 1]}\n"
    points = tmp_path / "points.npz"
    alone, split = (open_data(builder.check(spec % (points, more)).data) for more in ("", ", test: 0.5"))
    assert kind_of(lambda: nearest(model, "y", alone)) == "nothing-to-judge"
    assert kind_of(lambda: nearest(model, "y", split)) == "no-labels"


def test_a_split_that_is_not_there_is_told(digits):
    assert kind_of(lambda: builder.embed(digits, "code", split="tset")) == "no-such-split"


def test_an_embedding_is_judged_beside_what_it_must_beat(build, digits, code, data):
    """Every figure again from the values themselves; the report and the table show them."""
    status, said = build("evaluate", "tiny", "--layer", "code", "--ways", "5", "--json")
    told, labels = json.loads(said), np.asarray(data.splits["test"].column("label"))
    own, pixels = likeness.judged(code["test"], labels), likeness.judged(data.splits["test"].column("image")[:180], labels)
    for name in ("recall", "map_at_r", "tightness"):
        assert told[name] == pytest.approx(own[name], rel=1e-4) and told["beside"]["its inputs"][name] == pytest.approx(pixels[name], rel=1e-4)
    assert told["verification"]["auc"] == pytest.approx(own["verification"]["auc"], abs=1e-3)
    assert told["one_shot"]["accuracy"] == likeness.one_shot(code["test"], labels, 5) and told["one_shot"]["ways"] == 5
    assert told["beside"]["untrained"]["map_at_r"] < told["map_at_r"]
    shown = (digits.folder / "report.html").read_text()
    assert 'id="embedding"' in shown and shown.count("<circle") > 180 and "MAP at R" in shown
    assert (digits.folder / "neighbours.png").read_bytes()[1:4] == b"PNG"


def test_pairs_are_told_by_the_distance_that_was_best(build, digits, code, data, tmp_path):
    build("evaluate", "tiny", "--layer", "code")
    np.save(tmp_path / "scans.npy", data.splits["test"].column("image")[:40])
    status, said = build("predict", "tiny", "scans.npy", "--same", "--format", "jsonl")
    rows = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    apart = np.linalg.norm(code["test"][1:40] - code["test"][0], axis=1)
    threshold = digits.info["verification"]["threshold"]
    assert status == 0 and [row["same"] for row in rows] == [bool(one <= threshold) for one in apart]
    np.testing.assert_allclose([row["distance"] for row in rows], apart, rtol=1e-4)
    assert build("predict", "tiny", "scans.npy", "--same", "-o", "x.npy")[0] == 2
    np.save(tmp_path / "one.npy", data.splits["test"].column("image")[:1])
    assert build("predict", "tiny", "one.npy", "--same")[0] == 2


@pytest.mark.parametrize("words, told", [(["--groups", "labl"], "did you mean `label`?"), (["--ways", "11"], "there are no 11 classes"),
                                         (["--groups", "label", "--ways", "2"], "no `label` has 2 classes")])
def test_one_shot_trials_that_cannot_be_drawn_are_told(build, words, told):
    status, said = build("evaluate", "tiny", "--layer", "code", *words)
    assert status == 1 and told in said


def test_without_a_threshold_nothing_is_told_alike(digits, tmp_path):
    info = json.loads((digits.folder / "run.json").read_text())
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "run.json").write_text(json.dumps({name: value for name, value in info.items() if name != "verification"}))
    assert kind_of(lambda: alike(Run(bare), ["x.npy"])) == "no-threshold"
