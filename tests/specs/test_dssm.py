"""DSSM: texts in, their trigrams in the graph, and cosines that rank pairs of sentences."""

import numpy as np
import pytest
from spec_help import SPECS, checked, compiled

import builder
from builder.opening import data_of


@pytest.fixture
def files(real):
    return {"params.folder": str(real / "sts_benchmark")}


def test_the_paper_s_tower():
    graph = checked("dssm", units=[300, 300, 128], bins=30_621).graph
    assert graph.networks["tower"].parameters == 30_621 * 300 + 300 + 300 * 300 + 300 + 300 * 128 + 128 == 9_315_428


def test_cosines_are_those_of_numpy():
    model, first, second = compiled("dssm", bins=64, units=[8]), [["good dog"], ["a"]], [["a good dog"], ["?"]]
    others = np.array([["x"] * 4] * 2, object)
    found = model({"first": np.array(first, object), "second": np.array(second, object), "mismatched_second": others})["alike"].numpy()[:, 0]
    tower = model.get_layer("tower")
    kernel, bias = tower.get_layer("dense").get_weights()
    counts = [np.asarray(tower.get_layer("trigrams")(np.array(texts, object)))[:, 0] for texts in (first, second)]
    a, b = (np.tanh(np.log1p(count) @ kernel + bias) for count in counts)
    length = lambda x: np.linalg.norm(x, axis=1) + 1e-12
    assert np.allclose(found, (a * b).sum(1) / length(a) / length(b), atol=1e-5) and 0 < found[0] < 1 and abs(found[1]) < 1e-5


def test_what_is_predicted_and_exported_needs_no_other_documents():
    from builder.export.interface import plain_model

    model = compiled("dssm", bins=64, units=[8])
    assert len(model.input) == 3 and set(plain_model(model, ["alike"]).input) == {"first", "second"}


def words_by_tf_idf(pairs: list[tuple], fitted: list[tuple]) -> np.ndarray:
    """Cosines of words weighed by tf-idf, the baseline."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    weigh = TfidfVectorizer().fit([text for pair in fitted for text in pair])
    a, b = (weigh.transform([pair[side] for pair in pairs]) for side in (0, 1))
    return np.asarray(a.multiply(b).sum(axis=1)).ravel()


@pytest.mark.proof
def test_pairs_are_ranked_better_than_by_tf_idf(files, tmp_path):
    run = builder.train(SPECS / "dssm.yaml", files, runs=tmp_path)
    splits = {name: split.examples for name, split in data_of(builder.check(SPECS / "dssm.yaml", files)).splits.items()}
    pairs = {name: list(zip(*(np.asarray(split.column(side)) for side in ("first", "second")))) for name, split in splits.items()}
    score = np.asarray(splits["test"].column("score"), "float64")
    first, second = (np.array([[pair[side]] for pair in pairs["test"]], object) for side in (0, 1))
    others = np.repeat(second, 4, axis=1)

    def alike(model) -> np.ndarray:
        given = {"first": first, "second": second, "mismatched_second": others}
        return np.concatenate([model({name: values[at : at + 100] for name, values in given.items()})["alike"].numpy()[:, 0]
                               for at in range(0, len(first), 100)])

    fresh = builder.compile(SPECS / "dssm.yaml")
    ways = {"dssm": alike(run.model), "untrained": alike(fresh), "words by tf-idf": words_by_tf_idf(pairs["test"], pairs["train"])}
    pearson = {name: round(float(np.corrcoef(values, score)[0, 1]), 4) for name, values in ways.items()}
    print(pearson, run.info["test"])
    assert pearson["dssm"] >= 0.70 and pearson["dssm"] > max(0.658, pearson["words by tf-idf"])
