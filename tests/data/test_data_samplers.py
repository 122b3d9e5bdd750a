"""Samplers: what they draw, from which examples and how often, and the same again."""

from pathlib import Path

import numpy as np
import pytest
from data_help import layer, plan_of, recipe, write_images

from builder.data import open_data
from builder.data.data import Split
from builder.data.dice import Dice
from builder.data.sampler import sampled
from builder.data.table import column, labels, texts
from builder.graph.graph import Recipe

COUNTS = (40, 6, 17, 30)
KIND = np.repeat(np.arange(len(COUNTS)), COUNTS)
SIZE = len(KIND)


def named(name: str, /, **arguments) -> Recipe:
    return Recipe("sampler", name, tuple(arguments.items()))


def split_of(*samples: Recipe, name="train", seed=5, batch=32, **more) -> Split:
    """Numbered examples, mixed, of four uneven classes."""
    order = np.random.default_rng(0).permutation(SIZE)
    columns = {"x": column("x", np.arange(SIZE)), "kind": labels("kind", KIND, tuple("abcd")), "text": texts("text", [f"text {i}" for i in range(SIZE)])}
    columns = {key: one.take(order) for key, one in columns.items() if key != "text" or more.get("text")}
    plan = plan_of(Path(), recipe("Digits"), sample=samples, sample_spans=(None,) * len(samples), seed=seed, batch=batch)
    draws = sampled(columns, name, plan)
    return Split(name, draws.view(), seed, draws=draws)


def epoch_of(split: Split, batch=32, seed=3, **more) -> dict[str, np.ndarray]:
    """All fields of all draws of an epoch."""
    found = [x for x, _ in split.dataset(list(split.columns), (), batch, shuffle_seed=seed, **more)]
    return {name: np.concatenate([x[name].numpy() for x in found]) for name in split.columns}


def even(counts: np.ndarray) -> float:
    """Pearson's chi-square of counts that should be equal, by its degrees of freedom."""
    expected = counts.sum() / counts.size
    return float(((counts - expected) ** 2 / expected).sum() / (counts.size - 1))


def test_dice_are_even_and_their_numbers_have_nothing_to_do_with_each_other():
    dice = Dice(1, 2, np.arange(60_000))
    thrown = dice.below(6, 2)
    assert even(np.bincount(thrown[:, 0])) < 3 and even(np.bincount(thrown[:, 0] * 6 + thrown[:, 1])) < 2
    assert even(np.bincount(thrown[:-1, 0] * 6 + thrown[1:, 0])) < 2, "neighbouring places"
    both = thrown[:, 0] * 6 + Dice(1, 3, dice.places).below(6)[:, 0]
    assert even(np.bincount(both)) < 2, "the next epoch"
    numbers = dice.normal(3)
    assert abs(numbers.mean()) < 0.01 and abs(numbers.std() - 1) < 0.01 and abs(np.mean(numbers**4) - 3) < 0.1
    assert abs(np.corrcoef(numbers.T) - np.eye(3)).max() < 0.02
    uniform = dice.uniform(1)
    assert uniform.min() >= 0 and uniform.max() < 1 and even(np.bincount((uniform[:, 0] * 50).astype(int))) < 2


def test_several_are_different_and_every_set_is_as_likely():
    drawn = np.sort(Dice(1, 0, np.arange(20_000)).several(6, 3), axis=1)
    assert (np.diff(drawn, axis=1) > 0).all() and drawn.min() == 0 and drawn.max() == 5
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(counts) == 20 and even(counts) < 2
    assert sorted(Dice(1, 0, np.zeros(1, int)).several(4, 4)[0]) == [0, 1, 2, 3]


def test_pairs_are_what_they_say():
    found = epoch_of(split_of(named("Pairs", by="kind")))
    alike = KIND[found["left"]] == KIND[found["right"]]
    assert (alike == found["same"]).all() and (found["left"] != found["right"]).all()
    assert (found["left_kind"] == KIND[found["left"]]).all() and (found["right_kind"] == KIND[found["right"]]).all()
    assert sorted(found["left"]) == list(range(SIZE)), "every example is once the left one"
    assert found["same"].sum() == SIZE // 2 and found["same"][:32].sum() == 16, "half of an epoch, and of a batch"


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_share_of_pairs_of_one_class_is_what_is_asked_for(share):
    same = epoch_of(split_of(named("Pairs", by="kind", share=share)))["same"]
    assert abs(same.sum() - share * SIZE) <= 1


def test_partners_are_drawn_evenly():
    split = split_of(named("Pairs", by="kind", size=40_000))
    found = epoch_of(split, batch=4000)
    of_b = found["right"][(found["left_kind"] == 1) & (found["same"] == 1)]
    assert even(np.bincount(of_b - COUNTS[0], minlength=COUNTS[1])) < 3
    others = found["right"][(found["left_kind"] == 1) & (found["same"] == 0)]
    assert even(np.bincount(others, minlength=SIZE)[KIND != 1]) < 1.5
    assert even(np.bincount(found["left"])) < 0.1, "in rounds of all examples"


def test_triplets_are_what_they_say():
    found = epoch_of(split_of(named("Triplets", by="kind")))
    assert (found["anchor_kind"] == found["positive_kind"]).all() and (found["anchor_kind"] != found["negative_kind"]).all()
    assert (found["anchor"] != found["positive"]).all() and sorted(found["anchor"]) == list(range(SIZE))
    assert (KIND[found["negative"]] == found["negative_kind"]).all()


@pytest.mark.parametrize("name", ["train", "validation"])
def test_balanced_batches_have_so_many_classes_of_so_many(name):
    split = split_of(named("Balanced", by="kind", classes=3, each=5), name=name, batch=15)
    kinds = []
    for x, _ in split.dataset(["x", "kind"], (), 15, shuffle_seed=3 if name == "train" else None):
        classes, counts = np.unique(x["kind"].numpy(), return_counts=True)
        assert counts.tolist() == [5, 5, 5] and len(set(x["x"].numpy().tolist())) == 15
        assert (KIND[x["x"].numpy()] == x["kind"].numpy()).all()
        kinds += classes.tolist()
    assert len(kinds) == 3 * (SIZE // 15)


def test_balanced_classes_and_members_are_drawn_evenly():
    found = epoch_of(split_of(named("Balanced", by="kind", classes=3, each=5, size=30_000), batch=15), batch=15 * 50)
    assert even(np.bincount(found["kind"]) / 5) < 3
    assert even(np.bincount(found["x"], minlength=SIZE)[KIND == 3]) < 2
    few = epoch_of(split_of(named("Balanced", by="kind", classes=4, each=8, rare="repeat")))
    assert [len(set(few["x"][:32][few["kind"][:32] == kind])) for kind in range(4)] == [8, 6, 8, 8]
    assert set(epoch_of(split_of(named("Balanced", by="kind", classes=3, each=10, rare="skip"), batch=30))["kind"]) == {0, 2, 3}


def test_validation_with_fewer_classes_has_batches_of_those():
    columns = {"x": column("x", np.arange(20)), "kind": labels("kind", np.arange(20) % 2, tuple("ab"))}
    plan = plan_of(Path(), recipe("Digits"), sample=(named("Balanced", by="kind", classes=8, each=4),), sample_spans=(None,), batch=32)
    draws = sampled(columns, "validation", plan)
    kinds = draws.values("kind", np.arange(draws.size))
    assert draws.size == 16 and np.bincount(kinds).tolist() == [8, 8]


def test_mismatched_values_are_those_of_others():
    found = epoch_of(split_of(named("Mismatch", field="x", count=5)))
    assert found["mismatched_x"].shape == (SIZE, 5) and (found["mismatched_x"] != found["x"][:, None]).all()
    assert (np.diff(np.sort(found["mismatched_x"], axis=1), axis=1) > 0).all()
    found = epoch_of(split_of(named("Mismatch", field="text", count=2, by="kind", name="wrong"), named("Noise", shape=3), text=True))
    numbers = np.array([[int(text.decode().removeprefix("text ")) for text in row] for row in found["wrong"]])
    assert (KIND[numbers] != found["kind"][:, None]).all() and found["noise"].shape == (SIZE, 3)


def test_noise_is_new_in_every_batch_and_epoch_and_of_its_distribution():
    split = split_of(named("Noise", shape=[4, 5]), named("Noise", shape=7, distribution="uniform", name="z", minval=2.0, maxval=4.0))
    one, two = epoch_of(split), epoch_of(split, epoch=1)
    assert one["noise"].shape == (SIZE, 4, 5) and one["noise"].dtype == np.float32 and len(np.unique(one["noise"])) > 0.99 * one["noise"].size
    assert not np.isin(one["noise"], two["noise"]).mean() > 0.01
    assert one["z"].min() >= 2 and one["z"].max() < 4 and abs(one["z"].mean() - 3) < 0.1
    assert sorted(one["x"]) == list(range(SIZE)), "the examples stay"


ALL = (named("Pairs", by="kind"), named("Triplets", by="kind"), named("Balanced", by="kind", classes=4, each=4), named("Noise"), named("Mismatch", field="x"))


@pytest.mark.parametrize("sample", ALL, ids=lambda one: one.name)
def test_a_run_goes_on_with_the_same_draws(sample):
    split = split_of(sample, batch=16)
    whole, rest = epoch_of(split, 16, epoch=2), epoch_of(split, 16, epoch=2, start_batch=3)
    for name, values in rest.items():
        assert values.tobytes() == whole[name][48:].tobytes(), name
    wide = epoch_of(split, 48, epoch=2)
    assert all(wide[name].tobytes() == values.tobytes() for name, values in whole.items()), "whatever the batch"
    other, changing = epoch_of(split, 16, seed=4, epoch=2), {"right", "positive", "x", "noise", "mismatched_x"} & set(whole)
    assert all((whole[name] != other[name]).any() and (whole[name] != epoch_of(split, 16, epoch=3)[name]).any() for name in changing)


@pytest.mark.parametrize("sample", ALL, ids=lambda one: one.name)
def test_validation_is_the_same_in_every_epoch_and_as_it_is_looked_at(sample):
    split = split_of(sample, name="validation", batch=16)
    one, two = epoch_of(split, 16, None), epoch_of(split, 7, None, epoch=4)
    for name, values in one.items():
        assert values.tobytes() == two[name].tobytes(), name
        assert np.array_equal(split.rows(name, [3, 40, 2]), values[[3, 40, 2]]), name
        assert np.array_equal(np.asarray(split.column(name)), values), name


def test_an_endless_feed_draws_each_epoch_anew():
    split = split_of(named("Pairs", by="kind"))
    found = split.dataset(["left", "right"], (), 31, shuffle_seed=3, repeat=True).take(6)
    right = np.concatenate([x["right"].numpy() for x, _ in found])
    assert right.tolist() == [*epoch_of(split, 31)["right"], *epoch_of(split, 31, epoch=1)["right"]]


@pytest.mark.parametrize("cache", ["memory", "disk", "false"])
def test_pairs_of_image_files_are_the_same_wherever_they_lie(tmp_path, cache):
    write_images(tmp_path, {"a": 6, "b": 5, "c": 7})
    plan = plan_of(tmp_path, recipe("ImageFolder", folder="."), sample=(named("Pairs"),), sample_spans=(None,), cache=cache)
    data = open_data(plan)
    x, y = next(iter(data.splits["train"].dataset(["left", "right"], ["same", "left_label"], 18, shuffle_seed=1)))
    assert x["left"].shape == (18, 4, 5, 3) and x["left"].dtype == "uint8" and y["same"].numpy().sum() == 9
    images = data.splits["train"].examples.columns["image"].values
    of = [next(i for i, image in enumerate(images) if np.array_equal(image, one)) for one in x["left"].numpy()]
    assert sorted(of) == list(range(18)) and (np.repeat([0, 1, 2], [6, 5, 7])[of] == y["left_label"].numpy()).all()


def test_whole_classes_are_kept_for_validation(opened):
    data = opened(recipe("Digits"), group="label", validation=0.2, test=0.2, sample=(named("Pairs"),), sample_spans=(None,))
    seen = {name: set(np.unique(split.column("left_label"))) | set(np.unique(split.column("right_label"))) for name, split in data.splits.items()}
    assert len(seen["train"]) + len(seen["validation"]) + len(seen["test"]) == 10 and min(map(len, seen.values())) >= 2
    assert not seen["train"] & (seen["validation"] | seen["test"])


def test_the_two_images_of_a_pair_are_augmented_each_in_its_own_way(opened):
    data = opened(recipe("Digits"), sample=(named("Pairs", share=1.0),), sample_spans=(None,),
                  augment=(layer("RandomTranslation", height_factor=0.4, width_factor=0.4),))
    split = data.splits["train"]
    draws = split.draws.__class__(**{**vars(split.draws),
                                     "steps": (lambda dice, numbers: {"left": numbers["rows"], "right": numbers["rows"], "same": numbers["rows"]},)})
    same = Split("train", draws.view(), augment=split.augment, draws=draws)
    x, _ = next(iter(same.dataset(["left", "right"], (), 64, shuffle_seed=1)))
    assert (x["left"] != x["right"]).numpy().any(axis=(1, 2, 3)).mean() > 0.9


def test_what_is_drawn_is_part_of_the_datas_digest(opened):
    def digest(**more):
        return opened(recipe("Digits"), **more).hash

    pairs = digest(sample=(named("Pairs"),), sample_spans=(None,))
    assert pairs == digest(sample=(named("Pairs"),), sample_spans=(None,)) != digest()
    assert pairs != digest(sample=(named("Pairs", share=0.4),), sample_spans=(None,))


def test_buckets_hold_what_is_about_as_long():
    """Each example once an epoch, batches even in length, other batches in another epoch, the same again for the same."""
    lengths = np.random.default_rng(3).integers(1, 40, 103)
    words = texts("text", [" ".join(["w"] * count) for count in lengths])
    columns = {"x": column("x", np.arange(103)), "text": words, "long": column("long", lengths)}
    plan = plan_of(Path(), recipe("Digits"), sample=(named("Buckets"),), sample_spans=(None,), seed=1, batch=10)
    draws = sampled(columns, "train", plan)
    split = Split("train", draws.view(), 1, draws=draws)
    first, again, later = (epoch_of(split, batch=10, epoch=epoch)["x"] for epoch in (0, 0, 1))
    assert sorted(first) == list(range(103)) and (first == again).all() and (first != later).any() and sorted(later) == list(range(103))
    spread = [np.ptp(lengths[first[start : start + 10]]) for start in range(0, 100, 10)]
    assert max(spread) <= 8 and np.mean(spread) < 5 < np.mean([np.ptp(lengths[start : start + 10]) for start in range(0, 100, 10)]) / 4
    assert (np.diff([lengths[first[start]] for start in range(0, 100, 10)]) < 0).any(), "batches are not in the order of their length"
    by = sampled(columns, "train", plan_of(Path(), recipe("Digits"), sample=(named("Buckets", by="long"),), sample_spans=(None,), seed=1, batch=10))
    assert (by.values("x", np.arange(103)) == draws.values("x", np.arange(103))).all()
