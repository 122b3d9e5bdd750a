"""The contact sheet of a batch: examples as the network will see them, with what its outputs are compared with below each."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from textwrap import wrap

import numpy as np

from builder.data.table import Field
from builder.diagnostics import fail
from builder.draw.document import Part, document
from builder.graph.plans import PhasePlan
from builder.report.closing import about_data
from builder.report.images import is_film, is_seen, picture, thumbnail
from builder.report.markup import plural, section, table
from builder.report.page import about_fields
from builder.report.web import asset
from builder.training.mistakes import plain_numbers, text_of
from builder.training.plain import plain

MOST = 64  # examples of a batch that are shown
COLUMNS, FIELDS, LONGEST = 8, 16, 300
GAP, LINE, LETTERS = 12, 16, 18  # pixels between cells and of a line, letters below a lone image


@dataclass(frozen=True, eq=False)
class Batch:
    """A training batch: the values of the inputs and of the targets by field, (examples, ...), after augmentation.

    `spans` are what is black and white in fields of images.
    """

    inputs: Mapping[str, np.ndarray]
    targets: Mapping[str, np.ndarray]
    fields: Mapping[str, Field]
    spans: Mapping[str, tuple[float, float] | None]

    @property
    def size(self) -> int:
        return len(next(iter(self.inputs.values())))

    @property
    def values(self) -> dict[str, np.ndarray]:
        return {**self.targets, **self.inputs}

    @property
    def pictured(self) -> list[str]:
        """The fields that can be looked at, inputs first."""
        return [name for name, values in {**self.inputs, **self.targets}.items() if is_seen(values.shape[1:])]

    def span(self, name: str) -> tuple[float, float] | None:
        return (0, 255) if self.fields[name].dtype == "uint8" else self.spans.get(name)

    def captions(self, number: int) -> list[tuple[str, str]]:
        """What is written below an example, targets first: the field and its value."""
        return [(name, told(self.fields[name], values[number])) for name, values in self.values.items() if name not in self.pictured]


def first_batch(data, inputs: Mapping, phases: Sequence[PhasePlan] = ()) -> Batch:
    """The first batch that a run trains on, or as much of it as is shown; without a seed a run has an order of its own.

    Args:
        data: of the run.
        inputs: the model's inputs, as `Split.dataset` takes them.
        phases: the first of them says what outputs are compared with; without one all other fields are shown.
    """
    train = data.splits["train"]
    compared = [loss.target for loss in phases[0].losses.values() if loss.recipe] if phases else [name for name in data.fields if name not in inputs]
    seed = (phases[0].seed if phases else None) or 0
    x, y, *_ = next(iter(train.dataset(inputs, tuple(dict.fromkeys(compared)), min(data.batch, train.size), shuffle_seed=seed)))
    shown = [{name: value.numpy()[:MOST] for name, value in some.items()} for some in (x, y)]
    images = {name for some in shown for name, values in some.items() if is_seen(values.shape[1:])}
    return Batch(*shown, data.fields, {name: train.spread(name) for name in images})


def told(field: Field, value: np.ndarray) -> str:
    """One value for a person: a text, the name of its class, the shares of mixed classes, or numbers."""
    value, classes = np.asarray(value), field.classes
    if value.dtype == object or value.dtype.kind in "SU":
        return _cut(" · ".join(text_of(one) for one in value.ravel()[:8]))
    if classes and value.size == 1 and 0 <= int(value.item()) < len(classes):
        return classes[int(value.item())]
    if classes and value.shape == (len(classes),):
        return _shares(classes, value)
    if value.size > 12:
        return f"{' × '.join(map(str, value.shape))} values"
    numbers = plain_numbers(value)
    return ", ".join(map(_number, numbers)) if isinstance(numbers, list) else _number(numbers)


def _shares(classes: tuple[str, ...], value: np.ndarray) -> str:
    """`cat`, or of a mixed example `cat 70 %, dog 30 %`."""
    order = [i for i in np.argsort(-value, kind="stable") if round(100 * float(value[i])) > 0]
    return classes[order[0]] if len(order) == 1 else ", ".join(f"{classes[i]} {value[i]:.0%}" for i in order[:3])


def _number(value: object) -> str:
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _cut(text: str, most: int = LONGEST) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def write_sheet(path: Path, batch: Batch, data, name: str) -> None:
    """The sheet of a spec's data as a page or, where examples are images, as a picture.

    Raises:
        SpecError: `sheet-format` for another suffix, or for a picture of what is no image.
        OSError: the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in (".html", ".png") or suffix == ".png" and not batch.pictured:
        raise fail("sheet-format", suffix=suffix)
    path.write_bytes(sheet_png(batch) if suffix == ".png" else sheet_page(batch, data, name).encode())


def sheet_page(batch: Batch, data, name: str) -> str:
    """The sheet with the fields, the splits and how often each class is in them."""
    shown = _cards(batch) if batch.pictured else _rows(batch)
    info = {"inputs": batch.inputs, "targets": {field: field for field in batch.targets}, "data": about_data(data, batch.targets),
            "fields": {field: plain(one) for field, one in data.fields.items()}}
    head = f"<h1>{escape(name)}</h1><p>{plural(batch.size, 'example')} of the first training batch, as the network will see them.</p>"
    return document(f"{name} · data", [Part(f"<main>{head}{shown}{section('data', 'Data', about_fields(info))}</main>", asset("report.css"))])


def _cards(batch: Batch) -> str:
    films = " films" if any(is_film(batch.values[name].shape[1:]) for name in batch.pictured) else ""
    return f'<div class="cards{films}">{"".join(_card(batch, number) for number in range(batch.size))}</div>'


def _card(batch: Batch, number: int) -> str:
    captions = batch.captions(number)
    lone, named = len(captions) == 1, len(batch.pictured) > 1
    images = "".join(f'<figure><img alt="{escape(name)} of example {number}" src="{picture(_values(batch, name)[number], batch.span(name))}">'
                     f"<figcaption>{escape(name) if named else ''}</figcaption></figure>" for name in batch.pictured)
    words = "".join(f"<p>{'' if lone else escape(name) + ' '}<b>{escape(value)}</b></p>" for name, value in captions[:FIELDS])
    return f'<div class="card"><div class="images">{images}</div>{words}</div>'


def _values(batch: Batch, name: str) -> np.ndarray:
    return batch.inputs[name] if name in batch.inputs else batch.targets[name]


def _rows(batch: Batch) -> str:
    names = list(batch.values)[:FIELDS]
    rows = [[value for _, value in batch.captions(number)[:FIELDS]] for number in range(batch.size)]
    more = len(batch.values) - len(names)
    return table(names, rows, "rows") + (f"<p>And {plural(more, 'field')} more.</p>" if more > 0 else "")


def sheet_png(batch: Batch) -> bytes:
    """The images of a batch in rows, their labels below them, as PNG."""
    from PIL import Image

    cells = [_cell(batch, number) for number in range(batch.size)]
    columns = min(len(cells), max(1, COLUMNS // len(batch.pictured)))
    wide, high = (max(cell.size[axis] for cell in cells) + GAP for axis in (0, 1))
    sheet = Image.new("RGB", (columns * wide + GAP, -(-len(cells) // columns) * high + GAP), "white")
    for number, cell in enumerate(cells):
        sheet.paste(cell, (GAP + number % columns * wide, GAP + number // columns * high))
    file = io.BytesIO()
    sheet.save(file, "PNG", optimize=True)
    return file.getvalue()


def _cell(batch: Batch, number: int):
    """One example: its images side by side, a line of text for each other field."""
    from PIL import Image, ImageDraw

    images = [Image.fromarray(np.ascontiguousarray(thumbnail(_values(batch, name)[number], batch.span(name)))) for name in batch.pictured]
    captions = _lines(batch.captions(number)[:4], LETTERS * len(images))
    wide, high = sum(image.width for image in images) + 4 * (len(images) - 1), max(image.height for image in images)
    cell = Image.new("RGB", (wide, high + 4 + LINE * len(captions)), "white")
    left = 0
    for image in images:
        cell.paste(image.convert("RGB"), (left, 0))
        left += image.width + 4
    for line, said in enumerate(captions):
        ImageDraw.Draw(cell).text((0, high + 3 + LINE * line), said, "#1e293b", _font())
    return cell


def _lines(captions: list[tuple[str, str]], letters: int) -> list[str]:
    """Captions in lines of so many letters; one alone, which needs no name, may take two."""
    if len(captions) == 1:
        return wrap(captions[0][1], letters, max_lines=2, placeholder="…")
    return [_cut(f"{name} {value}", letters) for name, value in captions]


def _font():
    import matplotlib
    from PIL import ImageFont

    return ImageFont.truetype(matplotlib.get_data_path() + "/fonts/ttf/DejaVuSans.ttf", 11)
