"""How examples are dealt into splits, and fields renamed and reshaped."""

import numpy as np
import pytest
from data_help import recipe
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.data.deal import shares_of
from builder.data.fields import fitted
from builder.graph.plans import FieldPlan

SHARES = st.dictionaries(st.sampled_from(["validation", "test"]), st.floats(0.05, 0.45))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=3, max_size=80), SHARES, st.integers(0, 2**31))
def test_every_example_is_in_one_split_and_only_the_seed_decides(labels, shares, seed):
    strata = np.array(labels)
    found = shares_of(strata, shares, seed)
    assert sorted(np.concatenate(list(found.values()))) == list(range(len(labels)))
    again = shares_of(strata, shares, seed)
    assert all(np.array_equal(found[name], again[name]) for name in found)
    assert set(strata[found["train"]]) == set(labels), "each class stays in training"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(10, 40), min_size=1, max_size=6), SHARES, st.integers(0, 99))
def test_each_class_is_dealt_in_proportion(counts, shares, seed):
    strata = np.repeat(np.arange(len(counts)), counts)
    found = shares_of(strata, shares, seed)
    for name, share in shares.items():
        assert len(found[name]) == round(share * len(strata))
        there = np.bincount(strata[found[name]], minlength=len(counts))
        assert np.all(np.abs(there - share * np.array(counts)) < 1)


def test_other_seeds_deal_otherwise():
    strata = np.zeros(100, int)
    one, two = (shares_of(strata, {"test": 0.5}, seed)["test"].tolist() for seed in (1, 2))
    assert one != two


def csv(tmp_path, text, name="t.csv"):
    (tmp_path / name).write_text(text)
    return recipe("Csv", path=name, label="y")


TEN = "x,y\n" + "1,a\n" * 5 + "2,b\n" * 5


def test_shares(tmp_path, opened):
    data = opened(csv(tmp_path, TEN), validation=0.2, test=0.4)
    assert {name: split.size for name, split in data.splits.items()} == {"train": 4, "validation": 2, "test": 4}
    assert data.evaluation.name == "test"
    assert data.notes == ()
    assert all(np.bincount(s.column("y")).tolist() == [s.size // 2] * 2 for s in data.splits.values())


def test_no_shares(tmp_path, opened):
    data = opened(csv(tmp_path, TEN))
    assert data.evaluation.name == "train"
    assert data.notes == ("there is no test split: `evaluate` uses the training examples",)


@pytest.mark.parametrize("more, said", [
    ({"validation": 1.5}, "error[split-share]: `validation` must be a share between 0 and 1, but it is 1.5\nhelp: `validation: 0.1`\n"),
    ({"test": -0.1}, "error[split-share]: `test` must be a share between 0 and 1, but it is -0.1\nhelp: `test: 0.1`\n"),
    ({"validation": 0.5, "test": 0.5}, ("error[split-share]: the shares together are 1, so "
      "nothing is left to train on\nhelp: lower `validation`\n")),
    ({"test": 0.01}, "error[split-empty]: a share of 0.01 of 10 examples leaves `test` empty\nhelp: raise it, or leave `test` out\n"),
])
def test_shares_that_are_wrong(tmp_path, told, more, said):
    assert told(csv(tmp_path, TEN), **more) == said


def test_a_class_too_small_to_split(tmp_path, told):
    assert told(csv(tmp_path, TEN + "3,c\n3,d\n3,d\n"), validation=0.2, test=0.2) == (
        "error[class-too-small]: the class `c` of `y` has 1 example, too few for 3 splits\n"
        "help: gather more examples of it, leave it out, or give `validation` and `test` as sources of their own\n"
        "note: so have: `d` (2)\n")


def test_a_test_split_of_its_own_source(tmp_path, opened):
    data = opened(csv(tmp_path, TEN), test=csv(tmp_path, "x,y\n7,b\n", "test.csv"))
    assert data.splits["test"].column("y").tolist() == [1], "class indices are those of training"


@pytest.mark.parametrize("text, why", [
    ("x,y\n7,c\n", "`y` there has classes unknown in training: ['c']"),
    ("z,y\n7,a\n", "`x` there has no such field"),
    ("x,y\nseven,a\n", "`x` there has string, not float32"),
])
def test_a_test_source_that_differs(tmp_path, told, text, why):
    said = told(csv(tmp_path, TEN), test=csv(tmp_path, text, "test.csv"))
    assert said == f"error[split-differs]: the source of `test` does not fit the training source: {why}\n"


# fields ----------------------------------------------------------------------------------------

def test_fields_are_renamed_and_reshaped(opened):
    data = opened(recipe("Digits"), test=0.1, fields={"pixels": FieldPlan("image", (64,)), "digit": FieldPlan("label")})
    assert data.fields["pixels"].shape == (64,)
    assert data.fields["digit"].classes == tuple("0123456789")
    assert data.splits["test"].column("pixels").shape == (180, 64)


def test_one_field_twice(opened):
    data = opened(recipe("Digits"), fields={"image": FieldPlan("image"), "flat": FieldPlan("image", (-1,))})
    assert {name: field.shape for name, field in data.fields.items()} == {"label": (), "image": (8, 8, 1), "flat": (64,)}


def test_fields_that_are_wrong(told):
    fields = {"picture": FieldPlan("imag"), "label": FieldPlan("image"), "x": FieldPlan("image", (8, 9))}
    assert told(recipe("Digits"), fields=fields) == """\
error[unknown-field]: the source has no field named `imag`
help: did you mean `image`?
note: its fields: image, label

error[field-taken]: `image` cannot be renamed to `label`: the source has a field of that name
help: rename that one too: `fields: {label: image, other: label}`

error[field-reshape]: `x` cannot be reshaped from (8, 8, 1) to (8, 9)
note: (8, 8, 1) has 64 values, (8, 9) has 72
"""


@pytest.mark.parametrize("shape, wanted, result", [
    ((4, 6), (24,), (24,)), ((4, 6), (-1, 3), (8, 3)), ((4, 6), (5, -1), None), ((4, 6), (-1, -1), None), ((), (1,), (1,)),
    ((4,), (-4,), None), ((0, 3), (-1, 0), None),
])
def test_reshapes(shape, wanted, result):
    assert fitted(shape, wanted) == result


# the digest ------------------------------------------------------------------------------------

def test_the_digest_tells_data_apart(tmp_path, opened):
    one = opened(csv(tmp_path, TEN)).hash
    assert opened(csv(tmp_path, TEN)).hash == one
    assert opened(csv(tmp_path, TEN.replace("2,b", "2.1,b"))).hash != one
    assert len(one) == 64
