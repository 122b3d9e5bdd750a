"""Which layer of a file is which of ours: alignments against all there are, and renames."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.model.pairing import Name, alignment, pair, renamed

MATRICES = st.integers(1, 4).flatmap(lambda rows: st.integers(0, 4).flatmap(
    lambda columns: st.lists(st.lists(st.integers(0, 2), min_size=columns, max_size=columns), min_size=rows, max_size=rows)))


def every(scores: list[list[int]]) -> list[dict[int, int]]:
    """All pairings that keep the order and pair only what fits."""
    rows, columns = len(scores), len(scores[0])
    found = [dict(zip(a, b)) for n in range(min(rows, columns) + 1) for a in combinations(range(rows), n) for b in combinations(range(columns), n)]
    return [pairing for pairing in found if all(scores[i][j] for i, j in pairing.items())]


@settings(max_examples=300, deadline=None)
@given(MATRICES)
def test_a_pair_is_told_where_all_the_best_pairings_agree(scores):
    sums = {sum(scores[i][j] for i, j in pairing.items()) for pairing in every(scores)}
    best = [pairing for pairing in every(scores) if sum(scores[i][j] for i, j in pairing.items()) == max(sums)]
    for row, choice in enumerate(alignment(scores)):
        choices = {pairing.get(row) for pairing in best}
        assert choice == (choices.pop() if len(choices) == 1 else -1)


def name(text: str) -> Name:
    """`residual_2#.conv` is counted in its first part."""
    parts = text.split(".")
    return Name(tuple(part.rstrip("#") for part in parts), tuple(part.rstrip("#").rstrip("0123456789_") + "#" if "#" in part else part for part in parts))


def paired(ours: list[str], theirs: dict[str, int], sizes: dict[str, int], base: str = "") -> dict[str, str | None]:
    """Pairs by size; a layer has one array, `w`."""
    by = {name(text): text for text in ours}
    found = pair(by, [f"{their}.w" for their in theirs], lambda one, their: theirs.get(their) == sizes[by[one]], base)
    return {by[one]: their for one, their in found.items()}


def test_given_names_are_taken_as_they_are():
    assert paired(["stem", "block.dense_2"], {"dense": 1}, {"stem": 1, "block.dense_2": 1}) == {"stem": "stem", "block.dense_2": "block.dense_2"}
    assert paired(["code"], {"encoder.code": 1}, {"code": 1}, "encoder.") == {"code": "encoder.code"}


def test_counted_names_are_aligned():
    ours = {"dense#": 3, "dense_2#": 1, "dense_3#": 2}
    assert paired(list(ours), {"dense": 1, "dense_2": 2}, ours) == {"dense#": "dense", "dense_2#": "dense", "dense_3#": "dense_2"}
    assert paired(list(ours), {"dense": 3, "dense_2": 1, "dense_3": 2}, ours) == {"dense#": "dense", "dense_2#": "dense_2", "dense_3#": "dense_3"}


def test_blocks_are_aligned_as_wholes():
    """The block put in is the one in the middle, for its second layer fits no block of the file."""
    ours = {"pair#.a": 1, "pair#.b": 2, "pair_2#.a": 1, "pair_2#.b": 9, "pair_3#.a": 1, "pair_3#.b": 3}
    found = paired(list(ours), {"pair.a": 1, "pair.b": 2, "pair_2.a": 1, "pair_2.b": 3}, ours)
    assert (found["pair#.b"], found["pair_3#.b"], found["pair_3#.a"]) == ("pair.b", "pair_2.b", "pair_2.a")


def test_two_ways_are_no_way():
    ours = {"dense#": 1, "dense_2#": 1, "dense_3#": 2}
    assert paired(list(ours), {"dense": 1, "dense_2": 2}, ours) == {"dense#": None, "dense_2#": None, "dense_3#": "dense_2"}


def test_a_thousand_equal_layers_are_paired_at_once():
    ours = {f"dense_{n}#" if n > 1 else "dense#": 1 for n in range(1, 1001)}
    theirs = {text.rstrip("#"): 1 for text in ours}
    assert paired(list(ours), theirs, ours) == dict(zip(ours, theirs, strict=True))


@pytest.mark.parametrize("text, renames, new", [
    ("old.conv.0", {"old.*": "new.*"}, "new.conv.0"), ("old.conv.0", {"old": "new"}, "new.conv.0"), ("older.conv.0", {"old": "new"}, "older.conv.0"),
    ("a.conv.kernel", {"*.conv": "*.convolution"}, "a.convolution.kernel"), ("stem.0", {"*": "backbone.*"}, "backbone.stem.0"),
    ("stem.0", {"st*m": "x*y"}, "xey.0"), ("stem.0", {"ste*em": "x*"}, "stem.0"), ("a.0", {"a": "b", "b": "c"}, "b.0"),
])
def test_renames(text, renames, new):
    assert renamed(text, renames)[0] == new
