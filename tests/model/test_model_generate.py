"""Decoding: greedy, drawn and by beams, against plain Python over every sequence; with states, without, from texts and exported."""

from itertools import product

import numpy as np
import pytest

import builder
from builder.graph.generating import plan_generate
from builder.model.generate import Generator

WORDS, LENGTH, END = 5, 3, 1
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
    plan = f"network: decoder, start: 0, end: {END}, length: {LENGTH}, search: beam, width: 125, length_penalty: {penalty}"
    found = generator(plan, model=model)({"picture": PICTURES})
    for picture, tokens, score in zip(PICTURES, found["tokens"].numpy(), found["score"].numpy()):
        wanted, best = best_of_all(model, picture, penalty)
        assert list(tokens) == wanted
        assert abs(score - best) < 1e-4


SENTENCES = ["<s> the cat sat </s>", "<s> a dog sat there </s>", "<s> the dog </s>"]
TEXTS = """
name: t
networks:
  reader:
    inputs: {tokens: {shape: [null], dtype: int32}}
    layers:
      - Embedding: [WORDS, 8]
      - Recurrent: {cell: {LectureGRUCell: 16}, return_sequences: true}
      - Dense: [WORDS, activation: softmax]
        name: word
model:
  inputs: {text: string}
  layers:
    - TextVectorization: {standardize: lower, output_mode: int, vocabulary: VOCABULARY}
      name: words
    - use: reader
      name: word
"""
VOCABULARY = ["<s>", "</s>", "the", "a", "cat", "dog", "sat", "there"]
TEXTS = TEXTS.replace("WORDS", str(len(VOCABULARY) + 2)).replace("VOCABULARY", str(VOCABULARY).replace("'", '"'))


@pytest.fixture(scope="module")
def texts():
    """A small language model that has learned three sentences by heart."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    model = builder.compile(TEXTS)
    tokens = model.get_layer("words")(tf.constant(SENTENCES))
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    targets = tf.pad(tokens[:, 1:], [[0, 0], [0, 1]])
    model.fit({"text": tf.constant(SENTENCES)}, {"word": targets}, epochs=40, verbose=0)
    return model


def test_texts_go_in_and_come_out_from_where_each_begins(texts):
    """Beginnings of several lengths, all in one batch; a text is told without its end mark."""
    import tensorflow as tf

    made = generator('network: reader, vocabulary: words, end: "</s>", length: 6', TEXTS, texts)
    begun = ["<s> a", "<s> the cat", "<s> a dog sat"]
    told = made({"text": tf.constant(begun)})
    assert [text.decode() for text in told["text"].numpy()] == ["<s> a dog sat there", "<s> the cat sat", "<s> a dog sat there"]
    alone = [made({"text": tf.constant([text])})["text"].numpy()[0] for text in begun]
    assert list(told["text"].numpy()) == alone
    started = generator('network: reader, vocabulary: words, start: "<s>", end: "</s>", length: 6, width: 3', TEXTS, texts)
    assert started({"text": tf.constant(["a", "the cat"])})["text"].numpy().tolist() == [b"a dog sat there", b"the cat sat"]


def test_drawn_words_are_as_often_as_their_probabilities():
    """10,000 draws against the softmax, with temperature, the best few, and the nucleus."""
    import keras
    import tensorflow as tf

    from builder.graph.generating import Search
    from builder.model.search import drawn

    keras.utils.set_random_seed(3)
    chances = np.array([0.4, 0.3, 0.2, 0.06, 0.04])
    logs = tf.constant(np.tile(np.log(chances), (10_000, 1)), "float32")
    cases = [(Search(1), chances), (Search(1, temperature=0.5), chances**2), (Search(1, top_k=2), chances * [1, 1, 0, 0, 0]),
             (Search(1, top_p=0.85), chances * [1, 1, 1, 0, 0]), (Search(1, top_p=0.3), chances * [1, 0, 0, 0, 0])]
    for how, wanted in cases:
        found = np.bincount(drawn(logs, how).numpy(), minlength=5) / 10_000
        np.testing.assert_allclose(found, wanted / wanted.sum(), atol=0.02)


@pytest.mark.parametrize("section", ["", ", width: 3", ", search: beam, width: 1"])
def test_a_network_without_states_says_the_same_as_one_of_fixed_length(texts, section):
    import tensorflow as tf

    fixed = builder.compile(TEXTS.replace("shape: [null]", "shape: [8]").replace("output_mode: int", "output_mode: int, output_sequence_length: 8"))
    fixed.set_weights(texts.get_weights())
    asked = f'network: reader, vocabulary: words, start: "<s>", end: "</s>", length: 7{section}'
    free = generator(asked, TEXTS, texts)({"text": tf.constant(["the", "a"])})
    text = TEXTS.replace("shape: [null]", "shape: [8]").replace("output_mode: int", "output_mode: int, output_sequence_length: 8")
    bound = generator(asked, text, fixed)({"text": tf.constant(["the", "a"])})
    np.testing.assert_array_equal(free["text"].numpy(), bound["text"].numpy())


@pytest.mark.slow
def test_the_exported_graph_says_what_the_model_says(model, texts, tmp_path):
    import tensorflow as tf

    from builder.export import export

    for name, text, live, inputs, section in (
        ("states", LANGUAGE, model, {"picture": tf.constant(PICTURES)}, f"network: decoder, start: 0, end: {END}, length: 6, width: 3"),
        ("texts", TEXTS, texts, {"text": tf.constant(["a", "the cat"])}, 'network: reader, vocabulary: words, start: "<s>", end: "</s>", length: 6'),
    ):
        made = generator(section, text, live)
        proved = export(live, "saved_model", tmp_path / name, generate=made.plan)[0].sequences
        assert proved.count == 4 and proved.greatest_difference < 1e-5 and not proved.drawn
        served = tf.saved_model.load(str(tmp_path / name / "saved_model")).signatures["generate"](**inputs)
        for key, value in made(inputs).items():
            if key == "score":
                np.testing.assert_allclose(served[key], value, atol=1e-5)
            else:
                np.testing.assert_array_equal(served[key], value)


@pytest.mark.slow
def test_an_export_that_says_something_else_is_not_left_behind(texts, tmp_path, monkeypatch):
    """Of sequences that are drawn no two are alike: the model is asked how likely it finds what the export said."""
    from builder.diagnostics import SpecError
    from builder.export import export, graphs

    given, plans = {"text": np.array(["<s> a", "<s> the cat", "<s>"])}, {
        how: generator(f'network: reader, vocabulary: words, end: "</s>", length: 6, search: {how}', TEXTS, texts).plan for how in ("greedy", "sample")}
    proved = export(texts, "saved_model", tmp_path / "right", generate=plans["sample"], samples=given)[0].sequences
    assert proved.drawn and proved.count == 3 and proved.greatest_difference < 1e-5

    def wrong(generator, ports):
        right = graphs_generate(generator, ports)
        return lambda inputs: (said := right(inputs)) | {"tokens": said["tokens"][:, ::-1]}

    graphs_generate = graphs._generate
    monkeypatch.setattr(graphs, "_generate", wrong)
    for how, differs in (("greedy", "tokens"), ("sample", "score")):
        with pytest.raises(SpecError) as error:
            export(texts, "saved_model", tmp_path / how, generate=plans[how], samples=given)
        assert [(fault.facts["format"], fault.facts["output"]) for fault in error.value.faults] == [("generate", differs)]
        assert not list((tmp_path / how).iterdir())


def test_prediction_says_the_sequence(texts):
    """A run's model asked for what comes next, a text an example; of what is too long for that, how much may be given."""
    from types import SimpleNamespace

    from builder.diagnostics import SpecError, render
    from builder.training import predict

    plan = generator('network: reader, vocabulary: words, end: "</s>", length: 6', TEXTS, texts).plan
    run = SimpleNamespace(info={"inputs": {"text": {"shape": [], "dtype": "string"}}}, model=texts)
    found = predict(run, texts=["<s> a", "<s> the cat"], generate=plan)
    assert [one.outputs["word"]["text"] for one in found] == ["<s> a dog sat there", "<s> the cat sat"]
    assert all(-1 < one.outputs["word"]["score"] < 0 for one in found)
    with pytest.raises(SpecError) as error:
        predict(run, texts=["<s> a", "<s> a dog sat there the"], generate=plan)
    assert "text 2 has 6 tokens, and the model goes on from at most 5" in render(error.value.faults)


def test_an_unknown_mark_is_a_fault_with_the_nearest_word(texts):
    from builder.diagnostics import SpecError, render

    with pytest.raises(SpecError) as error:
        generator('network: reader, vocabulary: words, end: "</S>", length: 6', TEXTS, texts)
    assert error.value.faults[0].kind == "generate-mark"
    told = render(error.value.faults)
    assert "the end mark `</S>` is not in the vocabulary of `words`, which has 10 words" in told and "did you mean `</s>`?" in told


@pytest.mark.slow
def test_an_unknown_mark_is_told_before_the_training(tmp_path):
    from pathlib import Path

    from builder.diagnostics import SpecError

    spec = Path(__file__).parents[2] / "specs/addition.yaml"
    with pytest.raises(SpecError) as error:
        builder.train(spec, {"data.source": "{Sums: [digits: 1]}", "generate.end": "'}'"}, runs=tmp_path)
    assert [fault.kind for fault in error.value.faults] == ["generate-mark"] and not list(tmp_path.rglob("log.csv"))
    with pytest.raises(SpecError) as error:
        builder.export(spec, folder=tmp_path / "export")
    assert [fault.kind for fault in error.value.faults] == ["export-unadapted"]


def test_what_is_given_without_a_mark_is_gone_on_with_from_its_first_token(texts):
    import tensorflow as tf

    marked, bare = (generator(f'network: reader, vocabulary: words, {start}end: "</s>", length: {length}', TEXTS, texts)
                    for start, length in (('start: "<s>", ', 6), ("", 5)))
    said = bare({"text": tf.constant(["the cat", "a"])})
    assert said["tokens"].shape[1] == 5 and [text.split()[0] for text in said["text"].numpy()] == [b"the", b"a"]
    assert marked({"text": tf.constant(["the cat"])})["tokens"].shape[1] == 6


def test_a_graph_for_one_text_alone_says_what_any_other_says():
    """Its batch is known to be one, which a loop must not forget on its way; pieces of words need no spaces between them."""
    import tensorflow as tf

    text = TEXTS.replace("TextVectorization: {standardize: lower, output_mode: int, ",
                         "SubwordVectorization: {").replace("Recurrent: {cell: {LectureGRUCell: 16}, ", "GRU: {units: 16, ")
    made = generator("network: reader, vocabulary: words, search: sample, top_k: 1, length: 6", text)
    alone = tf.function(made, input_signature=[{"text": tf.TensorSpec([1], "string")}])({"text": tf.constant(["thecat"])})["text"].numpy()[0]
    assert alone == made({"text": tf.constant(["thecat", "a"])})["text"].numpy()[0] and alone.startswith(b"thecat") and b" " not in alone
