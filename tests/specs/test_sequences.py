"""Specs that make sequences: what they make of a split, of a text, and as a served model; sums, translations and tags held to their targets."""

import json

import numpy as np
import pytest
from spec_help import SPECS, checked

import builder
from builder.opening import data_of

ADDITION = {"data.source": "{Sums: [digits: 1]}", "data.batch": 8, "params.units": 32, "train.epochs": 16, "train.optimizer": "{Adam: 0.01}"}


@pytest.fixture(scope="module")
def added(tmp_path_factory):
    """One-digit sums, and a few epochs: enough to be right now and then."""
    return builder.train(SPECS / "addition.yaml", ADDITION, runs=tmp_path_factory.mktemp("runs"))


def test_sums_are_asked_once_and_their_turns_lie_in_one_split():
    splits = data_of(checked("addition")).splits
    questions = {name: [str(text) for text in split.column("question")] for name, split in splits.items()}
    seen = [text for some in questions.values() for text in some]
    assert len(seen) == len(set(seen)) == 10_000
    for name, split in splits.items():
        assert all(total(text) == int(answer) for text, answer in zip(questions[name], split.column("answer")))
        assert {"+".join(text.split("+")[::-1]) for text in questions[name]} == set(questions[name])


def total(text: str) -> int:
    return sum(map(int, text.split("+")))


@pytest.mark.slow
def test_made_sequences_are_exact_where_every_next_character_is(added):
    """Greedy search makes the right answer just where the network, given the right one so far, says each next character."""
    found = builder.evaluate(added)
    assert found.sequences.examples == found.examples and found.metrics["exact_match"] == found.sequences.exact
    assert found.metrics["exact_match"] == pytest.approx(found.metrics["exact"], abs=1e-6) and 0 <= found.metrics["bleu"] <= 100
    assert found.as_json()["sequences"]["shown"] and "Sequences made" in (added.folder / "report.html").read_text()


@pytest.mark.slow
def test_prediction_says_what_evaluation_says(added):
    shown = builder.evaluate(added).sequences.shown
    told = builder.predict(added, texts=[one["given"] for one in shown])
    assert [one.outputs["next"]["text"] for one in told] == [one["said"] for one in shown]


@pytest.mark.slow
def test_sentences_come_from_standard_input_and_the_search_can_be_changed(added):
    """As they are typed: an empty one and one of unknown characters are answered too."""
    from click.testing import CliRunner

    from builder.commands.predict_ import command

    def asked(*words: str, given: str = "3+4\n\n9+9\n"):
        return CliRunner().invoke(command, [str(added.folder), *words], input=given, catch_exceptions=False)

    told = [one.outputs["next"]["text"] for one in builder.predict(added, texts=["3+4", "9+9"])]
    assert [row["next.text"] for row in json.loads(asked("-", "--json").stdout)] == told
    drawn = [asked("-", "--set", "generate.temperature=5.0", "--seed", seed, "--format", "csv").stdout for seed in ("1", "1", "2")]
    assert drawn[0] == drawn[1] != drawn[2] and drawn[0].startswith("source,next.text,next.score\ntext 1,")
    assert len(asked("--text", "", "--text", "what?", "--format", "jsonl").stdout.splitlines()) == 2
    assert asked("-", "--set", "train.epochs=3").exit_code == 2


@pytest.mark.slow
def test_the_served_model_takes_a_text_and_gives_a_text(added, tmp_path):
    import tensorflow as tf

    builder.export(added, folder=tmp_path)
    served = tf.saved_model.load(str(tmp_path / "saved_model")).signatures["generate"]
    texts = ["3+4", "9+9", "0+5"]
    assert [text.decode() for text in served(question=tf.constant(texts))["text"].numpy()] \
        == [one.outputs["next"]["text"] for one in builder.predict(added, texts=texts)]


@pytest.mark.proof
def test_sums_never_seen_are_added(tmp_path):
    found = builder.evaluate(builder.train(SPECS / "addition.yaml", runs=tmp_path))
    print(found.metrics)
    assert found.sequences.examples > 900 and found.metrics["exact_match"] >= 0.93


@pytest.mark.slow
def test_padding_is_neither_trained_on_nor_counted_nor_told(tmp_path):
    """Beyond the last column of a shorter sum there is nothing to be right about."""
    run = builder.train(SPECS / "tagger.yaml", {"data.source": "{Sums: [digits: 12, n: 150]}", "train.epochs": 1}, runs=tmp_path)
    found, split = builder.evaluate(run), data_of(checked("tagger")).splits["test"]
    columns = [str(text) for text in split.column("columns")][:2]
    assert found.outputs["carry"]["examples"] < 12 * found.examples
    assert found.metrics["accuracy"] == pytest.approx(found.outputs["carry"]["accuracy"], abs=1e-5)
    told = builder.predict(run, texts=["75", *columns])
    assert [len(one.outputs["carry"]["classes"]) for one in told] == [1, *(len(text.split()) for text in columns)]


@pytest.mark.proof
def test_every_column_gets_its_tag(tmp_path):
    run = builder.train(SPECS / "tagger.yaml", runs=tmp_path)
    found, split = builder.evaluate(run), data_of(checked("tagger")).splits["test"]
    told = builder.predict(run, texts=[str(text) for text in split.column("columns")])
    whole = sum([int(tag) for tag in one.outputs["carry"]["classes"]] == [tag for tag in true if tag >= 0] for one, true in zip(told, split.column("carry").tolist()))
    print(found.metrics, "whole sums", whole / len(told), "always the commoner tag", max(row["examples"] for row in found.outputs["carry"]["classes"]) / found.outputs["carry"]["examples"])
    assert found.metrics["accuracy"] >= 0.99 and whole / len(told) >= 0.95


def test_a_network_used_by_two_others_is_drawn_once():
    """In S2VT the films' and the words' stage have the same weights: two networks, each used by the model and by its decoder."""
    from builder.draw.figure import figure
    from builder.draw.layout import layout

    for direction in ("down", "right"):
        drawn = layout(figure(checked("video_text").graph, None), direction)
        uses = [edge for edge in drawn.edges if edge.kind == "use"]
        assert len(uses) == 5 and all(min(x, y) >= 0 for edge in uses for x, y in edge.points)


@pytest.mark.proof
@pytest.mark.parametrize(("name", "field"), [("caption", "image"), ("video_text", "video")])
def test_combinations_never_seen_are_told_exactly(tmp_path, name, field):
    run = builder.train(SPECS / f"{name}.yaml", runs=tmp_path)
    found, splits = builder.evaluate(run), data_of(checked(name)).splits
    seen, asked = ({combination(str(caption)) for caption in splits[split].column("caption")} for split in ("train", "test"))
    print(name, found.metrics, f"{len(asked)} combinations, none of the {len(seen)} trained on; chance: one of", len(seen | asked), found.sequences.shown)
    assert not seen & asked and found.metrics["exact_match"] >= 0.9
    true = [str(caption) for caption in splits["test"].column("caption")[:100]]
    told = [one.outputs["next"]["text"] for one in builder.predict(run, files_of(splits["test"].rows(field, range(len(true))), tmp_path))]
    assert sum(one == other for one, other in zip(told, true)) >= 0.9 * len(true)


def combination(caption: str) -> tuple[str, ...]:
    """What a sentence says of sizes, colours, shapes, and how they lie or move: `("small", "red", "circle", "moves", "left")`."""
    return tuple(word for word in caption.split() if word not in ("a", "of"))


def files_of(values, folder) -> list:
    """Images as PNG files, films as NumPy's."""
    import keras

    for number, value in enumerate(values):
        film = value.ndim == 4
        write = np.save if film else (lambda path, pixels: keras.utils.save_img(path, pixels, scale=False))
        write(folder / f"{number:03}.{'npy' if film else 'png'}", value)
    return sorted(folder.glob("[0-9][0-9][0-9].*"))


@pytest.mark.slow
def test_photos_of_a_folder_get_sentences(tmp_path, monkeypatch):
    """As the language page tells it: files as Flickr8k has them, several captions of a photo in one split, a sentence for a photo."""
    import keras
    from click.testing import CliRunner

    from builder.commands import cli

    scenes = data_of(builder.check(SPECS / "caption.yaml", {"data.source": "{Scenes: [n: 60, size: 24]}"})).splits["train"]
    (tmp_path / "photos").mkdir()
    for number, pixels in enumerate(scenes.rows("image", range(40))):
        keras.utils.save_img(tmp_path / "photos" / f"{number}.jpg", pixels, scale=False)
    captions = enumerate(scenes.column("caption")[:40])
    (tmp_path / "captions.txt").write_text("".join(f"{number}.jpg#0\t{text}.\n{number}.jpg#1\tThere is {text}.\n" for number, text in captions))
    (tmp_path / "caption.yaml").write_text((SPECS / "caption.yaml").read_text())
    monkeypatch.chdir(tmp_path)
    run = builder.train("caption.yaml", {"data.source": "{CaptionedImages: [photos/, captions.txt, size: 32]}", "data.group": "file", "params.size": 32,
                                         "params.words": 40, "train.epochs": 1, "data.batch": 16}, runs=tmp_path / "runs")
    found = builder.evaluate(run)
    assert found.sequences.examples == found.examples / 2  # of a photo with two captions there is one to make
    assert (run.folder / "report.html").read_text().count('<img alt="image"') == len(found.sequences.shown)
    told = CliRunner().invoke(cli, ["predict", "caption", "photos/3.jpg", "photos/5.jpg"], catch_exceptions=False)
    assert told.exit_code == 0 and "photos/3.jpg" in told.output
    assert builder.predict(run, ["photos/3.jpg"])[0].outputs["next"]["text"] in told.output


@pytest.mark.proof
def test_attention_translates_better(real, tmp_path):
    file = {"params.file": str(real / "fra_eng/fra-eng.zip/fra.txt")}
    runs = [builder.train(SPECS / f"{name}.yaml", file, runs=tmp_path) for name in ("translate", "translate_attention")]
    plain, attention = map(builder.evaluate, runs)
    print("plain", plain.metrics, "attention", attention.metrics)
    assert attention.metrics["bleu"] > plain.metrics["bleu"] and attention.metrics["exact_match"] > plain.metrics["exact_match"]
    assert attention.metrics["loss"] < plain.metrics["loss"] and attention.sequences.examples == plain.sequences.examples > 1000
    seen = [one["attention"] for one in attention.sequences.shown if "attention" in one]
    assert seen and "What was looked at" in (runs[1].folder / "report.html").read_text() and all("attention" not in one for one in plain.sequences.shown)
