"""What a network looks at while it makes a sentence, on sentences made up to be said backwards: words at both sides of the weights, in the report too."""

import random
import re

import pytest

import builder

WORDS = ["red", "blue", "small", "large", "circle", "square", "moves", "stands", "left", "right"]
SPEC = """
name: backwards
data:
  source: {SentencePairs: [pairs.txt, columns: [given, wanted]]}
  test: 0.1
  batch: 32
networks:
  decoder:
    inputs: {said: {shape: [null], dtype: int32}, h: [32], memory: [null, 32], there: [null]}
    outputs: {next: next, h: last}
    layers:
      - Embedding: [60, 16]
        from: said
      - GRU: [32, return_sequences: true, return_state: true]
        from: {sequences: previous, initial_state: h}
        as: [heard, last]
      - {Dense: 32, from: heard, name: asked}
      - formula: softmax(matmul(asked, swapaxes(memory, 1, 2)) / sqrt(channels(asked)) + 1e9 * (expand_dims(there, 1) - 1))
        name: attention
      - formula: matmul(attention, memory)
      - {Concatenate: , from: [heard, previous]}
      - Dense: 60
        name: next
model:
  inputs: {given: string, wanted: string}
  outputs: [next]
  layers:
    - TextVectorization: [standardize: null, max_tokens: 30]
      from: given
      name: read
    - Embedding: [30, 16, mask_zero: true]
    - Bidirectional: [GRU: [16, return_sequences: true, return_state: true]]
      as: [memory, forward, backward]
    - {Concatenate: , from: [forward, backward], name: thought}
    - PlainText: [start: "[start] ", end: "[end]"]
      from: wanted
    - SubwordVectorization: [max_tokens: 60, special_tokens: ["[start]", "[end]"]]
      name: words
    - {formula: "where(read > 0, 1.0, 0.0)", name: there}
    - {formula: "words[:, :-1]", name: said}
    - {formula: "words[:, 1:]", name: following}
    - {use: decoder, from: {said: said, h: thought, memory: memory, there: there}, as: [next, h_end]}
train:
  loss:
    - {SparseCategoricalCrossentropy: [from_logits: true, ignore_class: 0], from: next, target: {wire: following}}
  optimizer: {Adam: 0.01}
  epochs: 8
  seed: 1
generate: {network: decoder, vocabulary: words, start: "[start]", end: "[end]", length: 12}
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Eight hundred sentences of three to five words, and each backwards."""
    folder, dice = tmp_path_factory.mktemp("backwards"), random.Random(1)
    some = {tuple(dice.choices(WORDS, k=dice.randint(3, 5))) for _ in range(800)}
    (folder / "pairs.txt").write_text("".join(f"{' '.join(words)}\t{' '.join(reversed(words))}\n" for words in sorted(some)))
    (folder / "backwards.yaml").write_text(SPEC)
    return builder.train(folder / "backwards.yaml", runs=folder / "runs")


@pytest.mark.slow
def test_what_was_looked_at_bears_the_words_of_both_sides_and_words_in_pieces_are_judged_whole(told):
    found = builder.evaluate(told)
    looked = [one for one in found.sequences.shown if "attention" in one]
    assert found.metrics["exact_match"] > 0.1 and len(looked) == 6
    for one in looked:
        seen = one["attention"]
        assert seen["wire"] == "decoder.attention" and seen["across"] == tuple(one["given"].split())
        assert "".join(seen["down"]) == f" {one['said']}[end]" and len(seen["weights"]) == len(seen["down"])
        assert all(sum(row) == pytest.approx(1, abs=1e-3) and len(row) == len(seen["across"]) for row in seen["weights"])
    page = (told.folder / "report.html").read_text()
    assert page.count('class="matrix turned"') == 6 and re.search(r"<th><span>circle</span></th>", page)
    said = [one.outputs["next"]["text"] for one in builder.predict(told, texts=[one["given"] for one in found.sequences.shown])]
    assert said == [one["said"] for one in found.sequences.shown]
