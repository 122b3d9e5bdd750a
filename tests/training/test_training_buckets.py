"""Batches of one length, from a file to the trained weights: padding counts nowhere, and a run that was stopped goes on with the same batches."""

import numpy as np
import pytest
import tiny_training as tiny

import builder
from builder.opening import data_of
from builder.training.interrupt import Interrupted

SPEC = """
name: lengths
data:
  source: {TextLines: lines}
  sample: {Buckets: {by: text}}
  batch: 8
model:
  inputs: {text: string}
  layers:
    - TextVectorization
    - Embedding: [40, 4, mask_zero: true]
    - Bidirectional: {Recurrent: {cell: {PlainGRUCell: 3}}}
    - Dense: [1, activation: sigmoid]
      name: label
train:
  loss: BinaryCrossentropy
  optimizer: {SGD: 0.0}
  execution: {steps_per_execution: 1, jit_compile: false}
  epochs: 2
  seed: 3
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    """Lines of 1 to 30 words of two files, and a spec that reads them by their length."""
    random = np.random.default_rng(0)
    (tmp_path / "lines").mkdir()
    for name in ("a", "b"):
        lines = (" ".join(random.choice(list("cdefghijklm"), count)) for count in random.integers(1, 31, 37))
        (tmp_path / "lines" / f"lines.{name}").write_text("\n".join(f"{name if len(line) % 3 else 'z'} {line}" for line in lines))
    (tmp_path / "spec.yaml").write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builder.training.loop.PAUSE", 0.0)
    return tmp_path / "spec.yaml"


def test_every_line_is_in_one_batch_of_an_epoch_and_little_is_padding(spec):
    """Batches as training reads them."""
    padding = {}
    for way, changes in (("buckets", {}), ("none", {"data.sample": "null"})):
        train = data_of(builder.check(spec, changes)).splits["train"]
        batches = [[text.decode() for text in inputs["text"].numpy()] for inputs, _ in train.dataset(["text"], ["label"], 8, shuffle_seed=3)]
        every = sorted(str(text) for text in np.asarray(data_of(builder.check(spec, {"data.sample": "null"})).splits["train"].column("text")))
        assert sorted(text for batch in batches for text in batch) == every
        lengths = [[len(text.split()) for text in batch] for batch in batches]
        padding[way] = sum(len(some) * max(some) - sum(some) for some in lengths) / sum(map(sum, lengths))
    assert padding["buckets"] < 0.12 < 0.5 < padding["none"]


@pytest.mark.slow
def test_the_loss_is_that_of_batches_of_any_length(spec):
    """With masks both ways: weights that stay as they are give each example the same loss however much padding its batch has."""
    bucketed, plain = (builder.train(spec, changes, runs=spec.parent / "runs").history.rows for changes in ({}, {"data.sample": "null"}))
    assert [row["loss"] for row in bucketed] == pytest.approx([row["loss"] for row in plain], rel=1e-5)
    unmasked = [builder.train(spec, {"model.layers.1": "{Embedding: [40, 4]}", **changes}, runs=spec.parent / "runs").history.rows[0]["loss"]
                for changes in ({}, {"data.sample": "null"})]
    assert abs(unmasked[0] - unmasked[1]) > 1e-5


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_with_the_same_batches(spec):
    learning = {"train.optimizer": "{Adam: 0.01}"}
    whole = builder.train(spec, learning, runs="whole")
    with pytest.raises(Interrupted) as caught:
        builder.train(spec, learning, runs="broken", reporter=tiny.Stops(6))
    broken = builder.train(None, resume=caught.value.folder, runs="broken")
    assert all(np.array_equal(a, b) for a, b in zip(whole.model.get_weights(), broken.model.get_weights(), strict=True))


@pytest.mark.slow
def test_lines_longer_than_the_positions_of_a_model_are_told(spec):
    """In training, and where a run is asked of a line longer than any it was trained on."""
    from builder.diagnostics import SpecError, render

    places = {"model.layers.2": "GlobalAveragePooling1D", "model.layers.0": "{TextVectorization: {max_tokens: 40}}"}
    many, few = ({**places, "model.layers.1": f"{{layers: [{{Embedding: [40, 4, mask_zero: true]}}, {{PositionEmbedding: {count}}}]}}"} for count in (31, 20))
    with pytest.raises(SpecError) as error:
        builder.train(spec, few, runs="few")
    told = render(error.value.faults)
    assert "steps, and there are 20 positions" in told and "output_sequence_length: 20" in told
    run = builder.train(spec, many, runs="many")
    with pytest.raises(SpecError) as error:
        builder.predict(run, texts=["a " + "c " * 39])
    assert "TensorFlow refuses text 1: a sequence has 40 steps, and there are 31 positions" in render(error.value.faults)
