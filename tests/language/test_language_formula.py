"""Formulas give what Python gives, refuse what Python would do beyond arithmetic, and know where a part of them stands."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.diagnostics import Source, Span, SpecError
from builder.language.formula import CONSTANTS, FUNCTIONS, MOST_ITEMS, Wired, evaluate, parse

NAMES = {"a": 7, "b": 2.5, "c": [3, 1, 2], "t": "relu", "yes": True, "no": None}


def formula(text: str):
    return parse(text, Span(Source("spec", text), 1, 1, 1, len(text) + 1))


def value(text: str, names=NAMES):
    return evaluate(formula(text), names)


def kind(text: str) -> str:
    with pytest.raises(SpecError) as error:
        value(text)
    return error.value.faults[0].kind


SAME = [
    "1 + 2 * 3", "-a ** 2", "2 ** -1", "a // 2", "-a // 2", "-a % 3", "a / 4", "a - b - 1", "+b", "not a", "not no", "a < 8 < 9", "1 < 2 > 3",
    "a == 7 and b", "no or a", "no and a", "a if yes else b", "a if no else b", "c[0]", "c[-1]", "c[1:]", "c[::-1]", "c + [4]", "c * 2", "[a, [b]]",
    "[1, 2] == [1, 2]", "2 in c", "9 not in c", "no is None", "a is not None", "t + 'x'", "t == 'relu'", "t[0]", "min(c)", "max(a, b)", "abs(-3)",
    "round(2.5)", "round(2.567, 2)", "int(7.9)", "float(3)", "len(c)", "sum(c)", "len(t)", "(1)", "1e3", "0x10", "True", "a * (b + 1) - c[0] * 2",
    "{7: 'seven', 8: 'eight'}[a]", "{'relu': [1, 2], 'tanh': [3]}[t][1]", "{True: 1, False: 2}[a > 8]", "{a - 7: b}[0] + 1", "{1: {2: 3}[2]}[1]",
]


@pytest.mark.parametrize("text", SAME)
def test_as_python(text):
    assert value(text) == eval(text, {"__builtins__": {"min": min, "max": max, "abs": abs, "round": round, "int": int, "float": float, "len": len, "sum": sum}},
                               dict(NAMES))


def test_a_mapping_is_there_to_be_picked_from():
    assert value("{7: 1, 8: 1 / 0}[a]") == 1  # what is not picked is not worked out
    assert kind("{18: 2, 50: 3}[a]") == "formula-key" and kind("{}[a]") == "formula-key"
    for text in ("{1: 2}", "[{1: 2}]", "{1: {2: 3}}[1]", "{**c}[1]", "len({1: 2})"):
        assert kind(text) == "formula-not-allowed", text


def test_functions_of_our_own():
    assert value("range(2, 8, 2)") == [2, 4, 6] and value("sqrt(16)") == 4 and value("floor(2.7) + ceil(2.1)") == 5
    assert value("log2(8)") == 3 and value("log(exp(1))") == 1 and value("pi") == math.pi and value("(1, 2)") == [1, 2]
    assert value("true and not false") is True and value("null") is None


numbers = st.one_of(st.integers(-50, 50), st.integers(-500, 500).map(lambda n: n / 8)).map(lambda n: f"({n!r})")
sums = st.recursive(numbers, lambda inner: st.builds("({}{}{})".format, inner,
                                                     st.sampled_from(["+", "-", "*", "/", "//", "%", "<", "<=", "==", "!="] + [" and ", " or "]), inner),
                                                     max_leaves=8)


@settings(max_examples=200, deadline=None)
@given(sums)
def test_arithmetic_is_pythons(text):
    try:
        expected = eval(text)
    except ZeroDivisionError:
        expected = None
    if expected is None:
        assert kind(text) == "formula-failed"
    else:
        found = value(text)
        assert found == expected and type(found) is type(expected)


REFUSED = ["a.b", "().__class__", "a.__class__.__bases__", "lambda: 1", "[x for x in c]", "{1}", "{1: 2}", "f'{a}'", "(x := 3)", "a << 2", "a & 1", "a ^ 1",
           "~a",
           "t % a", "'%s' % a", "*c", "a @ a", "1j", "b'x'", "...", "c[0].x", "(min)(1)", "min(*c)", "min(**c)", "a()()", "await a", "yield_(1)"]


@pytest.mark.parametrize("text", REFUSED)
def test_never_more_than_arithmetic(text):
    assert kind(text) in ("formula-not-allowed", "bad-formula", "unknown-function", "formula-failed")


@pytest.mark.parametrize("name", ["open", "eval", "exec", "__import__", "getattr", "type", "print", "input", "globals"])
def test_no_other_function(name):
    assert kind(f"{name}('x')") == "unknown-function"


LIMITS = ["9**9**9", "10**19", "2**1000", "1e300**2", "[0] * 10001", "'x' * 10001", "c * 100000", "1" * 500 + " * 1" * 200, "-" * 60 + "1", "10**18 + 10**18",
          "[c, c] * 4000", "(9**9) * (9**9) * 9**9", "0.5 ** -100000"]


@pytest.mark.parametrize("text", LIMITS, ids=lambda text: text[:20])
def test_bounded(text):
    assert kind(text) in ("formula-limit", "formula-failed")


def test_a_range_is_bounded():
    assert kind(f"range({MOST_ITEMS + 1})") == "formula-failed" and kind("range(10 ** 17)") == "formula-failed"


def test_wires_have_shapes_and_are_no_numbers():
    names = {"x": Wired(lambda: (28, None, 3))}
    assert value("shape(x)", names) == [28, None, 3] and value("channels(x) * 2", names) == 6
    with pytest.raises(SpecError):
        value("x + 1", names)


def place(text: str) -> tuple[int, int]:
    with pytest.raises(SpecError) as error:
        value(text)
    span = error.value.faults[0].span
    return span.column, span.end_column


def test_the_place_is_the_part_at_fault():
    assert place("a + wide * 2") == (5, 9)
    assert place("1 + (a / 0)") == (6, 11)
    assert place("a + (b * 2") == (5, 6)
    assert place("  a + q") == (7, 8)
    assert place("t + 'é' + q") == (11, 12)
    assert place("a + mx(3)") == (5, 7)


def test_names_and_calls():
    found = formula("max(a, b) + a * pi - shape(x)[0]")
    assert set(found.names) == {"a", "b", "x"} and set(found.calls) == {"max", "shape"}
    assert not set(FUNCTIONS) & set(CONSTANTS)
