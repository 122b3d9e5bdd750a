"""Descriptions and listings of bricks, and the docstrings they are taken from."""

import pytest

from builder.catalog.describe import KINDS, describe, listing
from builder.catalog.docs import parse_doc
from builder.catalog.guess import guess_choices, guess_type


def test_a_layer_is_described():
    [dense] = describe("Dense")
    assert (dense["kind"], dense["module"]) == ("layer", "keras.src.layers.core.dense:Dense")
    assert dense["summary"] == "Just your regular densely-connected NN layer."
    units, activation = dense["parameters"][:2]
    assert (units["name"], units["type"], units["required"], "default" in units) == ("units", "int", True, False)
    assert (activation["required"], activation["default"]) == (False, None)
    assert dense["call"][0] == "inputs"


def test_one_name_may_be_of_several_kinds():
    assert [one["kind"] for one in describe("MeanSquaredError")] == ["loss", "metric"]
    assert [one["kind"] for one in describe("mean")] == ["op"]
    assert [one["kind"] for one in describe("relu")] == ["activation", "op"]
    assert describe("Nothing") == []


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_listed_with_a_word_about_it(kind):
    found = listing(kind)
    assert len(found) > 3
    assert all(summary and "\n" not in summary for name, summary in found), [n for n, s in found if not s]


def test_other_names_are_left_out():
    names = [name for name, _ in listing("layer")]
    assert "Conv2D" in names and "Convolution2D" not in names and "GroupQueryAttention" in names


DOC = """Does a thing.

    More of it.

    Args:
        rate: Float between 0 and 1,
            or so.
        mode (str): One of `"a"` or `"b"`. Either
            - first
            - second
        **kwargs: The rest.

    Unknown heading:
        shape: not an argument.

    Returns:
        x: nothing.
    """


def test_docstrings_are_taken_apart():
    doc = parse_doc(DOC)
    assert doc.text == "Does a thing.\n\nMore of it."
    assert doc.arguments == {"rate": "Float between 0 and 1, or so.",
                             "mode": 'str. One of `"a"` or `"b"`. Either\n- first\n- second', "kwargs": "The rest."}
    assert parse_doc(None).arguments == parse_doc("").arguments == {}


@pytest.mark.parametrize(("default", "help", "type"), [
    (1, "Integer, how many.", "int"), (1, "How much.", ""), (1.0, "How much.", "float"), (True, "Whether.", "bool"),
    (None, "Float between 0 and 1.", "float"), (None, "A float or a tuple of two floats.", ""), ("a", "A text.", "str"),
    ("a", '`"a"` or integer.', ""), (None, "", ""), (None, "int or tuple of 2 integers.", "ints"), ((1, 2), "", ""),
    (None, "Integer or string.", ""), (None, "List of strings.", "list"), (1.0, "A float or a list of floats", ""),
])
def test_types_are_guessed_only_where_they_are_sure(default, help, type):
    assert guess_type("thing", default, help) == type


@pytest.mark.parametrize(("default", "help", "choices"), [
    ("a", 'One of `"a"`, `"b"` or `"c"`.', ("a", "b", "c")), ("a", "One of {'a', 'b'}.", ("a", "b")),
    ("d", 'One of `"a"` or `"b"`.', ()), ("a", 'The name, such as `"a"`.', ()), (None, 'either "x" or "y"', ("x", "y")),
])
def test_choices_are_those_that_are_listed(default, help, choices):
    assert guess_choices(help, default) == choices


def test_the_fields_of_a_source_are_told():
    assert "Fields:\n    image: (height, width, channels)" in describe("ImageFolder")[0]["help"]
