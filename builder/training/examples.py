"""Examples for prediction, out of images, CSV rows, texts and arrays, brought to a run's inputs."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from builder.data.files import BadFile, read_text
from builder.data.images import SUFFIXES, load_image
from builder.data.rows import clean, rows_of
from builder.data.samplers.windows import PHASE, phase
from builder.diagnostics import Fault, Faults

TABLES = (".csv", ".tsv", ".data")
MISSING = ("", "?", "NA", "N/A", "NaN", "nan", "null")


@dataclass(frozen=True)
class Example:
    """One example: where it came from and a value for each input."""

    source: str
    inputs: Mapping[str, object]

    @property
    def shapes(self) -> tuple:
        return tuple(np.shape(value) for value in self.inputs.values())


@dataclass(frozen=True)
class Reading:
    """How a run read its data, out of its `run.json`: `source` there is the spec's data section. Files need not bring the inputs `drawn`."""

    info: Mapping
    drawn: tuple[str, ...] = ()

    @property
    def inputs(self) -> Mapping[str, Mapping]:
        """The inputs that files bring; all, where each could be drawn."""
        needed = {name: spec for name, spec in self.info["inputs"].items() if name not in self.drawn}
        return needed or self.info["inputs"]

    @property
    def texts(self) -> list[str]:
        return [name for name, spec in self.inputs.items() if spec["dtype"] == "string"]

    @property
    def images(self) -> list[str]:
        return [name for name in self.inputs if name not in self.texts]

    @cached_property
    def source(self) -> tuple[str, Mapping]:
        """The source's name and arguments; empty where the run does not say."""
        made = (self.info.get("source") or {}).get("source") or {"": {}}
        return next(iter(made.items()))

    def column(self, name: str) -> str:
        """What the source itself calls a field."""
        renamed = (self.info.get("source") or {}).get("fields") or {}
        return renamed.get(name, {}).get("source", name)

    @property
    def window(self) -> Mapping:
        """The arguments of `Windows`, where the run forecasts from stretches of a table's rows; else empty."""
        drawn = (self.info.get("source") or {}).get("sample") or []
        found = next((one["Windows"] for one in drawn if "Windows" in one), {})
        return found if found.get("names", ["past"])[0] in self.images else {}

    def shape(self, name: str) -> tuple:
        """An input's shape with its free sizes taken from the training data."""
        wanted = self.inputs[name]["shape"]
        given = self.info["fields"].get(name, {}).get("shape", [])
        given = given if len(given) == len(wanted) else [None] * len(wanted)
        return tuple(one if one is not None else other for one, other in zip(wanted, given))


def examples(files: Sequence[str | Path], texts: Sequence[str], reading: Reading, faults: Faults) -> Iterator[Example]:
    """Every example of the files, then of the texts; what cannot be read goes to `faults`."""
    images = [Path(file) for file in files if Path(file).suffix.lower() in SUFFIXES]
    yield from _images(images, reading, faults)
    for file in (Path(file) for file in files):
        if file not in images:
            yield from _tried(file, reading, faults)
    for number, text in enumerate(texts, 1):
        yield Example(f"text {number}", {name: np.array(text, object) for name in _one_text(reading, f"text {number}", faults)})


def _tried(file: Path, reading: Reading, faults: Faults) -> Iterator[Example]:
    suffix = file.suffix.lower()
    try:
        if suffix in (".npz", ".npy"):
            yield from _arrays(file, reading, faults)
        elif suffix in TABLES or not reading.texts:
            yield from _rows(file, reading, faults)
        else:
            yield from _texts(file, reading, faults)
    except (OSError, BadFile, ValueError) as error:
        _unreadable(faults, file, error)


def _unreadable(faults: Faults, file: Path, error: Exception) -> None:
    reason = getattr(error, "strerror", None) or str(error)
    faults.add(Fault("predict-unreadable", None, {"file": str(file), "reason": reason}))


def _misfit(faults: Faults, source: str, what: str, reading: Reading) -> None:
    wanted = {name: (tuple(spec["shape"]), spec["dtype"]) for name, spec in reading.inputs.items()}
    faults.add(Fault("predict-misfit", None, {"source": source, "what": what, "inputs": wanted}))


def _images(files: list[Path], reading: Reading, faults: Faults) -> Iterator[Example]:
    names = reading.images
    if not files:
        return
    if reading.texts or len(files) % max(len(names), 1):
        _misfit(faults, str(files[-1]), "an image" if len(files) == 1 else f"{len(files)} images", reading)
        return
    for start in range(0, len(files), len(names)):
        group = files[start : start + len(names)]
        try:
            values = {name: _image(file, name, reading) for name, file in zip(names, group)}
        except (OSError, BadFile, ValueError) as error:
            _unreadable(faults, group[0], error)
            continue
        yield Example(" ".join(map(str, group)), values)


def _image(file: Path, name: str, reading: Reading) -> np.ndarray:
    """One image in the shape and the range that the run's images had."""
    shape = reading.shape(name)
    height, width, channels = image_shape(shape)
    _, arguments = reading.source
    pixels = load_image(file, None if height is None or width is None else (height, width), channels, arguments.get("resize", "stretch"))
    field = reading.info["fields"].get(name, {})
    if field.get("range") and field.get("dtype", "").startswith("float"):
        low, high = field["range"]
        pixels = pixels.astype("float32") / 255 * (high - low) + low
    return pixels if len(shape) == 3 else pixels.reshape([-1 if size is None else size for size in shape])


def image_shape(shape: tuple) -> tuple:
    """Height, width and channels of the image that an input of any rank holds; a flat one is a square."""
    if len(shape) == 3:
        return shape
    if len(shape) == 2:
        return (*shape, 1)
    if len(shape) == 1 and shape[0]:
        for channels in (1, 3):
            side = math.isqrt(shape[0] // channels)
            if side * side * channels == shape[0]:
                return side, side, channels
    raise ValueError(f"the model's input has the shape {shape}, which is none of an image")


def _texts(file: Path, reading: Reading, faults: Faults) -> Iterator[Example]:
    source, arguments = reading.source
    text = read_text(file, arguments.get("encoding", "utf-8"))
    whole = source == "TextFolder"
    for name in _one_text(reading, str(file), faults):
        lines = [text.strip()] if whole else text.split("\n")
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield Example(str(file) if whole else f"{file}:{number}", {name: np.array(line.strip(), object)})


def _one_text(reading: Reading, source: str, faults: Faults) -> list[str]:
    """The model's one input, which takes text; else a fault and nothing."""
    if len(reading.inputs) == 1 and reading.texts:
        return reading.texts
    _misfit(faults, source, "text", reading)
    return []


def _rows(file: Path, reading: Reading, faults: Faults) -> Iterator[Example]:
    """Rows by column name where the first row has them, else in the order of the inputs or of the fields."""
    source, arguments = reading.source
    arguments = arguments if source == "Csv" else {}
    text = read_text(file, arguments.get("encoding", "utf-8"))
    rows = rows_of(text, arguments.get("separator"), arguments.get("quote", '"'))
    columns = {name: reading.column(name) for name in reading.inputs}
    if not rows:
        return
    if window := reading.window:
        yield _stretch(file, rows, window, reading)
        return
    first = clean(rows[0].cells, arguments.get("strip", ""))
    named = set(columns.values()) <= set(first)
    headed = not set(columns.values()).isdisjoint(first)
    order = first if named else None if headed else _order(len(first), columns, reading)
    if order is None:
        lacking = [column for column in columns.values() if column not in first]
        faults.add(Fault("predict-columns", None, {"file": str(file), "lacking": lacking, "columns": first}))
        return
    missing = arguments.get("missing", MISSING)
    for row in rows[1 if named else 0 :]:
        cells = dict(zip(order, clean(row.cells, arguments.get("strip", ""))))
        where = f"{file}:{row.line}"
        try:
            yield Example(where, {name: _cell(cells[columns[name]], name, reading, missing) for name in columns})
        except KeyError as error:
            _unreadable(faults, Path(where), ValueError(f"the row has no cell for the column {error}"))
        except ValueError as error:
            _unreadable(faults, Path(where), error)


def _stretch(file: Path, rows: Sequence, window: Mapping, reading: Reading) -> Example:
    """The last rows of a table, as they stand there, as the window that a run forecasts from. A season is counted from the table's first row."""
    past, *others = sorted(reading.inputs, key=lambda name: name != window.get("names", ["past"])[0])
    lacking = [name for name in others if name != PHASE or not window.get("season")]
    if lacking:
        raise ValueError(f"`{lacking[0]}` is not in its rows; give arrays of {', '.join(map(repr, (past, *others)))} in a .npz file")
    _, arguments = reading.source
    length, width = reading.shape(past)
    given = arguments.get("columns")
    names = given or clean(rows[0].cells, arguments.get("strip", ""))
    wanted = [reading.column(name) for name in window.get("columns") or [name for name in names if name != reading.info["source"].get("order")]]
    if len(wanted) != width or not set(wanted) <= set(names):
        read = ", ".join(f"`{name}`" for name in window.get("columns") or [f"{width} columns"])
        raise ValueError(f"a forecast reads {read}; columns there are: {', '.join(names)}")
    series = rows[0 if given else 1 :]
    if len(series) < length:
        raise ValueError(f"a forecast is made from {length} rows, and there are {len(series)}")
    missing, places = arguments.get("missing", MISSING), [names.index(name) for name in wanted]
    body = [clean(row.cells, arguments.get("strip", "")) for row in series[-length:]]
    values = [[math.nan if row[place] in missing else _number(row[place], names[place]) for place in places] for row in body]
    last = np.array(len(series) - 1)
    return Example(f"{file}, after line {rows[-1].line}", {past: np.array(values, "float32")} | {name: phase(last, window["season"]) for name in others})


def _order(count: int, columns: Mapping[str, str], reading: Reading) -> list[str] | None:
    """What the columns of a file without a header are, by their count alone."""
    fields = list(reading.info["fields"])
    unlabelled = [name for name in fields if name not in reading.info.get("targets", {}).values()]
    orders = (columns.values(), [reading.column(name) for name in fields], [reading.column(name) for name in unlabelled])
    return next((list(names) for names in orders if len(names) == count), None)


def _cell(cell: str, name: str, reading: Reading, missing: Sequence[str]) -> object:
    shape = tuple(reading.inputs[name]["shape"])
    if name in reading.texts:
        value: object = np.array("" if cell in missing else cell, object)
    else:
        value = np.array(math.nan if cell in missing else _number(cell, reading.column(name)), "float32")
    return np.reshape(value, [1 if size is None else size for size in shape])


def _number(cell: str, column: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise ValueError(f"the column `{column}` holds numbers, and this is the text {cell[:40]!r}") from None


def _arrays(file: Path, reading: Reading, faults: Faults) -> Iterator[Example]:
    """Arrays of examples by field; a lone array in the shape of the one input, such as a film, is one example."""
    loaded = np.load(file, allow_pickle=False)
    one = next(iter(reading.inputs))
    if isinstance(loaded, np.ndarray) and len(reading.inputs) == 1 and loaded.shape == tuple(reading.inputs[one]["shape"]):
        yield Example(str(file), {one: loaded})
        return
    arrays = {one: loaded} if isinstance(loaded, np.ndarray) else {name: loaded[name] for name in loaded.files}
    lacking = [name for name in reading.inputs if reading.column(name) not in arrays and name not in arrays]
    if lacking:
        faults.add(Fault("predict-columns", None, {"file": str(file), "lacking": lacking, "columns": list(arrays)}))
        return
    brought = [name for name in reading.drawn if name in arrays and name not in reading.inputs]
    values = {name: arrays.get(name, arrays.get(reading.column(name))) for name in (*reading.inputs, *brought)}
    for number in range(min(len(array) for array in values.values())):
        yield Example(f"{file}[{number}]", {name: _shaped(array[number], name, reading) for name, array in values.items()})


def _shaped(value: object, name: str, reading: Reading) -> np.ndarray:
    """A value of the rank its input wants: a lone one and a list of one stand for each other."""
    value, wanted = np.asarray(value), reading.info["inputs"][name]["shape"]
    return value if value.ndim == len(wanted) else value.reshape([-1 if size is None else size for size in wanted])
