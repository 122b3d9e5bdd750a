"""How a fault looks, for a terminal and for a program."""

import json

import pytest

from builder.diagnostics import Fault, Faults, Source, Span, SpecError, Turn, Use, as_json, near, render
from builder.diagnostics.fault import MOST
from builder.diagnostics.words import dims, listed, ordinal

TEXT = "name: x\nmodel:\n  layers:\n    - Convv2D: [32, 3]\n    - Flatten\n" + "a: 1\n" * 8 + "end: " + "é" * 300 + "\n"
SOURCE = Source("digits.yaml", TEXT)


def fault(line=4, column=7, length=7, source=SOURCE) -> Fault:
    facts = {"name": "Convv2D", "kind": "layer", "near": ["Conv2D"], "elsewhere": None}
    return Fault("unknown-brick", Span(source, line, column, line, column + length), facts)


def test_a_fault():
    assert render([fault()]) == (
        "error[unknown-brick]: there is no brick named `Convv2D`\n"
        " --> digits.yaml:4:7\n"
        "  |\n"
        "4 |     - Convv2D: [32, 3]\n"
        "  |       ^^^^^^^\n"
        "help: did you mean `Conv2D`?\n")


def test_two_places_far_apart_and_line_numbers_that_align():
    text = render([fault(13, 1, 1).also(Span(SOURCE, 4, 7, 4, 14), "here too")])
    assert "\n  --> digits.yaml:13:1\n   |\n 4 |     - Convv2D: [32, 3]\n   |       ^^^^^^^ here too\n...\n13 | a: 1\n   | ^\n" in text


def test_places_in_two_files():
    other = Source("parts.yaml", "b: 2")
    text = render([fault().also(Span(other, 1, 1, 1, 2), "there")])
    assert " --> digits.yaml:4:7\n" in text and " --> parts.yaml:1:1\n  |\n1 | b: 2\n  | ^ there\n" in text


def test_a_long_line_is_cut_around_its_place():
    text = render([fault(14, 250, 3)])
    code, caret = text.splitlines()[3:5]
    assert len(code) < 180 and caret.endswith("^^^") and code[caret.index("^")] == "é"


def test_the_chain_of_uses():
    use = Use("Level", Span(SOURCE, 5, 7, 5, 14))
    text = render([fault().laid_by((use, use, use, Turn("for n = 3", Span(SOURCE, 2, 1, 2, 6)), Use("Top", Span(Source("b.yaml", ""), 1, 1, 1, 2))))])
    assert text.endswith("note: laid by `Level` on line 5, 3 levels deep,\n        within `for n = 3` on line 2,\n        within `Top` on line 1 of b.yaml\n")


def test_a_long_chain_is_cut_in_the_middle():
    trail = tuple(Use(f"B{i}", Span(SOURCE, 1, 1, 1, 2)) for i in range(9))
    assert [f"`B{i}`" in render([fault().laid_by(trail)]) for i in range(9)] == [True] * 3 + [False] * 4 + [True] * 2


def test_colour_only_where_asked():
    assert "\x1b" not in render([fault()]) and render([fault()], color=True).startswith("\x1b[1;31merror[unknown-brick]\x1b[0m: ")


def test_control_characters_never_reach_the_terminal():
    evil = Source("evil.yaml", "a: \x1b[31mred\x07\n")
    assert "\x1b" not in render([fault(1, 1, 1, evil)])


def test_the_same_as_json():
    found = json.loads(json.dumps(as_json(fault().laid_by((Use("Level", Span(SOURCE, 5, 7, 5, 14)),)).as_warning())))
    assert found["kind"] == "unknown-brick" and found["severity"] == "warning" and found["help"] == "did you mean `Conv2D`?"
    assert found["places"] == [{"file": "digits.yaml", "line": 4, "column": 7, "end_line": 4, "end_column": 14, "label": None}]
    assert found["laid_by"][0]["block"] == "Level" and found["laid_by"][0]["line"] == 5


def test_faults_are_gathered_once_and_end_the_stage():
    faults = Faults()
    faults.add(fault().as_warning())
    faults.check()
    faults.add(fault())
    faults.add(fault())
    faults.add(fault().laid_by((Use("Level", Span(SOURCE, 5, 7, 5, 14)),)))
    with pytest.raises(SpecError) as error:
        faults.check()
    assert len(error.value.faults) == 2


def test_nobody_reads_more_than_a_hundred():
    faults = Faults()
    with pytest.raises(SpecError) as error:
        for line in range(10**6):
            faults.add(fault(line + 1))
    assert len(error.value.faults) == MOST


def test_lines_are_counted_as_yaml_counts_them():
    source = Source("x", "a\r\nb\rc\u2028d\x0ce\nf")
    assert source.lines == ["a", "b", "c", "d\x0ce", "f"] and str(source.at(source.text.index("f"))) == "x:5:1"


def test_near():
    names = ["Conv1D", "Conv2D", "Conv3D", "Dense", "LSTM"]
    assert near("conv2d", names)[0] == "Conv2D" and near("Convv2D", names)[0] == "Conv2D" and near("lstm", names) == ["LSTM"] and near("zzz", names) == []


def test_small_words():
    assert (ordinal(1), ordinal(12)) == ("first",
                                         "12th") and dims((None, 3)) == "(batch, ?, 3)" and listed(range(20), 3) == "0, 1, 2, ..." and listed([]) == "none"
