"""KerasDataset: every data set of keras.datasets, by name."""

import contextlib
import importlib
import inspect
import io
import re
from dataclasses import dataclass
from types import ModuleType

from builder.data.source import Place, source
from builder.data.table import Column, Table, column, labels
from builder.diagnostics import near


@source
@dataclass(frozen=True)
class KerasDataset:
    """A data set that Keras downloads: mnist, fashion_mnist, cifar10, cifar100, imdb, reuters, ...

    Keras keeps it in `~/.keras/datasets`, so that it is downloaded once. Its test part is the
    source's own test split.

    Args:
        name: the module of `keras.datasets`.
        num_words: of texts, the number of most frequent words to keep.
        length: of texts, the words to cut or pad to, at the front; left out, the longest text's.
        label_mode: of cifar100, `fine` or `coarse`.
        version: of california_housing, `large` or `small`.

    Fields:
        image: of pictures, (height, width, channels), uint8 from 0 to 255.
        tokens: of texts, (length,), int64 word numbers, padded with 0.
        features: of tables, (columns,), float32.
        label: a class; of tables `target`, a float32.
    """

    name: str
    num_words: int | None = None
    length: int | None = None
    label_mode: str | None = None
    version: str | None = None

    def read(self, place: Place) -> Table:
        module = self._module(place)
        options = self._options(place, module)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                train, test = module.load_data(**options)
        except Exception as error:  # noqa: BLE001 - a download fails in a dozen ways; Keras wraps some and not others
            raise place.fault("no-download", name=self.name, why=_short(error)) from None
        length = self.length or max((len(x) for part in (train, test) for x in part[0]), default=0)
        own = Table(self._columns(module, *test, length, test))
        return Table(self._columns(module, *train, length, test), {"test": own})

    def _module(self, place: Place) -> ModuleType:
        names = dataset_names()
        if self.name not in names:
            raise place.fault("unknown-dataset", name=self.name, near=near(self.name, names), names=names)
        return importlib.import_module(f"keras.datasets.{self.name}")

    def _options(self, place: Place, module: ModuleType) -> dict:
        """The arguments that are given, each of which the data set must take."""
        takes = inspect.signature(module.load_data).parameters
        given = {k: v for k in ("num_words", "label_mode", "version") if (v := getattr(self, k)) is not None}
        for name, value in given.items():
            if name not in takes:
                raise place.fault("source-argument", argument=name, given=value, wanted=f"left out for `{self.name}`")
        return given

    def _columns(self, module: ModuleType, x, y, length: int, test: tuple) -> dict[str, Column]:
        import numpy as np

        y = np.asarray(y).reshape(len(y))
        count = int(max(y.max(), np.max(test[1]))) + 1 if y.dtype.kind in "iu" else 0
        answer = labels("label", y, _classes(module, count)) if count else column("target", y.astype("float32"))
        return {c.field.name: c for c in (_inputs(x, length), answer)}


def dataset_names() -> list[str]:
    """Every public module of keras.datasets that loads data."""
    import keras

    found = [n for n in dir(keras.datasets) if not n.startswith("_")]
    return sorted(n for n in found if hasattr(getattr(keras.datasets, n), "load_data"))


def _inputs(x, length: int) -> Column:
    import keras

    if x.dtype == object:
        return column("tokens", keras.utils.pad_sequences(x, maxlen=length, dtype="int64"))
    if x.ndim == 2:
        return column("features", x.astype("float32"))
    return column("image", x[..., None] if x.ndim == 3 else x)


def _classes(module: ModuleType, count: int) -> tuple[str, ...]:
    """Class names as Keras tells them, in code or in the docstring's table; else the numbers."""
    if hasattr(module, "get_label_names"):
        with contextlib.suppress(Exception):
            return tuple(module.get_label_names())
    rows = re.findall(r"\|\s*(\d+)\s*\|\s*([^|\n]+?)\s*\|", module.load_data.__doc__ or "")
    names = {int(number): name for number, name in rows}
    return tuple(names.get(i, str(i)) for i in range(count))


def _short(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
