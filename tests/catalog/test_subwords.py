"""SubwordVectorization against a small reference in plain Python: what is learned, how texts are cut, and that nothing is lost."""

import random
import re
from collections import Counter
from itertools import pairwise

import keras
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.catalog.layers.subwordvectorization import WORD, SubwordVectorization, subwords

TEXTS = ["the cat sat on the mat.", "The catty mats, the cats;\nça va ?", "« low » lower lowest 12+34 = 46", "l'été d'été", "newer wider   low"]
MARKS = ("<s>", "</s>")


def merged(words: Counter, size: int, longest: int) -> list[str]:
    """Sennrich, Haddow, Birch 2016, as their paper has it: every pair is counted anew before each merge."""
    letters = Counter(letter for word, times in words.items() for letter in word * times)
    found = sorted(letters, key=lambda letter: (-letters[letter], letter))[:size]
    cuts = {word: list(word) for word in words}
    while len(found) < size:
        pairs = Counter()
        for word, cut in cuts.items():
            pairs.update({pair: 0 for pair in pairwise(cut)})
            for pair in pairwise(cut):
                pairs[pair] += words[word]
        pairs = {pair: times for pair, times in pairs.items() if times > 1 and len("".join(pair)) <= longest}
        if not pairs:
            break
        a, b = min(pairs, key=lambda pair: (-pairs[pair], pair))
        found += [a + b] if a + b not in found else []
        for cut in cuts.values():
            place = 0
            while place < len(cut) - 1:
                if cut[place : place + 2] == [a, b]:
                    cut[place : place + 2] = [a + b]
                place += 1
    return found


def cut(text: str, vocabulary: list[str], longest: int, marks=MARKS) -> list[str]:
    """Each time the longest piece there is; marks first of all."""
    pieces, known = [], set(vocabulary[2:])
    for part in re.split("(" + "|".join(map(re.escape, marks)) + ")", text) if marks else [text]:
        while part:
            size = len(part) if part in marks else next((size for size in range(longest, 1, -1) if size <= len(part) and part[:size] in known), 1)
            pieces.append(part[:size])
            part = part[size:]
    return pieces


def words(texts: list[str]) -> Counter:
    return Counter(word for text in texts for word in WORD.findall(text))


@pytest.fixture(scope="module")
def learned():
    layer = SubwordVectorization(max_tokens=50, special_tokens=list(MARKS), longest=5)
    layer.adapt([f"{MARKS[0]}{text}{MARKS[1]}" for text in TEXTS])
    return layer, list(map(str, layer.get_vocabulary())), tf.function(layer, input_signature=[tf.TensorSpec([None], tf.string)])


def test_pieces_are_joined_as_the_paper_says():
    dice = random.Random(7)
    some = [" ".join("".join(dice.choices("abc", k=dice.randint(1, 7))) for _ in range(9)) for _ in range(9)]
    for texts, size, longest in ((TEXTS, 80, 12), (TEXTS, 500, 4), (some, 60, 12), (some, 25, 3), (some, 2, 12)):
        assert subwords(words(texts), size, longest) == merged(words(texts), size, longest)
    assert subwords(words(TEXTS), None, 12) == merged(words(TEXTS), 10_000, 12) and subwords({}, 9, 12) == []


def test_words_and_the_spaces_before_them_are_never_joined():
    assert WORD.findall("the  cat's 12cats,\nça_va") == ["the", " ", " cat", "'", "s", " 12", "cats", ",", "\nça", "_", "va"]


def test_the_vocabulary_is_of_the_size_asked_and_begins_with_the_marks(learned):
    _, vocabulary, _ = learned
    assert vocabulary[:4] == ["", "[UNK]", *MARKS] and len(vocabulary) == 50 == len(set(vocabulary))
    assert vocabulary[4:] == subwords(words(TEXTS), 46, 5) and max(map(len, vocabulary[4:])) <= 5


LETTERS = sorted({letter for text in TEXTS for letter in text})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from([*LETTERS, *LETTERS, *MARKS, "the", " cat", "low"])).map("".join), min_size=1, max_size=4))
def test_nothing_is_lost_and_the_longest_piece_is_taken(learned, texts):
    numbers, vocabulary = learned[2], learned[1]
    told = [[vocabulary[token] for token in row if token] for row in numbers(tf.constant(texts)).numpy()]
    assert ["".join(row) for row in told] == texts
    assert told == [cut(text, vocabulary, 5) for text in texts]


def test_characters_never_seen_are_unknown_and_lengths_are_kept(learned):
    layer, vocabulary, _ = learned
    fixed = SubwordVectorization(output_sequence_length=4, longest=5, vocabulary=vocabulary[2:])
    assert fixed(tf.constant(["中a", "the cat sat on the mat", ""])).numpy().tolist() == [[1, vocabulary.index("a"), 0, 0],
                                                                                         *layer(tf.constant(["the cat sat on the mat", ""])).numpy()[:, :4].tolist()]


@pytest.mark.parametrize("arguments, said", [
    ({"special_tokens": "[start]"}, "`special_tokens` must be a list"), ({"special_tokens": [""]}, "not empty"), ({"longest": 0}, "above 0"),
    ({"max_tokens": 4, "special_tokens": ["<", ">"]}, "must have room"),
])
def test_what_could_not_be_learned_is_refused_at_once(arguments, said):
    with pytest.raises(ValueError, match=said):
        SubwordVectorization(**arguments)


def test_saved_and_served_it_is_the_same(learned, tmp_path):
    layer, *_ = learned
    inputs = keras.Input((), dtype="string")
    model = keras.Model(inputs, layer(inputs))
    texts = tf.constant([f"{MARKS[0]}{text}{MARKS[1]}" for text in TEXTS])
    model.save(tmp_path / "model.keras")
    model.export(tmp_path / "served", verbose=False)
    again = keras.models.load_model(tmp_path / "model.keras")
    assert (again(texts).numpy() == model(texts).numpy()).all()
    assert (tf.saved_model.load(tmp_path / "served").serve(texts).numpy() == model(texts).numpy()).all()
    assert again.layers[-1].get_config() == layer.get_config()
