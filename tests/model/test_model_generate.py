"""Decoding: greedy, drawn and by beams, against plain Python over every sequence; with states, without, from texts and exported."""

from itertools import product

import numpy as np
import pytest

import builder
from builder.graph.generating import plan_generate
from builder.model.generate import Generator

WORDS, LENGTH, END = 5, 4, 1
LANGUAGE = """
name: t
networks:
  decoder:
    inputs: {tokens: {shape: [null], dtype: int32}, h: [6]}
    outputs: {word: word, h: last}
    layers:
      - Embedding: [5, 4]
        from: tokens
      - GRU: [6, return_sequences: true, return_state: true]
        from: {sequences: previous, initial_state: h}
        as: [sequence, last]
      - Dense: [5, kernel_initializer: {RandomNormal: {stddev: 1.5}}]
        name: word
        from: sequence
model:
  inputs: {picture: [3], said: {shape: [null], dtype: int32}}
  outputs: {word: next.word}
  layers:
    - Dense: [6, activation: tanh, kernel_initializer: {RandomNormal: {stddev: 1.0}}]
      name: start
      from: picture
    - use: decoder
      from: {tokens: said, h: start}
      as: [word, h]
"""
LANGUAGE = LANGUAGE.replace("outputs: {word: next.word}", "outputs: [word]")
PICTURES = np.random.default_rng(0).normal(size=(3, 3)).astype("float32")


def generator(section: str, text: str = LANGUAGE, model=None):
    checked = builder.check(text + f"generate: {{{section}}}\n")
    return Generator(model or builder.compile(text), plan_generate(checked.spec, checked.graph))


@pytest.fixture(scope="module")
def model():
    import keras

    keras.utils.set_random_seed(7)
    return builder.compile(LANGUAGE)


def logs(model, picture, said: tuple[int, ...]) -> np.ndarray:
    """The log-probabilities of what comes after some tokens, by the whole model as it is trained."""
    scores = np.asarray(model({"picture": picture[None], "said": np.array([said])})["word"])[0, -1].astype("float64")
    return scores - np.log(np.exp(scores - scores.max()).sum()) - scores.max()


def greedy(model, picture) -> list[int]:
    said = [0]
    while len(said) <= LENGTH and said[-1] != END:
        said.append(int(np.argmax(logs(model, picture, tuple(said)))))
    return said[1:] + [END] * (LENGTH + 1 - len(said))


def best_of_all(model, picture, penalty: float) -> tuple[list[int], float]:
    """Every sequence there is that ends with the end mark or is as long as may be."""
    known: dict[tuple[int, ...], np.ndarray] = {}
    found = []
    for words in product(range(WORDS), repeat=LENGTH):
        end = words.index(END) + 1 if END in words else LENGTH
        if words[end:] != (END,) * (LENGTH - end):
            continue
        score = 0.0
        for i in range(end):
            said = (0, *words[:i])
            if said not in known:
                known[said] = logs(model, picture, said)
            score += known[said][words[i]]
        found.append((score / end**penalty, list(words)))
    return max(found)[::-1]


def test_greedy_and_a_beam_of_one_are_the_same_and_the_likeliest_word_each_time(model):
    wanted = [greedy(model, picture) for picture in PICTURES]
    for section in ("", "search: beam, width: 1"):
        found = generator(f"network: decoder, start: 0, end: {END}, length: {LENGTH}, {section}", model=model)({"picture": PICTURES})
        np.testing.assert_array_equal(found["tokens"], wanted)


@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_a_wide_beam_finds_the_best_of_all_sequences(model, penalty):
    plan = f"network: decoder, start: 0, end: {END}, length: {LENGTH}, search: beam, width: 900, length_penalty: {penalty}"
    found = generator(plan, model=model)({"picture": PICTURES})
    for picture, tokens, score in zip(PICTURES, found["tokens"].numpy(), found["score"].numpy()):
        wanted, best = best_of_all(model, picture, penalty)
        assert list(tokens) == wanted
        assert abs(score - best) < 1e-4
