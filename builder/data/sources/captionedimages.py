"""CaptionedImages: a folder of images, and a file that says what is on each."""

import json
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from builder.data.files import BadFile, read_text, text_lines
from builder.data.images import SUFFIXES
from builder.data.keep import keep
from builder.data.source import Place, source
from builder.data.sources.csv import Csv
from builder.data.sources.imagefolder import ImageFolder, Reading
from builder.data.store import Files
from builder.data.table import Table, column, table, texts

NAMED = re.compile(rf"""[\ufeff"' ]*[^,;|\t]+({"|".join(map(re.escape, sorted(SUFFIXES)))})(#\d+)?["' ]*[,;|\t]""", re.IGNORECASE)  # a line that is no header


@source
@dataclass(frozen=True)
class CaptionedImages:
    """Images in a folder, and a table with a row for each caption: the name of an image's file, and the sentence.

    So is Flickr8k, as `captions.txt` (`1000268201_693b08cb0e.jpg,A child in a pink dress ...`) and as `Flickr8k.token.txt`, tab-separated, where
    `photo.jpg#0` means `photo.jpg`. A `.json` is read as COCO's (`captions_val2017.json`): its `images` have an `id` and a `file_name`, its `annotations`
    an `image_id` and a `caption`. An image with several captions is as many examples; `group: file` keeps them in one split.

    Args:
        folder: the folder of the images, relative to the spec.
        captions: the file of the captions: CSV, tab-separated without quoting, or COCO's JSON.
        size: height and width to resize to, or one number for both; left out, all images must have one size.
        channels: 3 for colour, 1 for grey.
        resize: what to do with an image of other proportions than `size`: `stretch` it, `crop` its sides, or `pad` it with black.
        separator: between name and caption; left out, a tab where the first line has one, else the commonest of `,` `;` and `|` there.
        header: whether the first row is a header; left out, it is one unless it begins with the name of an image.
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
    header: bool | None = None
    encoding: str = "utf-8"

    def read(self, place: Place) -> Table:
        images = ImageFolder(self.folder, self.size, self.channels, self.resize)
        images.check(place)
        folder = place.folder(self.folder)
        names, captions, first = self._rows(place)
        files = [(folder / name, row) for row, name in enumerate(names)]
        for path, row in files:
            if not path.is_file():
                raise place.fault("caption-without-image", file=self.captions, row=None if first is None else first + row, image=names[row], folder=self.folder)
        reading = Reading(images, place, files)
        kept = keep(place, self, [place.file(self.captions), *dict.fromkeys(path for path, _ in files)], reading.write, streamed=("image",), name=self.folder)
        image = kept.columns.get("image")
        if image is None:
            image = Files(reading.names, reading.load, tuple(kept.facts["shape"]), np.dtype("uint8"), kept.digests.get("image"), reading.traced)
        rows = kept.columns["label"][:] if "label" in kept.columns else []  # those whose image decodes
        return table(column("image", image), texts("caption", [captions[row] for row in rows]), texts("file", [names[row] for row in rows]))

    def _rows(self, place: Place) -> tuple[list[str], list[str], int | None]:
        """The names of the images' files, the captions, and the line of the first one, None where the file has no lines."""
        try:
            path = place.file(self.captions)
            if path.suffix.lower() == ".json":
                return *self._coco(place, read_text(path, self.encoding)), None
            first = next(iter(text_lines(path, self.encoding)), "")
        except BadFile as error:
            raise place.fault("bad-text", file=self.captions, why=str(error), encoding=self.encoding) from None
        separator = self.separator or ("\t" if "\t" in first else None)
        headed = not NAMED.match(first) if self.header is None else self.header
        columns = Csv(self.captions, header=headed, columns=["file", "caption"], separator=separator, missing=("",), text=["file", "caption"],
                      quote="" if separator == "\t" else '"', encoding=self.encoding).read(place).columns
        names, captions = (list(map(str, columns[name].values)) for name in ("file", "caption"))
        return [name.split("#")[0] for name in names], captions, 1 + headed

    def _coco(self, place: Place, text: str) -> tuple[list[str], list[str]]:
        try:
            found = json.loads(text)
            names = {image["id"]: str(image["file_name"]) for image in found["images"]}
            pairs = [(names[one["image_id"]], str(one["caption"]).strip()) for one in found["annotations"]]
        except (ValueError, TypeError, KeyError) as error:
            why = f"it has no {error}" if isinstance(error, KeyError) else str(error)
            raise place.fault("bad-file", file=self.captions, format="captions of COCO", why=why) from None
        return [name for name, _ in pairs], [caption for _, caption in pairs]

