"""Files that are whole or absent: written under another name, flushed to the disk, then renamed."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
FULL_SAID = ("No space left on device", "Disk quota exceeded", "errno = 28", "errno = 122")


def write_whole(path: Path, fill: Callable[[Path], object], lasting: bool = True) -> None:
    """Lets `fill` make a temporary neighbour of `path`, of the same suffix, and renames it once the disk has it.

    A process killed at any moment leaves either the old file or the new one. The temporary file is
    removed where `fill` fails, so that a full disk does not stay fuller than need be. Waiting for the
    disk takes tens of milliseconds: what can be made anew need not be `lasting`.

    Raises:
        OSError: the disk is full, or the folder cannot be written to.
    """
    path = Path(path)
    temporary = path.with_name(f".tmp.{path.name}")
    try:
        fill(temporary)
        if lasting:
            _flush(temporary)
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and str(error.filename) == str(temporary):
            error.filename = str(path)  # the name that the user knows
        raise
    if lasting:
        sync_folder(path.parent)


def _flush(path: Path) -> None:
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def sweep(folder: Path) -> None:
    """Removes what a killed process has left half written."""
    for stale in folder.glob(".tmp.*"):
        stale.unlink(missing_ok=True)


def is_full(error: BaseException) -> bool:
    """Whether an error is a full disk's; HDF5 and TensorFlow tell it in their text alone."""
    return getattr(error, "errno", None) in FULL or any(said in str(error) for said in FULL_SAID)


def sync_folder(folder: Path) -> None:
    """Makes a rename in `folder` last through a power cut; where folders cannot be opened, nothing."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str, lasting: bool = True) -> None:
    """`text` as UTF-8, whole or not at all."""
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8", newline=""), lasting)


def write_json(path: Path, value: object, lasting: bool = True) -> None:
    """`value` as indented JSON, whole or not at all."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n", lasting)


def read_json(path: Path, default: object = None) -> object:
    """What `path` holds, or `default` where it is missing or not JSON."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return default
