"""Sources of text: lines with their class within, long texts, sentence pairs, files within zip archives."""

import zipfile

import pytest
from data_help import recipe

QUESTIONS = "DESC:manner How is it done ?\nNUM:count How many are there : two or three ?\n\nDESC:def What is it ?\n"


@pytest.fixture
def archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "texts.zip", "w") as made:
        made.writestr("qc/train.txt", QUESTIONS)
        made.writestr("_about.txt", "not data")
        made.writestr("pairs.tsv", 'Go.\tVa !\nHe said "no.\tIl a dit non.\textra\nA long one it is.\tUne longue.\n')
    return tmp_path / "texts.zip"


def values(data, split="train"):
    return {name: column.values.tolist() for name, column in data.splits[split].columns.items()}


def test_lines_are_taken_apart_by_a_pattern(archive, opened):
    data = opened(recipe("TextLines", files="texts.zip/qc/train.txt", pattern="{label}:{kind} {text}"))
    assert data.fields["label"].classes == ("DESC", "NUM")
    assert values(data) == {"label": [0, 1, 0], "kind": ["manner", "count", "def"],
                            "text": ["How is it done ?", "How many are there : two or three ?", "What is it ?"]}


def test_lines_that_do_not_fit_are_bad(archive, opened, told):
    source = recipe("TextLines", files="texts.zip/qc/train.txt", pattern="DESC:{kind} {text}")
    assert "error[line-misfit]: line 2 of `texts.zip/qc/train.txt` does not fit the pattern `DESC:{kind} {text}`" in told(source)
    assert opened(source, skip_bad=True).skipped == 1


@pytest.mark.parametrize("pattern, why", [
    ("{a}{b}", "two names with nothing between them"), ("{a} {a}", "the same name twice"), ("text", "no name in braces"),
])
def test_patterns_that_cannot_be(archive, told, pattern, why):
    assert why in told(recipe("TextLines", files="texts.zip/qc/train.txt", pattern=pattern))


def test_sentence_pairs_know_no_quotes(archive, opened):
    data = opened(recipe("SentencePairs", path="texts.zip/pairs.tsv", columns=("english", "french")))
    assert values(data)["english"] == ["Go.", 'He said "no.', "A long one it is."]
    assert values(data)["french"] == ["Va !", "Il a dit non.", "Une longue."]
    assert values(opened(recipe("SentencePairs", path="texts.zip/pairs.tsv", longest=4)))["source"] == ["Go.", 'He said "no.']
    assert values(opened(recipe("SentencePairs", path="texts.zip/pairs.tsv", longest=4, shortest=3)))["source"] == ['He said "no.']
    assert values(opened(recipe("SentencePairs", path="texts.zip/pairs.tsv", first=1)))["target"] == ["Va !"]


def test_an_archive_is_no_text(archive, told):
    assert "name a file in it, such as `texts.zip/pairs.tsv`" in told(recipe("TextLines", files="texts.zip"))
    assert "did you mean `texts.zip/pairs.tsv`" in told(recipe("SentencePairs", path="texts.zip/pair.tsv"))


def test_a_long_text_is_its_pieces(tmp_path, opened):
    (tmp_path / "play.txt").write_text("To be,\r\n or  not\n", encoding="utf-8", newline="")
    for unit, count in (("character", 16), ("word", 6)):
        pieces = values(opened(recipe("TextFile", path="play.txt", unit=unit)))["text"]
        assert "".join(pieces) == "To be,\n or  not\n" and len(pieces) == count


def test_what_is_wrong_with_a_long_text(tmp_path, told):
    (tmp_path / "empty.txt").write_text("")
    assert told(recipe("TextFile", path="empty.txt")).startswith("error[no-examples]: `TextFile` finds no examples")
    assert "`unit` must be `character` or `word`, but it is `words`" in told(recipe("TextFile", path="empty.txt", unit="words"))
    assert "`unit` must be `word`, before a `SubwordVectorization` of the model, but it is" in told(recipe("TextFile", path="empty.txt", unit="subword"))
