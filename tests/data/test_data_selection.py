"""Examples kept by their values, and so many of them to train on: in each split that they were dealt into, by the seed."""

import csv

import numpy as np
import pytest
from data_help import recipe

from builder.data import open_phases
from builder.data.selection import portions
from builder.diagnostics import SpecError
from builder.graph.plans import Choice, OnlyPlan

KINDS = ("common", "odd", "rare")


@pytest.fixture
def table(tmp_path):
    """Rows of three classes, 60, 30 and 10, numbered, with a text beside."""
    with open(tmp_path / "rows.csv", "w", newline="") as file:
        rows = [[i, "common" if i < 60 else "odd" if i < 90 else "rare", "even" if i % 2 == 0 else "uneven"] for i in range(100)]
        csv.writer(file).writerows([["x", "kind", "parity"], *rows])
    return recipe("Csv", path="rows.csv", label="kind", text=("parity",))


def only(name="kind", *values) -> OnlyPlan:
    return OnlyPlan(name, tuple(map(Choice, values)))


def found(data, split="train"):
    return data.splits[split].column("x")[:].ravel().astype(int).tolist()


def counted(data, split="train"):
    return np.bincount(data.splits[split].column("kind"), minlength=3).tolist()


def test_only_some_classes_in_all_splits(table, opened):
    data = opened(table, only=(only("kind", "odd", 2),), validation=0.2, test=0.1)
    assert {name: counted(data, name) for name in data.splits} == {"train": [0, 21, 7], "validation": [0, 6, 2], "test": [0, 3, 1]}
    assert data.fields["kind"].classes == KINDS, "numbers of classes stay"
    assert data.notes[0] == "only examples with `kind` odd, 2 are kept: 28 of 70 to train on, 8 to validate on, 4 to test on"


def test_an_example_stays_in_its_split(table, opened):
    """So that no phase is judged by what an earlier one has trained on."""
    whole, some = opened(table, validation=0.3), opened(table, validation=0.3, only=(only("kind", "common"),))
    for split in ("train", "validation"):
        assert found(some, split) == [row for row in found(whole, split) if row < 60]


def test_by_texts_and_numbers_and_by_several_fields(table, opened):
    assert found(opened(table, only=(only("parity", "even"), only("kind", "rare")))) == [90, 92, 94, 96, 98]
    assert found(opened(table, only=(only("x", 3, 5, 1000),))) == [3, 5]


def test_a_limit_keeps_the_proportions_and_every_class(table, opened):
    assert counted(opened(table, limit=20)) == [12, 6, 2]
    assert counted(opened(table, limit=4)) == [2, 1, 1]
    assert sum(counted(opened(table, limit=2))) == 2
    data = opened(table, limit=50, validation=0.2)
    assert (sum(counted(data)), sum(counted(data, "validation"))) == (50, 20)
    assert data.notes[-1] == "`limit` leaves 50 examples to train on"


def test_a_limit_is_drawn_by_the_seed(table, opened):
    one, same, other = (found(opened(table, limit=20, seed=seed)) for seed in (0, 0, 1))
    assert one == same != other and one == sorted(set(one))


@pytest.mark.parametrize("seed", range(5))
def test_portions_are_what_they_promise(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 50, 6) + np.array([1, 0, 0, 0, 0, 0])
    for total in range(1, counts.sum() + 1):
        some = portions(counts, total)
        assert some.sum() == total and (some <= counts).all() and (some >= 0).all()
        assert np.abs(some - counts * total / counts.sum()).max() < 2
        if total >= np.count_nonzero(counts):
            assert (some[counts > 0] > 0).all()
    assert (portions(counts, counts.sum()) == counts).all()


def test_a_rare_class_that_is_not_kept_may_be_too_small_to_deal(opened, tmp_path):
    with open(tmp_path / "few.csv", "w", newline="") as file:
        csv.writer(file).writerows([["x", "kind"], *([i, "lone" if i == 0 else "ab"[i % 2]] for i in range(20))])
    source = recipe("Csv", path="few.csv", label="kind")
    with pytest.raises(SpecError):
        opened(source, validation=0.2)
    assert opened(source, validation=0.2, only=(only("kind", "a", "b"),)).splits["validation"].size == 4


def test_they_are_part_of_what_the_data_are(table, opened):
    hashes = {opened(table, **how).hash for how in ({}, {"limit": 20}, {"limit": 21}, {"limit": 20, "seed": 1}, {"only": (only("kind", "odd"),)})}
    assert len(hashes) == 5


def test_phases_read_a_source_once(table, opened, tmp_path, monkeypatch):
    from data_help import plan_of

    from builder.data import data as room

    calls = []
    monkeypatch.setattr(room, "read", lambda *args, read=room.read: calls.append(args) or read(*args))
    plans = [plan_of(tmp_path, table, only=(only("kind", kind),), batch=batch) for kind, batch in (("odd", 4), ("rare", 2), ("odd", 4))]
    first, second, third = open_phases(plans)
    assert len(calls) == 1 and first is third
    assert (found(first), second.batch) == (list(range(60, 90)), 2)


@pytest.mark.parametrize(("how", "said"), [
    ({"only": (only("kind", "comon"),)}, "error[unknown-class]: `kind` has no class `comon`\nhelp: did you mean `common`?\n"
                                         "note: its classes: common, odd, rare"),
    ({"only": (only("kind", 3),)}, "error[unknown-class]: `kind` has no class `3`"),
    ({"only": (only("knid", 3),)}, "error[unknown-field]: the source has no field named `knid`\nhelp: did you mean `kind`?"),
    ({"only": (only("x", -5),)}, "error[only-nothing]: `only` leaves no example to train on\nhelp: choose values of `x` that are there"),
    ({"limit": 101}, "error[limit-too-large]: `limit: 101` asks for more examples to train on than there are\nhelp: at most `limit: 100`, or leave it out"),
    ({"limit": 11, "only": (only("kind", "rare"),)}, "note: there are 10 that `only` keeps"),
])
def test_what_is_refused(table, told, how, said):
    assert said in told(table, **how)


def test_an_image_is_no_value(told):
    assert told(recipe("Digits"), only=(only("image", 0),)).startswith("error[only-shape]: `only` cannot choose by `image`, which is no single value")
