"""YAML 1.2's core schema, as a table; and the places of what is written."""

import math

import pytest

from builder.diagnostics import Source, SpecError
from builder.language.scalars import resolve
from builder.language.text import parse
from builder.language.tree import Map, plain

TABLE = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None, "nUll": "nUll", "none": "none",
    "true": True, "True": True, "TRUE": True, "false": False, "tRue": "tRue",
    "yes": "yes", "no": "no", "on": "on", "off": "off", "y": "y", "N": "N",
    "0": 0, "-0": 0, "12": 12, "+12": 12, "-7": -7, "007": 7, "0o17": 15, "0x1F": 31, "0xg": "0xg", "0b11": "0b11", "1_000": "1_000",
    "1.0": 1.0, "-.5": -0.5, "1.": 1.0, "1e-3": 0.001, "1E3": 1000.0, "+1.5e+2": 150.0, "e3": "e3", ".": ".", "1e": "1e", "1.2.3": "1.2.3",
    ".inf": math.inf, "-.Inf": -math.inf, "+.INF": math.inf, "inf": "inf", ".nan ": ".nan ",
    "12:30": "12:30", "190:20:30": "190:20:30", "2024-01-02": "2024-01-02", "=3": "=3", "9" * 41: "9" * 41, "١٢": "١٢", "1\n": "1\n",
}


@pytest.mark.parametrize("text, value", TABLE.items(), ids=map(repr, TABLE))
def test_plain_scalars(text, value):
    found = resolve(text)
    assert (type(found), found) == (type(value), value)


def test_nan_is_a_number():
    assert math.isnan(resolve(".nan")) and math.isnan(resolve(".NaN"))


def tree(text: str) -> Map:
    return parse(Source("spec", text))


def test_quotes_make_text():
    assert plain(tree("a: '1'\nb: \"true\"\nc: |\n  2\nd: !!str 3")) == {"a": "1", "b": "true", "c": "2\n", "d": "3"}


def test_anchors_are_worked_in():
    assert plain(tree("a: &x [1, {b: 2}]\nc: *x\nd: [*x, *x]")) == {"a": [1, {"b": 2}], "c": [1, {"b": 2}], "d": [[1, {"b": 2}]] * 2}


def place(node) -> tuple:
    return (node.span.line, node.span.column, node.span.end_line, node.span.end_column)


def test_every_value_has_its_place():
    found = tree("name: x\nmodel:\n  layers:\n    - Conv2D: [8, 'same']\n    - Flatten\n")
    layers = found.get("model").get("layers")
    conv = layers.items[0].entries[0]
    assert place(conv.key) == (4, 7, 4, 13) and place(conv.value) == (4, 15, 4, 26)
    assert [place(item) for item in conv.value.items] == [(4, 16, 4, 17), (4, 19, 4, 25)]
    assert place(layers.items[1]) == (5, 7, 5, 14) and place(layers) == (4, 5, 5, 14)


def test_places_count_characters_and_not_bytes():
    assert place(tree("é: [ü, 日本, x]").get("é").items[2]) == (1, 12, 1, 13)


@pytest.mark.parametrize("text", ["a: 1\na: 2", "{a: 1, 'a': 2}", "1: x\n1.0: y"])
def test_equal_keys_are_refused(text):
    with pytest.raises(SpecError) as error:
        tree(text)
    assert error.value.faults[0].kind == "duplicate-key"
