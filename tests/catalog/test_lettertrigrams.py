"""LetterTrigrams: the word hashing of DSSM, held against the same in plain Python."""

import re
from collections import Counter

import keras
import numpy as np
import pytest
import tensorflow as tf

from builder.catalog.layers.lettertrigrams import LetterTrigrams, trigrams

TEXTS = ["Good", "A dog's  tail.", "", "Élan vital 42", "ΣΊΣΥΦΟΣ\tpushes", "naïve naïve", "?!", "日本語 is fun"]


def by_hand(text: str) -> list[str]:
    words = re.sub(r"[^\w\s]|_", "", text.lower()).split()
    return [f"#{word}#"[at : at + 3] for word in words for at in range(len(word))]


def said(texts: list[str]) -> list[list[str]]:
    return [[piece.decode() for piece in row] for row in trigrams(tf.constant(texts)).to_list()]


def test_good_is_four_pieces():
    assert said(["good"]) == [["#go", "goo", "ood", "od#"]] == [by_hand("good")]


def test_the_pieces_are_those_of_plain_python():
    assert said(TEXTS) == [by_hand(text) for text in TEXTS]


def test_bins_count_them_by_their_hash():
    layer, bins = LetterTrigrams(50), lambda piece: int(tf.strings.to_hash_bucket_fast(piece, 50))
    counts = layer(tf.constant(TEXTS)).numpy()
    for row, text in zip(counts, TEXTS):
        assert {place: int(count) for place, count in enumerate(row) if count} == dict(Counter(map(bins, by_hand(text))))
    assert counts.dtype == "float32" and counts[2].sum() == 0 and counts[5].max() >= 2


def test_texts_of_any_shape_each_for_itself():
    layer, pair = LetterTrigrams(30), np.array([["a dog", "cats"], ["", "dog a"], ["x", "y"]], object)
    found = layer(pair)
    assert found.shape == (3, 2, 30) and layer.compute_output_shape((None, 2)) == (None, 2, 30)
    np.testing.assert_array_equal(found[:, 1], layer(pair[:, 1]))
    np.testing.assert_array_equal(found[0, 0], found[1, 1])


def test_it_is_saved_with_its_model(tmp_path):
    texts = keras.Input((), dtype="string")
    model = keras.Model(texts, keras.layers.Dense(2)(LetterTrigrams(20)(texts)))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(tf.constant(TEXTS)), again(tf.constant(TEXTS)))


@pytest.mark.parametrize("wrong", [0, -3, 2.5])
def test_it_needs_bins(wrong):
    with pytest.raises(ValueError, match="num_bins"):
        LetterTrigrams(wrong)
