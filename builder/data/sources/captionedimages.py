"""CaptionedImages: a folder of images, and a file that says what is on each."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from builder.data.keep import keep
from builder.data.source import Place, source
from builder.data.sources.csv import Csv
from builder.data.sources.imagefolder import ImageFolder, Reading
from builder.data.store import Files
from builder.data.table import Table, column, table, texts


@source
@dataclass(frozen=True)
class CaptionedImages:
    """Images in a folder, and a table with a row for each caption: the name of an image's file, and the sentence.

    So are Flickr8k (`captions.txt`: `1000268201_693b08cb0e.jpg,A child in a pink dress ...`) and others. An image with several captions is
    as many examples; `group: file` keeps them in one split. A name such as `photo.jpg#0` means `photo.jpg`.

    Args:
        folder: the folder of the images, relative to the spec.
        captions: the file of the captions: CSV, or tab-separated.
        size: height and width to resize to, or one number for both; left out, all images must have one size.
        channels: 3 for colour, 1 for grey.
        resize: what to do with an image of other proportions than `size`: `stretch` it, `crop` its sides, or `pad` it with black.
        separator: between name and caption; left out, the commonest of `,` `;` tab and `|` in the first line.
        header: whether the first row is a header.
        encoding: how the file of the captions is encoded.

    Fields:
        image: (height, width, channels), uint8 from 0 to 255.
        caption: a string.
        file: a string, the name of the image's file.
    """

    folder: str
    captions: str
    size: int | list[int] | None = None
    channels: int = 3
    resize: Literal["stretch", "crop", "pad"] = "stretch"
    separator: str | None = None
    header: bool = True
    encoding: str = "utf-8"

    def read(self, place: Place) -> Table:
        images = ImageFolder(self.folder, self.size, self.channels, self.resize)
        images.check(place)
        folder = place.folder(self.folder)
        names, captions = self._rows(place)
        files = [(folder / name, row) for row, name in enumerate(names)]
        for path, row in files:
            if not path.is_file():
                raise place.fault("caption-without-image", file=self.captions, row=row + 1 + self.header, image=names[row], folder=self.folder)
        reading = Reading(images, place, files)
        kept = keep(place, self, [place.file(self.captions), *dict.fromkeys(path for path, _ in files)], reading.write, streamed=("image",), name=self.folder)
        image = kept.columns.get("image")
        if image is None:
            image = Files(reading.names, reading.load, tuple(kept.facts["shape"]), np.dtype("uint8"), kept.digests.get("image"), reading.traced)
        rows = kept.columns["label"][:] if "label" in kept.columns else []  # those whose image decodes
        return table(column("image", image), texts("caption", [captions[row] for row in rows]), texts("file", [names[row] for row in rows]))

    def _rows(self, place: Place) -> tuple[list[str], list[str]]:
        """The names of the images' files, and the captions."""
        columns = Csv(self.captions, header=self.header, columns=["file", "caption"], separator=self.separator, missing=("",),
                      text=["file", "caption"], encoding=self.encoding).read(place).columns
        return [str(name).split("#")[0] for name in columns["file"].values], [str(text) for text in columns["caption"].values]
