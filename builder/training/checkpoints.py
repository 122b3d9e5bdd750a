"""Checkpoints: one file each, arrays and a JSON state, sealed with a digest, never pickled."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from builder.diagnostics import Fault, fail
from builder.training.files import write_whole

KEPT = 2
NAME = re.compile(r"step-(\d+)\.npz")


@dataclass(frozen=True)
class Checkpoint:
    """All that training needs to go on: arrays by name and a state of plain values."""

    arrays: Mapping[str, np.ndarray]
    state: Mapping[str, object]


def save(folder: Path, step: int, checkpoint: Checkpoint, keep: int = KEPT) -> Path:
    """Writes the checkpoint of `step`, then removes all but the `keep` newest.

    Raises:
        OSError: the disk is full; the older checkpoints are then untouched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"step-{step:09d}.npz"
    write_whole(path, lambda temporary: np.savez(temporary, **_members(checkpoint)))
    for old in _newest_first(folder)[keep:]:
        old.unlink(missing_ok=True)
    return path


def packed(checkpoint: Checkpoint) -> bytes:
    """A checkpoint as one piece, to be sent to another process."""
    file = io.BytesIO()
    np.savez(file, **_members(checkpoint))
    return file.getvalue()


def read(path) -> Checkpoint:
    """The checkpoint in `path`, or in an open file of bytes.

    Raises:
        ValueError: the file is cut short, altered or not a checkpoint.
    """
    try:
        with np.load(path, allow_pickle=False) as members:
            raw = {name: members[name] for name in members.files}
        header = json.loads(raw.pop("header").tobytes())
        arrays = {name: _typed(raw[name], dtype) for name, dtype in header["dtypes"].items()}
        if _digest(raw, header["state"]) != header["digest"]:
            raise ValueError("its digest does not fit its contents")
    except (OSError, EOFError, KeyError, TypeError, zipfile.BadZipFile, ValueError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None
    return Checkpoint(arrays, header["state"])


def newest(folder: Path) -> tuple[Checkpoint | None, list[Fault]]:
    """The newest checkpoint that is whole, and a warning for each newer one that is not.

    Raises:
        SpecError: `checkpoints-unreadable`, there are checkpoints and none is whole.
    """
    warnings = []
    paths = _newest_first(folder)
    for path in paths:
        try:
            return read(path), warnings
        except ValueError as error:
            warnings.append(Fault("corrupt-checkpoint", None, {"path": path, "reason": str(error)}, severity="warning"))
    if paths:
        raise fail("checkpoints-unreadable", None, folder=folder, count=len(paths))
    return None, warnings


def _newest_first(folder: Path) -> list[Path]:
    found = [(int(match[1]), path) for path in folder.glob("step-*.npz") if (match := NAME.fullmatch(path.name))]
    return [path for _, path in sorted(found, reverse=True)]


def _members(checkpoint: Checkpoint) -> dict[str, np.ndarray]:
    dtypes = {name: str(array.dtype) for name, array in checkpoint.arrays.items()}
    raw = {name: _plain(array) for name, array in checkpoint.arrays.items()}
    # Through JSON once before the digest, so that reading it back gives the same text.
    state = json.loads(json.dumps(checkpoint.state))
    header = {"format": 1, "dtypes": dtypes, "state": state, "digest": _digest(raw, state)}
    return {**raw, "header": np.frombuffer(json.dumps(header).encode(), np.uint8)}


def _plain(array: np.ndarray) -> np.ndarray:
    """Types numpy does not know (bfloat16, float8) as whole numbers of their width."""
    array = np.asarray(array)
    return array.view(f"u{array.dtype.itemsize}") if array.dtype.kind == "V" else array


def _typed(array: np.ndarray, dtype: str) -> np.ndarray:
    if str(array.dtype) == dtype:
        return array
    import ml_dtypes

    return array.view(getattr(ml_dtypes, dtype))


def _digest(arrays: Mapping[str, np.ndarray], state: object) -> str:
    """blake2b over names, types, shapes and bytes; zip's own 32 bits guard against decay, not against mixing."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(array.data if array.size else b"")
    digest.update(json.dumps(state, sort_keys=True).encode())
    return digest.hexdigest()
