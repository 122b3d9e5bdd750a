"""Marks in yaml-language-server: none on what is right, the right line and a readable sentence on what is wrong."""

from corpus import right, wrong
from editor_help import layers

EXPRESSIBLE = ("unknown-brick", "unknown-choice", "unknown-key", "unknown-step-key", "unknown-format", "wrong-shape", "missing-key", "not-a-step", "stray-key",
               "loop-list")
LATER = ("missing-key", "unknown-choice", "wrong-shape-settings")  # have further faults, which `check` tells once the first are mended
BEYOND = ("unknown-choice-formula", "unknown-choice-block")  # need a formula worked out, a default beside its choices
UNLIKE = ("bad-yaml", "several-documents", "yaml-tag", "duplicate-key", "bad-character")  # the server's own reading of YAML


def test_what_is_right_is_not_marked(editor):
    assert {name: found for name, found in editor.problems_of(right()).items() if found} == {}


STEPS = [
    ("- Convv2D: [32, 3]", "Convv2D", "a step holds one brick"),
    ("- Flaten", "Flaten", "there is no brick of this name"),
    ("- Dense: {unit: 10}", "unit", "`Dense` takes: units, activation, use_bias"),
    ("- Conv2D: [64, 3, pading: same]", "pading", "`Conv2D` takes: filters"),
    ('- Dense: {units: "10"}', '"10"', "a number stands without quotes"),
    ("- Dense: [10, use_bias: 3]", "3", "`use_bias` takes true or false"),
    ("- Conv2D: [32, 3, padding: smae]", "smae", "`padding` is one of: valid, same"),
    ("- Dense: [10, activation: relv]", "relv", "there is no activation of this name"),
    ("- Dense: [10, kernel_regularizer: {L3: 1e-4}]", "L3", "one regularizer"),
    ("- Dense: 10\n  form: x", "form", "beside it may stand: name, from"),
    ("- Dense: 10\n  merge: Add", "Dense: 10", "branches"),
    ("- 7", "7", "a step is a brick"),
    ("- Residual: {filter: 3}", "filter", "`Residual` takes: filters, strides"),
    ("- Bidirectional: [LSTM: [64, retrn: true]]", "retrn", "`LSTM` takes: units"),
    ("- MaxPooling2D: 2\n- Dropout: half", "half", "formula"),
]
SECTIONS = [
    ("modle: {}", "modle", "a spec has: name"),
    ("train: {loss: MeanSquaredError, epocs: 3}", "epocs", "a phase of `train` has: loss"),
    ("train: {loss: MeanSquared}", "MeanSquared", "there is no loss of this name"),
    ("train: {loss: MeanSquaredError, optimizer: Adamm}", "Adamm", "there is no optimizer of this name"),
    ("train: {loss: MeanSquaredError, optimizer: {Adam: {lr: 1}}}", "lr", "`Adam` takes: learning_rate"),
    ("train: {loss: MeanSquaredError, metrics: [acuracy]}", "acuracy", "there is no metric of this name"),
    ("train: {loss: MeanSquaredError, epochs: 0}", "0", "minimum of 1"),
    ("train: {epochs: 1}", "train", "`train` has a `loss`"),
    ("data: {batch: 3}", "data", "`data` has a `source`"),
    ("data: {source: Digits, validation: 15}", "15", "maximum of 1"),
    ("export: {formats: [pickle]}", "pickle", "a format is one of: saved_model"),
]


def test_what_is_wrong_is_marked_there_and_told_in_words(editor):
    wanted = {text: (marked, message) for text, marked, message in [*((layers(s), m, t) for s, m, t in STEPS), *SECTIONS]}
    missed = {}
    for text, problems in editor.problems_of({text: text for text in wanted}).items():
        marked, message = wanted[text]
        lines = {row for row, line in enumerate(text.splitlines(), 1) if marked in line}
        if not any(one.marked == marked and message in one.message for one in problems) or {one.line for one in problems} - lines:
            missed[text] = problems
    assert missed == {}


def test_blocks_of_its_own_are_not_marked(editor):
    text = "blocks: {Mine: {params: [n], layers: [Dense: =n]}}\n" + layers("- Mine: 3\n- Theirs: [4]")
    assert editor.problems(text) == []


def test_marks_of_the_cases_stand_where_check_marks_them(editor):
    """Every mark is on a line that `build check` marks too, or that of the key above it."""
    cases = {case.name: case for case in wrong() if not case.name.startswith(UNLIKE)}
    found = editor.problems_of({name: case.text for name, case in cases.items()})
    stray = {name: (one, sorted(cases[name].lines)) for name, problems in found.items() for one in problems
             if name not in LATER and not {one.line, one.line + 1} & cases[name].lines}
    assert stray == {}
    assert {name for name, problems in found.items() if problems} >= {name for name in cases if name.startswith(EXPRESSIBLE) and name not in BEYOND}
