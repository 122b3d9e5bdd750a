"""Batches: their order, where they may begin, how they are cast and changed."""

from dataclasses import replace

import numpy as np
import pytest
from data_help import layer, recipe
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.data import Split
from builder.data.table import column, labels, texts
from builder.diagnostics import SpecError, render
from builder.graph.graph import TensorSpec


def split_of(size=10, name="train", augment=(), **columns):
    given = {"x": np.arange(size, dtype="uint8")} | columns
    made = {n: texts(n, v) if isinstance(v, list) else column(n, v) for n, v in given.items()}
    return Split(name, made | {"y": labels("y", np.arange(size) % 3, ("a", "b", "c"))}, 5, augment)


def chain(batches):
    return [row for batch in batches for row in batch]


def seen(dataset, name="x"):
    return [x[name].numpy().tolist() for x, _ in dataset]


def test_batches_in_order():
    assert seen(split_of().dataset(["x"], ["y"], 4)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert seen(split_of().dataset(["x"], [], 4, drop_remainder=True)) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert (split_of().batches(4), split_of().batches(4, drop_remainder=True)) == (3, 2)


def test_inputs_and_targets_stay_together():
    for x, y in split_of().dataset(["x"], {"out": "y"}, 3, shuffle_seed=1):
        assert np.array_equal(x["x"] % 3, y["out"])


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 1000), st.integers(0, 5))
def test_every_epoch_is_a_shuffle_of_all(size, batch, seed, epoch):
    found = seen(split_of(size).dataset(["x"], [], batch, shuffle_seed=seed, epoch=epoch))
    assert sorted(chain(found)) == list(range(size))
    assert all(len(b) == batch for b in found[:-1])


def test_epochs_differ_and_repeat_alike():
    whole = [seen(split_of(40).dataset(["x"], [], 7, shuffle_seed=3, epoch=e)) for e in (0, 1, 2)]
    assert whole[0] != whole[1] != whole[2]
    endless = split_of(40).dataset(["x"], [], 7, shuffle_seed=3, repeat=True).take(18)
    assert seen(endless) == chain(whole)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 3), st.integers(0, 5))
def test_a_start_in_the_middle_goes_on_with_the_same_batches(epoch, start):
    whole = seen(split_of(40).dataset(["x"], [], 7, shuffle_seed=3, repeat=True).take(40))
    later = seen(split_of(40).dataset(["x"], [], 7, shuffle_seed=3, epoch=epoch, start_batch=start, repeat=True).take(8))
    assert later == whole[epoch * 6 + start :][:8]


def test_values_are_cast_and_shaped_as_wanted():
    split = split_of(4, words=["a", "b", "é", ""], image=np.zeros((4, 2, 2), "uint8"))
    wanted = {"x": TensorSpec((1,)), "words": TensorSpec((1,), "string"), "image": TensorSpec((2, 2), "float16")}
    x, _ = next(iter(split.dataset(wanted, [], 3)))
    assert {n: (tuple(v.shape), v.dtype.name) for n, v in x.items()} == {
        "x": ((3, 1), "float32"), "words": ((3, 1), "string"), "image": ((3, 2, 2), "float16")}
    assert x["words"].numpy()[2, 0].decode() == "é"


def test_what_the_model_wants_is_remembered():
    split = replace(split_of(4), wanted={"x": TensorSpec((1,))})
    assert next(iter(split.dataset(["x"], [], 2)))[0]["x"].shape == (2, 1)


def test_the_element_spec_is_static():
    spec = split_of(8, image=np.zeros((8, 2, 2, 1), "uint8")).dataset(["image"], ["y"], 3).element_spec
    assert spec[0]["image"].shape.as_list() == [None, 2, 2, 1]


# augmentation ----------------------------------------------------------------------------------

LAYERS = (layer("RandomFlip", mode="horizontal"), layer("RandomRotation", factor=0.2), layer("RandomBrightness", factor=0.3))


def images(size=20, augment=LAYERS, name="train"):
    pixels = np.random.default_rng(0).integers(0, 256, (size, 8, 8, 3)).astype("uint8")
    return split_of(size, name, augment, image=pixels)


def batches(split, **more):
    return [x["image"].numpy() for x, _ in split.dataset(["image"], ["y"], 6, **more)]


def test_augmentation_depends_on_seed_epoch_and_batch_alone():
    whole = batches(images(), shuffle_seed=2, epoch=1)
    again = batches(images(), shuffle_seed=2, epoch=1, start_batch=2)
    assert all(np.array_equal(a, b) for a, b in zip(whole[2:], again, strict=True))
    plain = batches(images(), shuffle_seed=2, epoch=1, augment=False)
    assert not any(np.array_equal(a, b) for a, b in zip(whole, plain, strict=True))
    other = batches(images(), shuffle_seed=2, epoch=2)
    assert not np.array_equal(whole[0], other[0])


def test_one_image_is_changed_otherwise_in_every_epoch():
    split = images(6, (layer("RandomRotation", factor=0.5),))
    one, two = (batches(split, augment=True, epoch=e)[0] for e in (0, 1))
    assert not np.array_equal(one, two)


def test_only_training_batches_are_augmented():
    for split, more in ((images(name="test"), {"shuffle_seed": 1}), (images(), {})):
        assert np.array_equal(batches(split, **more)[0], batches(split, augment=False, **more)[0])


def test_crops_change_the_shape():
    split = images(6, (layer("RandomCrop", height=4, width=5),))
    assert batches(split, augment=True)[0].shape == (6, 4, 5, 3)


def test_noise_on_the_only_numbers():
    x = next(iter(split_of(6, augment=(layer("GaussianNoise", stddev=1.0),)).dataset({"x": TensorSpec((1,))}, [], 3, augment=True)))
    assert x[0]["x"].numpy().ravel().tolist() != [0, 1, 2]


def test_nothing_to_augment():
    split = split_of(4, words=["a"] * 4, augment=LAYERS)
    with pytest.raises(SpecError) as caught:
        split.dataset(["words"], [], 2, augment=True)
    assert render(caught.value.faults) == (
        "error[augment-nothing]: `augment` has nothing to change: no input is an image\nnote: inputs: words ()\n")


def test_augmentation_of_a_source(opened):
    data = opened(recipe("Digits"), augment=(layer("RandomTranslation", height_factor=0.2, width_factor=0.2),), validation=0.1)
    x, _ = next(iter(data.splits["train"].dataset(["image"], ["label"], 16, shuffle_seed=0)))
    assert x["image"].shape == (16, 8, 8, 1)


def test_a_batch_that_is_too_large():
    with pytest.raises(SpecError) as caught:
        split_of(4).dataset(["x"], [], 5, drop_remainder=True)
    assert render(caught.value.faults) == (
        "error[batch-too-large]: a batch of 5 is larger than the train split of 4 examples\nhelp: `batch: 4` or less\n")
