"""Files given to a trained model: images, rows or texts, read as its own data were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from builder.data.data import Split
from builder.data.files import BadFile, read_text
from builder.data.images import SUFFIXES, load_image
from builder.data.source import Place, known_sources
from builder.data.table import Column, Table, column, texts
from builder.graph.graph import TensorSpec
from builder.graph.plans import DataPlan

TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")


@dataclass(frozen=True)
class Examples:
    """Examples to predict: `names` says where each is from, `split` has their inputs (and no targets)."""

    names: tuple[str, ...]
    split: Split

    def dataset(self, inputs: Mapping[str, TensorSpec], batch: int = 32):
        """Batches of inputs alone, in order."""
        return self.split.dataset(inputs, (), batch, augment=False).map(lambda x, _: x)


def read_examples(plan: DataPlan | None, files: Sequence[str | Path], inputs: Mapping[str, TensorSpec],
                  base: Path | None = None) -> Examples:
    """Reads files as the inputs of a model.

    Images are brought to the input's size; of tables each row is an example, under the columns' names of
    the training data; of other files each line is one, or the whole file where training read files.

    Args:
        plan: the data section the model was trained with, for its source's arguments; None where there is none.
        files: paths, relative to `base`.
        inputs: the model's inputs.
        base: the folder, the current one if left out.

    Raises:
        SpecError: files that are not there or do not read, or that do not give the inputs.
    """
    place = Place(base or Path.cwd())
    paths = [place.file(str(path)) for path in files]
    reader = known_sources()[plan.source.name](**dict(plan.source.args)) if plan else None
    found = [_read(place, path, plan, reader, inputs) for path in paths]
    place.check()
    names = [name for some, _ in found for name in some]
    merged = {name: _joined([columns[name] for _, columns in found]) for name in inputs} if found else {}
    return Examples(tuple(names), Split("predict", merged))


def _joined(columns: list[Column]) -> Column:
    return replace(columns[0], values=np.concatenate([c.values for c in columns]))


def _read(place: Place, path: Path, plan, reader, inputs: Mapping[str, TensorSpec]) -> tuple[list[str], dict[str, Column]]:
    """The names and columns of one file's examples."""
    name, spec = next(iter(inputs.items()))
    if path.name.lower().endswith(TABLES):
        return _rows(place, path, plan, reader, inputs)
    if len(inputs) > 1:
        raise place.fault("predict-inputs", file=place.name(path), inputs=list(inputs))
    if path.suffix.lower() in SUFFIXES:
        return [place.name(path)], {name: _image(place, path, name, spec)}
    if spec.dtype != "string":
        raise place.fault("predict-kind", file=place.name(path), name=name, shape=spec.shape, dtype=spec.dtype)
    return _lines(place, path, name, reader)


def _image(place: Place, path: Path, name: str, spec: TensorSpec) -> Column:
    shape = spec.shape if len(spec.shape) == 3 else (*spec.shape, 1)
    if len(shape) != 3 or shape[-1] not in (1, 3):
        raise place.fault("predict-kind", file=place.name(path), name=name, shape=spec.shape, dtype=spec.dtype)
    try:
        image = load_image(path, None if None in shape else shape[:2], shape[-1])
    except BadFile as error:
        place.spoilt("bad-image", file=place.name(path), why=str(error))
        image = np.zeros(shape, "uint8")
    return column(name, image.reshape(1, *image.shape[: len(spec.shape)]))


def _lines(place: Place, path: Path, name: str, reader) -> tuple[list[str], dict[str, Column]]:
    encoding = getattr(reader, "encoding", "utf-8")
    try:
        text = read_text(path, encoding)
    except BadFile as error:
        raise place.fault("bad-text", file=place.name(path), why=str(error), encoding=encoding) from None
    if type(reader).__name__ == "TextFolder":
        return [place.name(path)], {name: texts(name, [text.strip()])}
    lines = [(i, line.strip()) for i, line in enumerate(text.split("\n"), 1) if line.strip()]
    return [f"{place.name(path)}:{i}" for i, _ in lines], {name: texts(name, [line for _, line in lines])}


def _rows(place: Place, path: Path, plan, reader, inputs) -> tuple[list[str], dict[str, Column]]:
    """The rows of a table, read with the training source's arguments where that was one."""
    fields = plan.fields if plan else {}
    wanted = {name: fields[name].source if name in fields else name for name in inputs}
    strings = tuple(source for name, source in wanted.items() if inputs[name].dtype == "string")
    found = _table(place, path, reader, strings).columns
    for name, source in wanted.items():
        if source not in found:
            raise place.fault("missing-column", column=source, columns=list(found), file=place.name(path))
        if found[source].field.dtype == "string" and source not in strings:
            raise place.fault("data-dtype", name=name, dtype="string", wanted=inputs[name].dtype, why="text")
    size = len(next(iter(found.values())))
    return ([f"{place.name(path)}, row {i}" for i in range(1, size + 1)],
            {name: found[source].named(name) for name, source in wanted.items()})


def _table(place: Place, path: Path, reader, strings: tuple[str, ...]) -> Table:
    """A table's columns; where the spec names the columns, the label's may be left out."""
    known = type(reader).__name__ == "Csv"
    csv = replace(reader if known else known_sources()["Csv"](""), path=place.name(path), label=None, text=strings)
    if known and csv.columns and csv.width(place) == len(csv.columns) - len(reader.labelled):
        csv = replace(csv, columns=tuple(name for name in csv.columns if name not in reader.labelled))
    table = csv.read(place)
    place.check()
    return table
