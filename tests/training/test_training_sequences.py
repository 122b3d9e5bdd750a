"""BLEU, held to the published formula by hand."""

import math

import numpy as np
import pytest

from builder.training.sequences import bleu, swaps


def words(*sentences: str) -> list[tuple]:
    return [tuple(sentence.split()) for sentence in sentences]


def test_bleu_is_the_published_formula():
    """Papineni et al. 2002, example 2: of seven times `the` two are right. The rest is worked out by hand."""
    cat = words("the cat is on the mat", "there is a cat on the mat")
    assert bleu([cat], words("the cat is on the mat")) == pytest.approx(100)
    assert bleu([cat], words("the the the the the the the")) == 0
    # 5 words of 5, 4 pairs of 4, 3 triples of 3, 2 fours of 2; one word too short
    assert bleu([cat[:1]], words("the cat is on the")) == pytest.approx(100 * math.exp(1 - 6 / 5))
    # 5 of 6 words, 3 of 5 pairs, 2 of 4 triples, 1 of 3 fours
    assert bleu([cat[:1]], words("the cat is on a mat")) == pytest.approx(100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)
    # of two sentences counts are added up before they are divided: 9 of 10 words, 7 of 8 pairs, 5 of 6 triples, 3 of 4 fours
    both = bleu([cat, words("a b c")], words("the cat is on the mat", "a b c d"))
    assert both == pytest.approx(100 * (9 / 10 * 7 / 8 * 5 / 6 * 3 / 4) ** 0.25)
    # the reference nearest in length counts, of two as near the shorter one
    assert bleu([words("a b", "a b c d")], words("a b c")) == pytest.approx(100)


def test_runs_that_are_not_there_are_left_out_and_unknown_words_are_never_right():
    assert bleu([words("wait !")], words("wait !")) == pytest.approx(100)
    assert bleu([[(None, "!")]], [("[UNK]", "!")]) == 0
    assert bleu([words("a")], [()]) == 0


def test_words_said_in_place_of_others_are_counted():
    references = [words("a red circle moves left"), words("a red circle moves up", "red circle up"), words("a b")]
    found = swaps([*references, [("x", None)]], [*words("a red square moves left", "a red circle moves right", "a c d"), ("x",)])
    assert found[0] == {"wanted": "circle", "said": "square", "times": 1, "of": 2}
    assert sorted((one["wanted"], one["said"]) for one in found[1:]) == [("", "d"), ("[UNK]", ""), ("b", "c"), ("up", "right")]
    assert swaps(references[:1], words("a red circle moves left")) == ()


def test_a_film_in_a_file_is_one_example_and_several_films_are_as_many(tmp_path):
    from builder.diagnostics import Faults
    from builder.training.examples import Reading, examples

    films = np.random.default_rng(0).integers(0, 256, (3, 2, 5, 5, 3)).astype("uint8")
    for name, values in {"one": films[0], "three": films}.items():
        np.save(tmp_path / f"{name}.npy", values)
    reading = Reading({"inputs": {"video": {"shape": [2, 5, 5, 3], "dtype": "float32"}}, "fields": {}})
    found = list(examples([tmp_path / "one.npy", tmp_path / "three.npy"], [], reading, Faults()))
    assert [one.source for one in found] == [str(tmp_path / "one.npy"), *(f"{tmp_path / 'three.npy'}[{number}]" for number in range(3))]
    assert all((one.inputs["video"] == film).all() for one, film in zip(found, films[[0, 0, 1, 2]]))
