"""Sums: every one once, its answer and its carries against Python's own arithmetic."""

import pytest
from data_help import recipe

from builder.diagnostics import SpecError


def rows(opened, **arguments) -> list[dict]:
    split = opened(recipe("Sums", **arguments)).splits["train"]
    columns = {name: split.column(name) for name in ("question", "answer", "pair", "columns", "carry")}
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


@pytest.mark.parametrize(("arguments", "count"), [({"digits": 1}, 100), ({"digits": 12, "n": 300, "seed": 4}, 300)])
def test_each_sum_is_there_once_and_right(opened, arguments, count):
    found = rows(opened, **arguments)
    assert len({row["question"] for row in found}) == len(found) == count
    for row in found:
        first, second = row["question"].split("+")
        assert int(row["answer"]) == int(first) + int(second) and row["pair"].split() == sorted((first, second), key=int)
        assert int("".join(digits[0] for digits in row["columns"].split())) == int(first)
        said, carry = [], 0
        for digits in reversed(row["columns"].split()):
            carry = (int(digits[0]) + int(digits[1]) + carry) // 10
            said.insert(0, carry)
        assert row["carry"].tolist() == said + [-1] * (arguments["digits"] - len(said))


def test_too_many_sums_are_refused(opened):
    with pytest.raises(SpecError) as error:
        rows(opened, digits=5)
    assert error.value.faults[0].kind == "source-argument" and error.value.faults[0].facts["argument"] == "n"
