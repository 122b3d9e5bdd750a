"""Sentiment of sentences: strings in, the vocabulary learned from the training split alone."""

import numpy as np
import pytest
from spec_help import SPECS, checked

import builder

GOOD = ["a warm , funny and moving film", "one of the best films of the year", "a delight from start to finish"]
BAD = ["a dull , lifeless mess", "too long and never funny", "the worst film of the year"]


def small(tmp_path, **more) -> dict:
    """The spec on two small files."""
    folder = tmp_path / "reviews"
    folder.mkdir()
    (folder / "reviews.pos").write_text("\n".join(GOOD * 20))
    (folder / "reviews.neg").write_text("\n".join(BAD * 20))
    return {"params.folder": str(folder), "params.words": 60, "params.width": 8, **more}


def test_strings_go_in():
    graph = checked("sentiment_lstm").graph
    assert graph.inputs["text"].spec.dtype == "string" and graph.inputs["text"].spec.shape == ()


def test_a_small_run_learns_its_words(tmp_path):
    run = builder.train(SPECS / "sentiment_lstm.yaml", small(tmp_path, **{"train.epochs": 2}), runs=tmp_path)
    words = next(layer for layer in run.model.layers if hasattr(layer, "get_vocabulary")).get_vocabulary()
    assert {"best", "dull"} < set(words) and words[:2] == ["", "[UNK]"]
    score = run.model.predict({"text": np.array(["a warm film", ""], dtype=object)}, verbose=0)["label"]
    assert score.shape == (2, 1) and np.isfinite(score).all()


@pytest.mark.slow
def test_the_saved_file_keeps_its_words(tmp_path):
    import keras

    run = builder.train(SPECS / "sentiment_lstm.yaml", small(tmp_path, **{"train.epochs": 1}), runs=tmp_path)
    texts = {"text": np.array(GOOD + BAD, dtype=object)}
    again = keras.models.load_model(run.folder / "model.keras")
    assert np.array_equal(run.model.predict(texts, verbose=0)["label"], again.predict(texts, verbose=0)["label"])


@pytest.mark.slow
def test_the_served_model_takes_strings(tmp_path):
    import tensorflow as tf

    run = builder.train(SPECS / "sentiment_lstm.yaml", small(tmp_path, **{"train.epochs": 1}), runs=tmp_path)
    builder.export(run, ["saved_model"], tmp_path / "out")
    served = tf.saved_model.load(next(path.parent for path in (tmp_path / "out").rglob("saved_model.pb")))
    found = served.signatures["serving_default"](text=tf.constant(GOOD))["label"]
    assert np.allclose(found, run.model.predict({"text": np.array(GOOD, dtype=object)}, verbose=0)["label"], atol=1e-6)


@pytest.mark.slow
def test_reviews_reach_72(real, tmp_path):
    run = builder.train(SPECS / "sentiment_lstm.yaml", {"params.folder": str(real / "rt_polarity")}, runs=tmp_path)
    evaluation = builder.evaluate(run)
    assert evaluation.split == "test" and evaluation.metrics["binary_accuracy"] >= 0.72
