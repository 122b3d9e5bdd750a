"""Uneven classes drawn equally often: in training batches alone, by the seed, resumed exactly."""

import numpy as np
import pytest
from data_help import recipe

from builder.data import Split
from builder.data.table import column, labels
from builder.diagnostics import SpecError, render

COUNTS = (40, 3, 17)


def split_of(name="train", balance=True, kinds=COUNTS):
    kind = np.repeat(np.arange(len(kinds)), kinds)
    columns = {"x": column("x", np.arange(len(kind))), "kind": labels("kind", kind, tuple("abcd"[: len(kinds)]))}
    return Split(name, columns, balance=balance)


def rows(split, **more):
    return [x["x"].numpy().tolist() for x, _ in split.dataset(["x"], ["kind"], 8, **({"shuffle_seed": 3} | more))]


def chain(batches):
    return [row for batch in batches for row in batch]


def drawn(split, epochs=1):
    """How often each row comes in so many epochs."""
    found = [row for epoch in range(epochs) for row in chain(rows(split, epoch=epoch))]
    return np.bincount(found, minlength=split.size)


def by_class(counts):
    return [int(some.sum()) for some in np.split(counts, np.cumsum(COUNTS)[:-1])]


def test_an_epoch_has_as_many_of_each_class():
    assert by_class(drawn(split_of())) == [20, 20, 20]
    assert by_class(drawn(split_of(balance=False))) == list(COUNTS)


def test_a_class_is_gone_through_before_a_row_comes_again():
    once, twice = drawn(split_of()), drawn(split_of(), 2)
    assert once[40:43].min() >= 6 and once[40:43].max() <= 7 and once[:40].max() == 1
    assert (twice[:40] == 1).all(), "both epochs together show every row of the largest class"


def test_batches_are_mixed_and_depend_on_seed_and_epoch():
    one = rows(split_of())
    assert [len(some) for some in one] == [8] * 7 + [4]
    assert one == rows(split_of()) != rows(split_of(), epoch=1)
    assert one != rows(split_of(), shuffle_seed=4)
    assert sum(len({split_of().columns["kind"].values[row] for row in some}) > 1 for some in one) >= 7


@pytest.mark.parametrize("start", [1, 5])
def test_a_start_in_the_middle_goes_on_with_the_same_batches(start):
    assert rows(split_of(), epoch=2, start_batch=start) == rows(split_of(), epoch=2)[start:]


def test_other_splits_and_plain_orders_stay():
    assert sorted(chain(rows(split_of("validation")))) == list(range(60))
    assert chain(rows(split_of(), shuffle_seed=None)) == list(range(60))


def test_classes_without_examples_are_left_out():
    split = split_of(kinds=(4, 0, 8))
    assert by_label(split) == [6, 0, 6]


def by_label(split):
    kinds = split.columns["kind"].values
    return np.bincount([kinds[row] for row in chain(rows(split))], minlength=3).tolist()


def test_it_is_asked_for_in_the_spec(opened, tmp_path):
    import csv

    with open(tmp_path / "rows.csv", "w", newline="") as file:
        csv.writer(file).writerows([["x", "kind"], *([i, "rare" if i < 10 else "common"] for i in range(100))])
    split = opened(recipe("Csv", path="rows.csv", label="kind"), balance=True).splits["train"]
    kinds = np.concatenate([y["kind"].numpy() for _, y in split.dataset(["x"], ["kind"], 16, shuffle_seed=0)])
    assert np.bincount(kinds).tolist() == [50, 50]


def test_nothing_to_balance():
    with pytest.raises(SpecError) as caught:
        rows(Split("train", {"x": column("x", np.arange(9)), "kind": column("kind", np.arange(9.0))}, balance=True))
    assert render(caught.value.faults).startswith("error[balance-nothing]: `balance` has nothing to balance: no field is a class\n")

