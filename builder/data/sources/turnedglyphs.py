"""TurnedGlyphs: letters seen at many angles, from which a generator learns what it was never shown."""

from dataclasses import dataclass

import numpy as np

from builder.data.source import Place, source
from builder.data.sources.moons import positive
from builder.data.table import Table, column, labels, table

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
FINER = 8  # drawn so much larger, turned, then averaged: edges without steps


@source
@dataclass(frozen=True)
class TurnedGlyphs:
    """Letters and digits, each turned to so many angles: images that a class and a pose tell all about, made up.

    In the place of the chairs of Dosovitskiy, Springenberg and Brox, Learning to Generate Chairs with Convolutional Neural
    Networks (2015). Pillow draws them in the typeface that comes with it.

    Args:
        glyphs: how many, of A to Z, a to z, 0 to 9 in this order.
        angles: how many views of each, evenly around.
        size: pixels of a side.

    Fields:
        image: (size, size, 1), float32 from 0 to 1, a white glyph on black.
        label: a class, "A", "B", ...
        pose: (2,), float32, cosine and sine of the angle.
        angle: in degrees, counterclockwise, float32.
    """

    glyphs: int = 40
    angles: int = 24
    size: int = 32

    def read(self, place: Place) -> Table:
        positive(place, glyphs=self.glyphs, angles=self.angles, size=self.size)
        if self.glyphs > len(LETTERS):
            raise place.fault("source-argument", argument="glyphs", given=self.glyphs, wanted=f"at most {len(LETTERS)}")
        names = tuple(LETTERS[: self.glyphs])
        angles = np.arange(self.angles) * 360 / self.angles
        images = np.stack([view for name in names for view in _views(name, angles, self.size)])
        angle = np.tile(angles, self.glyphs)
        pose = np.stack([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))], axis=1)
        return table(column("image", images), labels("label", np.repeat(np.arange(self.glyphs), self.angles), names),
                     column("pose", pose.astype("float32")), column("angle", angle.astype("float32")))


def _views(name: str, angles: np.ndarray, size: int) -> list[np.ndarray]:
    """A glyph turned about the middle of what is drawn of it."""
    from PIL import Image, ImageDraw, ImageFont

    side = size * FINER
    upright = Image.new("L", (side, side))
    ImageDraw.Draw(upright).text((side / 2, side / 2), name, fill=255, font=ImageFont.load_default(0.78 * side), anchor="mm", stroke_width=side // 50)
    left, top, right, bottom = upright.getbbox()
    middle = ((left + right) / 2, (top + bottom) / 2)
    shift = (side / 2 - middle[0], side / 2 - middle[1])
    turned = [upright.rotate(angle, Image.Resampling.BICUBIC, center=middle, translate=shift) for angle in angles]
    return [np.asarray(one.reduce(FINER), "float32")[..., None] / 255 for one in turned]
