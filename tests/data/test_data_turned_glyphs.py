"""Turned glyphs: every class in every pose, turned as the pose says."""

import numpy as np
import pytest
from data_help import recipe


def columns(opened, **arguments) -> dict[str, np.ndarray]:
    split = opened(recipe("TurnedGlyphs", **arguments)).splits["train"]
    return {name: np.asarray(split.rows(name, range(split.size))) for name in ("image", "label", "pose", "angle")}


def test_each_glyph_is_seen_from_every_angle(opened):
    data = opened(recipe("TurnedGlyphs", glyphs=5, angles=8, size=24))
    assert data.fields["image"].shape == (24, 24, 1) and data.fields["label"].classes == tuple("ABCDE") and data.fields["pose"].shape == (2,)
    found = columns(opened, glyphs=5, angles=8, size=24)
    assert sorted(zip(found["label"], found["angle"])) == [(glyph, angle) for glyph in range(5) for angle in range(0, 360, 45)]
    np.testing.assert_allclose(found["pose"], np.stack([np.cos(np.deg2rad(found["angle"])), np.sin(np.deg2rad(found["angle"]))], 1), atol=1e-6)
    assert found["image"].dtype == "float32" and found["image"].min() == 0 and 0.9 < found["image"].max() <= 1


def test_they_are_turned_counterclockwise_by_their_angle(opened):
    found = columns(opened, glyphs=62, angles=4)
    views = {(glyph, angle): image[..., 0] for glyph, angle, image in zip(found["label"], found["angle"], found["image"])}
    for glyph in range(62):
        for angle in (90, 180, 270):
            np.testing.assert_allclose(views[glyph, angle], np.rot90(views[glyph, 0], angle // 90), atol=0.15)
    upright = np.stack([views[glyph, 0] for glyph in range(62)]).reshape(62, -1)
    apart = np.linalg.norm(upright[:, None] - upright, axis=-1)[~np.eye(62, dtype=bool)]
    assert apart.min() > 0.5


def test_none_is_cut_off(opened):
    found = columns(opened, glyphs=26, angles=12)["image"]
    assert max(found[:, [0, -1]].max(), found[:, :, [0, -1]].max()) < 0.05


@pytest.mark.parametrize(("arguments", "said"), [
    ({"glyphs": 63}, "`glyphs` must be at most 62, but it is `63`"), ({"angles": 0}, "`angles` must be at least 1, but it is `0`"),
])
def test_what_cannot_be_drawn_is_refused(told, arguments, said):
    assert f"error[source-argument]: {said}\n" in told(recipe("TurnedGlyphs", **arguments))
