"""MixUp and CutMix: images and what they are compared with are mixed alike, on training batches alone, and resume exactly."""

import random

import numpy as np
import pytest
from data_help import layer, recipe

from builder.data import Split, Target, check_fields, open_data
from builder.data.data import Data
from builder.data.table import column, labels
from builder.diagnostics import SpecError, render
from builder.graph.graph import TensorSpec

CLASSES = ("a", "b", "c")
LIGHT = np.array([20.0, 90.0, 200.0])  # of all pixels of a class
MIXUP, CUTMIX = layer("MixUp", alpha=1.0), layer("CutMix")


def split_of(*augment, name="train", size=20, **more):
    """Images of one light each, which tells the class."""
    kinds = np.arange(size) % 3
    image = np.broadcast_to(LIGHT[kinds][:, None, None, None], (size, 12, 12, 1)).astype("uint8")
    columns = {"image": column("image", image), "kind": labels("kind", kinds, CLASSES)}
    return Split(name, columns | {n: column(n, v) for n, v in more.items()}, 5, augment)


def batches(split, *targets, **more):
    found = split.dataset(["image"], list(targets) or ["kind"], 6, **({"shuffle_seed": 2} | more))
    return [({n: v.numpy() for n, v in x.items()}, {n: v.numpy() for n, v in y.items()}) for x, y in found]


@pytest.mark.parametrize("mix, off", [(MIXUP, 1e-3), (CUTMIX, 26)])
def test_labels_are_the_shares_of_what_is_seen(mix, off):
    """A box's border lies within pixels, so that its share is right to a row and a column of them."""
    found = batches(split_of(mix))
    assert [x["image"].shape for x, _ in found] == [(6, 12, 12, 1)] * 3 + [(2, 12, 12, 1)]
    for x, y in found:
        assert y["kind"].dtype == "float32"
        assert np.allclose(y["kind"].sum(1), 1, atol=1e-5) and y["kind"].min() >= 0
        assert np.abs(x["image"].mean((1, 2, 3)) - y["kind"] @ LIGHT).max() <= off
    assert any(0.05 < share < 0.95 for _, y in found for share in y["kind"].ravel())


def test_both_after_each_other():
    for x, y in batches(split_of(layer("RandomFlip", mode="horizontal"), MIXUP, CUTMIX)):
        assert np.allclose(y["kind"].sum(1), 1, atol=1e-5)
        assert np.abs(x["image"].mean((1, 2, 3)) - y["kind"] @ LIGHT).max() <= 26


def test_other_splits_and_plain_batches_tell_classes_whole():
    for split, more in ((split_of(MIXUP, name="validation"), {}), (split_of(MIXUP), {"augment": False})):
        for x, y in batches(split, **more):
            assert np.array_equal(np.sort(y["kind"], axis=1), np.tile([0, 0, 1], (len(y["kind"]), 1)))
            assert np.array_equal(x["image"][:, 0, 0, 0], LIGHT[y["kind"].argmax(1)])


def test_training_and_validation_batches_are_alike():
    one, two = (split_of(MIXUP, name=name).dataset(["image"], ["kind"], 6, shuffle_seed=1).element_spec[1]["kind"] for name in ("train", "test"))
    assert one.shape.as_list() == two.shape.as_list() == [None, 3] and one.dtype == two.dtype == "float32"


@pytest.mark.parametrize("augment", [(MIXUP,), (CUTMIX,), (layer("RandAugment"), MIXUP), (layer("AugMix"),)], ids=lambda some: some[-1].name)
def test_a_start_in_the_middle_goes_on_with_the_same_batches(augment):
    whole = batches(split_of(*augment), epoch=3)
    random.random()  # a resumed run is another process
    again = batches(split_of(*augment), epoch=3, start_batch=2)
    for one, two in zip(whole[2:], again, strict=True):
        assert np.array_equal(one[0]["image"], two[0]["image"]) and np.array_equal(one[1]["kind"], two[1]["kind"])
    other = batches(split_of(*augment), epoch=4)
    assert not np.array_equal(whole[0][0]["image"], other[0][0]["image"])


def test_numbers_and_several_targets_are_mixed_by_the_same_weights():
    kinds = np.arange(20) % 3
    split = split_of(MIXUP, light=LIGHT[kinds].astype("float32"), both=np.stack([LIGHT[kinds], -LIGHT[kinds]], 1).astype("float32"))
    for x, y in batches(split, "kind", "light", "both"):
        seen = x["image"].mean((1, 2, 3))
        assert y["light"].shape == seen.shape
        assert np.allclose(y["light"], seen, atol=1e-2) and np.allclose(y["both"], np.stack([seen, -seen], 1), atol=1e-2)
        assert np.allclose(y["kind"] @ LIGHT, seen, atol=1e-2)


def test_two_images_are_mixed_by_the_same_weights():
    split = split_of(MIXUP)
    split = Split("train", split.columns | {"other": column("other", 255 - split.columns["image"].values)}, 5, (MIXUP,))
    for x, _ in split.dataset(["image", "other"], ["kind"], 6, shuffle_seed=2):
        assert np.allclose(x["image"] + x["other"], 255, atol=1e-3)


def test_images_alone_are_mixed():
    x, _ = batches(split_of(MIXUP), augment=True)[0]
    (alone, nothing) = next(iter(split_of(MIXUP).dataset(["image"], [], 6, shuffle_seed=2)))
    assert nothing == {} and np.array_equal(alone["image"], x["image"])


def check(split, shape, loss, field="kind", inputs=None):
    data = Data({n: c.field for n, c in split.columns.items()}, {"train": split})
    check_fields(data, inputs or {"image": TensorSpec((12, 12, 1))}, [Target("out", field, TensorSpec(shape), loss)])


def told(*arguments, **more) -> str:
    with pytest.raises(SpecError) as caught:
        check(*arguments, **more)
    return render(caught.value.faults)


def test_a_loss_that_takes_a_share_for_each_class_fits():
    check(split_of(MIXUP), (3,), "CategoricalCrossentropy")
    assert "the output has the shape (5,), the field (3,)" in told(split_of(MIXUP), (5,), "CategoricalCrossentropy")
    assert "error[target-shape]" in told(split_of(MIXUP), (1,), "BinaryCrossentropy")
    assert "error[target-shape]" in told(split_of(), (3,), "CategoricalCrossentropy")


def test_what_cannot_be_mixed():
    masks = split_of(CUTMIX, mask=np.zeros((20, 12, 12, 1), "float32"))
    assert told(masks, (12, 12, 1), "BinaryCrossentropy", field="mask") == (
        "error[mix-target]: `CutMix` cannot mix `mask`, which the output `out` is compared with\nhelp: leave `CutMix` out of `augment`\n"
        "note: classes and vectors of numbers can be mixed; `mask` has the shape (12, 12, 1)\n")
    numbers = split_of(MIXUP, x=np.zeros((20, 4), "float32"))
    wanted = {"image": TensorSpec((12, 12, 1)), "x": TensorSpec((4,))}
    assert told(numbers, (3,), "CategoricalCrossentropy", inputs=wanted) == (
        "error[mix-input]: `MixUp` mixes whole examples, but the input `x` is no image\nhelp: leave `MixUp` out of `augment`\n"
        "note: `x` has the shape (4,); an image has height, width and channels\n")


def test_a_model_learns_from_mixed_digits(tmp_path):
    import builder

    spec = """
name: mixed
data: {source: Digits, validation: 0.2, augment: [MixUp: 0.2], batch: 64}
model:
  inputs: {image: [8, 8, 1]}
  layers:
    - Rescaling: =1 / 16
    - Flatten
    - Dense: [64, activation: relu]
    - Dense: [10, activation: softmax]
      name: label
train: {loss: CategoricalCrossentropy, optimizer: {Adam: 1e-2}, metrics: [accuracy], epochs: 6, seed: 1}
"""
    run = builder.train(spec, runs=tmp_path)
    report = builder.evaluate(run)
    assert report.metrics["accuracy"] > 0.9
    assert report.outputs["label"]["accuracy"] == pytest.approx(report.metrics["accuracy"], abs=1e-6)


def test_a_source_that_is_mixed(tmp_path):
    from data_help import plan_of

    data = open_data(plan_of(tmp_path, recipe("Digits"), augment=(CUTMIX,), validation=0.1))
    assert [split.mixes for split in data.splits.values()] == [True, True]
