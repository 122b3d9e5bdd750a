"""Files of weights: `.keras`, `.weights.h5`, `.npz` and `.safetensors`, read by names, an array when it is asked for.

Nothing of a file is run and nothing unpickled: of a `.keras` only its arrays are read, never its description of layers. An array
is read once its shape is known to be the wanted one, so that no file can ask for more memory than the model has.
"""

import contextlib
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

ENDINGS = (".keras", ".weights.h5", ".npz", ".safetensors")
DEEPEST, MOST, SQUEEZED = 32, 200_000, 100


class Unreadable(Exception):
    """A file of weights cannot be read; the message is for the user."""


@dataclass(frozen=True)
class Entry:
    """One array of a file: its shape, and how to read it."""

    shape: tuple[int, ...]
    read: Callable[[], np.ndarray]


Entries = Mapping[str, Entry]


def is_file_of_weights(name: str) -> bool:
    return name.endswith(ENDINGS)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Entries]:
    """The arrays of a file by dotted name: `block.conv.0` as Keras counts a layer's weights, or `block.conv.kernel`.

    Raises:
        Unreadable: there is no such file, it is damaged, or it holds what is not taken from a file.
    """
    if not path.is_file():
        raise Unreadable("there is no such file")
    reader = next((reader for ending, reader in READERS.items() if path.name.endswith(ending)), None)
    if reader is None:
        raise Unreadable(f"its name ends in none of {', '.join(ENDINGS)}")
    with contextlib.ExitStack() as stack:
        try:
            entries = reader(path, stack)
        except Unreadable:
            raise
        except Exception as error:  # whatever zipfile, h5py, numpy or safetensors make of a damaged file
            raise Unreadable(str(error).split("\n")[0] or type(error).__name__) from None
        yield entries


def _keras(path: Path, stack: contextlib.ExitStack) -> Entries:
    """The arrays of a model's archive, taken out first: in a member of a zip every step back begins again at its start."""
    archive, name = stack.enter_context(zipfile.ZipFile(path)), "model.weights.h5"
    member = archive.getinfo(name)
    if member.file_size > SQUEEZED * max(member.compress_size, 1):
        raise Unreadable(f"its weights are squeezed to less than a {SQUEEZED}th")
    return _h5(archive.extract(member, stack.enter_context(tempfile.TemporaryDirectory())), stack)


def _h5(file, stack: contextlib.ExitStack) -> Entries:
    import h5py

    found: dict[str, Entry] = {}
    _model(stack.enter_context(h5py.File(file, "r")), "", found, 0)
    return found


def _model(group, prefix: str, found: dict[str, Entry], depth: int) -> None:
    """The layers of a model, and those of models within it, under the names that Keras keeps beside their arrays."""
    for layer in _children(group, "layers", depth):
        name = layer["vars"].attrs.get("name") if "vars" in layer else None
        if not isinstance(name, str):
            raise Unreadable("it keeps no names of layers; save it again with a newer Keras")
        network = _network(layer, depth)
        if network is not None:
            _model(network, f"{prefix}{name}.", found, depth + 1)
        else:
            _layer(layer, f"{prefix}{name}.", found, depth + 1)


def _network(layer, depth: int):
    """The model that a layer is, or that its recurrent cell is; None where it is a plain layer."""
    if "layers" in layer:
        return layer
    cell = _members(layer, depth).get("cell")
    network = _members(cell, depth).get("network") if cell is not None else None
    return network if network is not None and "layers" in network else None


def _layer(group, prefix: str, found: dict[str, Entry], depth: int) -> None:
    for name, child in _members(group, depth).items():
        if name == "vars":
            found |= {f"{prefix}{key}": _entry(array) for key, array in _members(child, depth).items()}
        else:
            _layer(child, f"{prefix}{name}.", found, depth + 1)
    if len(found) > MOST:
        raise Unreadable(f"it has more than {MOST:,} arrays")


def _children(group, name: str, depth: int) -> list:
    return list(_members(group[name], depth).values()) if name in group else []


def _members(group, depth: int) -> dict[str, object]:
    """What lies in a group of HDF5 itself: a link may lead into any file of the machine, or in a circle."""
    import h5py

    if depth > DEEPEST:
        raise Unreadable(f"it is nested deeper than {DEEPEST} levels")
    if not isinstance(group, h5py.Group) or not all(isinstance(group.get(name, getlink=True), h5py.HardLink) for name in group):
        raise Unreadable("it has links in place of arrays")
    return {name: group[name] for name in group}


def _entry(array) -> Entry:
    if array.external or array.is_virtual:
        raise Unreadable("its arrays lie in other files")
    return Entry(tuple(array.shape), lambda: _typed(array[()], array.attrs.get("dtype")))


def _typed(array: np.ndarray, dtype: object) -> np.ndarray:
    """HDF5 has no bfloat16: Keras writes its bytes, and the name beside."""
    if dtype != "bfloat16":
        return array
    import ml_dtypes

    return array.view(ml_dtypes.bfloat16)


def _npz(path: Path, stack: contextlib.ExitStack) -> Entries:
    arrays = stack.enter_context(np.load(path, allow_pickle=False))
    return {_dotted(name): Entry(_npy_shape(arrays.zip, name), lambda name=name: arrays[name]) for name in arrays.files}


def _npy_shape(archive: zipfile.ZipFile, name: str) -> tuple[int, ...]:
    """The shape by an array's head alone."""
    with archive.open(f"{name}.npy") as file:
        head = np.lib.format.read_array_header_1_0 if np.lib.format.read_magic(file) == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = head(file)
    if dtype.hasobject:
        raise Unreadable(f"`{name}` holds Python objects, not numbers")
    return shape


def _safetensors(path: Path, stack: contextlib.ExitStack) -> Entries:
    if find_spec("safetensors") is None:
        raise Unreadable("reading it needs the package safetensors: `pip install 'keras-bricks[safetensors]'`")
    from safetensors import safe_open

    file = stack.enter_context(safe_open(path, framework="numpy"))
    return {_dotted(name): Entry(tuple(file.get_slice(name).get_shape()), lambda name=name: file.get_tensor(name)) for name in file.keys()}


def _dotted(name: str) -> str:
    """`dense/kernel`, as `keras.Variable.path` has it, is `dense.kernel`."""
    return name.replace("/", ".")


READERS = {".keras": _keras, ".weights.h5": _h5, ".npz": _npz, ".safetensors": _safetensors}
