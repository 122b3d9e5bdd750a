"""Evaluation against scikit-learn's numbers, and prediction from files."""

import keras
import numpy as np
import pytest
import tiny_training as tiny

from builder import training
from builder.data import Column, Data, Field, Split
from builder.diagnostics import SpecError, render
from builder.graph.graph import Recipe
from builder.graph.plans import LossPlan, PhasePlan
from builder.training.evaluation import wide
from builder.training.meaning import meaning
from builder.training.reports import report_of


def test_a_report_of_classes_equals_scikit_learn():
    from sklearn.metrics import classification_report, confusion_matrix

    rng = np.random.default_rng(1)
    true, scores = rng.integers(0, 4, 200), rng.random((200, 5))
    report = report_of(meaning("SparseCategoricalCrossentropy", {}, (5,), tuple("abcd")))
    for part in np.array_split(np.arange(200), 3):
        report.add(true[part], scores[part])
    ours = report.as_json()
    theirs = classification_report(true, scores.argmax(1), labels=range(5), output_dict=True, zero_division=0)
    assert ours["confusion"] == confusion_matrix(true, scores.argmax(1), labels=range(5)).tolist()
    for index, row in enumerate(ours["classes"]):
        assert row["precision"] == pytest.approx(theirs[str(index)]["precision"])
        assert row["f1"] == pytest.approx(theirs[str(index)]["f1-score"])
    assert ours["weighted"]["recall"] == pytest.approx(theirs["weighted avg"]["recall"]) == pytest.approx(ours["accuracy"])
    assert [row["class"] for row in ours["classes"]] == ["a", "b", "c", "d", "4"]


def test_a_report_of_numbers_equals_scikit_learn():
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    rng = np.random.default_rng(2)
    true, said = rng.normal(size=(50, 2)), rng.normal(size=(50, 2))
    report = report_of(meaning("MeanSquaredError", {}, (2,), None))
    report.add(true[:20], said[:20])
    report.add(true[20:], said[20:])
    ours = report.as_json()
    assert ours["mae"] == pytest.approx(mean_absolute_error(true.ravel(), said.ravel()))
    assert ours["rmse"] == pytest.approx(root_mean_squared_error(true.ravel(), said.ravel()))
    assert ours["r2"] == pytest.approx(r2_score(true.ravel(), said.ravel()))
    assert ours["absolute_error_quantiles"]["1.0"] == pytest.approx(np.abs(true - said).max())


def test_yes_no_labels_and_logits_are_read_right():
    binary = meaning("BinaryCrossentropy", {"from_logits": True}, (1,), ("no", "yes"))
    assert binary.told(np.array([2.0]))["class"] == "yes"
    assert binary.told(np.array([-2.0]))["probability"] == pytest.approx(0.880797)
    several = meaning("BinaryCrossentropy", {}, (3,), ("a", "b", "c"))
    assert several.told(np.array([0.9, 0.1, 0.6]))["labels"] == ["a", "c"]
    report = report_of(several)
    report.add(np.array([[1, 0, 0]]), np.array([[0.9, 0.1, 0.6]]))
    assert report.as_json()["exact"] == 0 and report.as_json()["classes"][0]["f1"] == 1
    scores = meaning("CategoricalCrossentropy", {"from_logits": True}, (3,), None).told(np.array([1.0, 3.0, 2.0]))
    assert scores["class"] == "1" and sum(scores["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_a_run_is_evaluated_and_drawn(finished):
    run, _, _ = finished
    plan = tiny.plan(losses={"label": tiny.LABEL, "total": tiny.TOTAL})
    found = training.evaluate_run(run, tiny.data(), plan)
    assert found.split == "validation" and found.examples == 32
    last = run.history.last
    assert {f"val_{name}": value for name, value in found.metrics.items()} == pytest.approx({name: last[name] for name in last if name.startswith("val_")}, rel=1e-5)
    assert found.outputs["label"]["accuracy"] == pytest.approx(last["val_label_accuracy"])
    assert found.outputs["total"]["kind"] == "numbers"
    assert {path.name for path in found.pictures} == {"confusion-label.png", "errors-total.png"}
    assert run.info["test"]["loss"] == found.metrics["loss"] and (run.folder / "evaluation.json").exists()


def test_rows_of_csv_are_predicted_by_name_or_by_order(tmp_path):
    import keras

    inputs = {name: keras.Input((1,), name=name) for name in ("a", "b")}
    joined = keras.layers.Concatenate()(list(inputs.values()))
    built = keras.Model(inputs, {"y": keras.layers.Dense(1, name="y", kernel_initializer="ones")(joined)})
    rng = np.random.default_rng(0)
    columns = {name: Column(Field(name, (), "float32"), rng.random(32).astype("float32")) for name in ("a", "b", "y")}
    data = Data({name: column.field for name, column in columns.items()}, {"train": Split("train", columns)})
    plan = tiny.plan(losses={"y": LossPlan("y", tiny.recipe("loss", "MeanSquaredError"), "y")}, metrics={}, callbacks=(),
                     optimizer=tiny.recipe("optimizer", "SGD", learning_rate=1e-9), epochs=1)
    run = training.train(built, (plan,), data, training.create("sum", tmp_path).folder)
    (tmp_path / "named.csv").write_text("b,note,a\n1,x,2\n")
    (tmp_path / "gap.csv").write_text("b,note,a\n1,x,2\n3,y,\n")
    (tmp_path / "bare.csv").write_text("1,2\n")
    np.savez(tmp_path / "two.npz", a=np.array([2.0, 1.0]), b=np.array([1.0, 1.0]))
    (tmp_path / "bad.csv").write_text("a,c\n1,2\n")
    found = training.predict(run, [tmp_path / "named.csv", tmp_path / "bare.csv", tmp_path / "two.npz"])
    assert [round(one.outputs["y"]["value"], 4) for one in found] == [3.0, 3.0, 3.0, 2.0]
    with pytest.raises(SpecError) as caught:
        training.predict(run, [tmp_path / "gap.csv"])
    assert [(fault.kind, fault.facts["sources"]) for fault in caught.value.faults] == [("predict-missing", [f"{tmp_path / 'gap.csv'}:3"])]
    with pytest.raises(SpecError) as caught:
        training.predict(run, [tmp_path / "bad.csv", tmp_path / "absent.csv"])
    assert [fault.kind for fault in caught.value.faults] == ["predict-columns", "predict-unreadable"]
    assert render(caught.value.faults)


def test_a_model_of_two_images_takes_the_files_in_pairs(tmp_path):
    from PIL import Image

    from builder.diagnostics import Faults
    from builder.training.examples import Reading, examples

    image = {"shape": [4, 4, 1], "dtype": "float32"}
    reading, faults = Reading({"inputs": {"a": image, "b": image}, "fields": {}}), Faults()
    for name, shade in (("dark", 0), ("light", 255)):
        Image.new("L", (9, 9), shade).save(tmp_path / f"{name}.png")
    pair, = examples([tmp_path / "dark.png", tmp_path / "light.png"], (), reading, faults)
    assert pair.inputs["a"].max() == 0 and pair.inputs["b"].min() == 255 and pair.inputs["a"].shape == (4, 4, 1)
    assert not list(examples([tmp_path / "dark.png"], (), reading, faults))
    assert [fault.kind for fault in faults.found] == ["predict-misfit"] and render(faults.found)


def test_images_are_resized_and_scaled_as_the_run_had_them(tmp_path):
    import keras
    from PIL import Image

    x = keras.Input((8, 8, 1), name="image")
    mean = keras.layers.GlobalAveragePooling2D()(x)
    built = keras.Model({"image": x}, {"label": keras.layers.Dense(2, activation="softmax", name="label")(mean)})
    rng = np.random.default_rng(0)
    columns = {"image": Column(Field("image", (8, 8, 1), "float32"), (rng.random((32, 8, 8, 1)) * 16).astype("float32")),
               "label": Column(Field("label", (), "int64", ("dark", "light")), rng.integers(0, 2, 32))}
    columns["image"].values[0, 0, 0, 0], columns["image"].values[0, 0, 1, 0] = 0, 16
    data = Data({name: column.field for name, column in columns.items()}, {"train": Split("train", columns)})
    plan = tiny.plan(callbacks=(), epochs=1)
    run = training.train(built, (plan,), data, training.create("shade", tmp_path).folder)
    Image.new("RGB", (20, 20), (255, 255, 255)).save(tmp_path / "white.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    found = training.predict(run, [tmp_path / "white.png"])[0]
    sure = run.model.predict({"image": np.full((1, 8, 8, 1), 16.0)}, verbose=0)["label"][0]
    assert found.raw["label"] == pytest.approx(sure, rel=1e-4)
    assert found.outputs["label"]["class"] in ("dark", "light") and found.source.endswith("white.png")
    with pytest.raises(SpecError) as caught:
        training.predict(run, [tmp_path / "broken.png"])
    assert caught.value.faults[0].kind == "predict-unreadable"


def test_lines_of_text_are_predicted_each(tmp_path):
    import keras

    x = keras.Input((), name="text", dtype="string")
    ids = keras.layers.TextVectorization(max_tokens=20, output_sequence_length=4, name="words")(x)
    mean = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(20, 4, name="embed")(ids))
    built = keras.Model({"text": x}, {"label": keras.layers.Dense(1, activation="sigmoid", name="label")(mean)})
    text = np.array(["good film", "bad film"] * 16, object)
    columns = {"text": Column(Field("text", (), "string"), text),
               "label": Column(Field("label", (), "int64", ("neg", "pos")), np.array([1, 0] * 16))}
    data = Data({name: column.field for name, column in columns.items()}, {"train": Split("train", columns)})
    loss = LossPlan("label", tiny.recipe("loss", "BinaryCrossentropy"), "label")
    plan = tiny.plan(losses={"label": loss}, callbacks=(), epochs=20, optimizer=tiny.recipe("optimizer", "Adam", learning_rate=0.1))
    run = training.train(built, (plan,), data, training.create("words", tmp_path).folder)
    (tmp_path / "new.txt").write_text("a bad thing\n\ngood good\n")
    found = training.predict(run, [tmp_path / "new.txt"], texts=["bad"])
    assert [prediction.outputs["label"]["class"] for prediction in found] == ["neg", "pos", "neg"]
    assert [prediction.source.rpartition("/")[2] for prediction in found] == ["new.txt:1", "new.txt:3", "text 1"]


def test_text_in_a_column_of_numbers_names_the_column():
    from builder.training.examples import _number

    assert _number("2.5", "age") == 2.5
    with pytest.raises(ValueError, match="the column `age` holds numbers, and this is the text 'old'"):
        _number("old", "age")


def test_cosines_tell_classes_by_their_scale():
    read = meaning("ArcFace", {"scale": 8}, (3,), ("a", "b", "c"))
    told = read.told(np.array([0.5, 0.25, -1]))
    assert told["class"] == "a" and told["probability"] == pytest.approx(np.exp(4) / (np.exp(4) + np.exp(2) + np.exp(-8)), abs=1e-6)
    assert meaning("CosFace", {}, (3,), None).scale == 64 and read.sparse  # what the loss itself takes where nothing is said
    assert meaning("SparseCategoricalCrossentropy", {}, (3,), None).scale == 1


@pytest.mark.parametrize("loss", ["TripletMining", "NPair", "LiftedStructure", "Circle", "CenterLoss"])
def test_embeddings_are_judged_by_likeness(loss):
    report = report_of(meaning(loss, {}, (2,), ("a", "b", "c")))
    values = np.repeat(np.eye(3)[:, :2], 4, 0) + np.random.default_rng(0).normal(size=(12, 2)) * 0.01
    for rows in (slice(0, 5), slice(5, 12)):
        report.add(np.repeat([0, 1, 2], 4)[rows, None], values[rows])
    found = report.as_json()
    assert found["map_at_r"] == 1 and found["verification"]["accuracy"] == 1 and set(found["picture"]["points"]) == {"a", "b", "c"}
    assert meaning(loss, {}, (2,), None).told(np.array([1.0, 2.0])) == {"value": [1.0, 2.0]}


def test_a_batch_that_is_compared_with_itself_is_not_judged_in_wider_ones():
    plans = [PhasePlan({"y": LossPlan("y", Recipe("loss", name), "y")}, Recipe("optimizer", "SGD")) for name in ("NPair", "MeanSquaredError")]
    x = keras.Input((2,), name="x")
    model = keras.Model({"x": x}, {"y": x})
    assert wide(model, plans[0], 16) == 16 < wide(model, plans[1], 16)
