"""The cache on disk: decoded columns of a source, made once, found again by what they were made from.

An entry is a folder of `.npy` files and `entry.json`. It is written under a temporary name and renamed when it
is whole, so that neither a crash nor a second process can leave or see a half one.
"""

import errno
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from builder.data.store import Store, Stored, StoredTexts

SETTING = "BRICKS_CACHE"
FORMAT = 3
ABOUT = "entry.json"
MAKING = ".making-"
STALE = 24 * 3600  # seconds after which what another machine left unfinished is taken away
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.EIO, errno.ENOTDIR, errno.ENOENT, errno.EEXIST)


def cache_folder() -> Path:
    """Where decoded data are kept: what BRICKS_CACHE says, else `data` in the user's cache folder of this program."""
    from builder.catalog.cache import cache_folder as programs

    given = os.environ.get(SETTING)
    return Path(given).expanduser() if given else programs() / "data"


@dataclass(frozen=True)
class Entry:
    """What is kept of one source, named as the spec does: its columns, what else it found out, when it was made, its bytes."""

    folder: Path
    source: str
    made: str
    size: int
    columns: Mapping[str, Store]
    facts: Mapping[str, object]
    bad: tuple[tuple[str, dict], ...] = ()


@dataclass(frozen=True)
class Key:
    """What an entry is found by: `about` the source as it is written, `state` also how its files are now."""

    about: str
    state: str

    @property
    def name(self) -> str:
        return f"{self.about[:12]}-{self.state[:24]}"


def key_of(source: str, files: Iterable[Path]) -> Key:
    """The key of a source with its arguments and the files it reads, by their sizes and times of change."""
    about, state = hashlib.sha256(f"{FORMAT} {source}".encode()), hashlib.sha256()
    for number, path in enumerate(files):
        full, now = os.path.abspath(path), os.stat(path)
        if not number:
            about.update(full.encode("utf-8", "surrogateescape"))
        state.update(f"{full} {now.st_size} {now.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return Key(about.hexdigest(), hashlib.sha256(f"{about.hexdigest()} {state.hexdigest()}".encode()).hexdigest())


def find(key: Key) -> Entry | None:
    """The entry of a key; None where there is none, or where its files are not what they were."""
    folder = cache_folder() / key.name
    try:
        return _opened(folder)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        shutil.rmtree(folder, ignore_errors=True)
        return None


def entries() -> list[Entry]:
    """Every whole entry there is, the newest first."""
    found = []
    for path in cache_folder().glob(f"*/{ABOUT}"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            found.append(_opened(path.parent))
    return sorted(found, key=lambda entry: entry.made, reverse=True)


def _opened(folder: Path) -> Entry:
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    if about["format"] != FORMAT:
        raise ValueError("an entry of another version")
    columns = {name: _store(folder, one) for name, one in about["columns"].items()}
    bad = tuple((kind, dict(facts)) for kind, facts in about["bad"])
    return Entry(folder, about["source"], about["made"], about["size"], columns, about["facts"], bad)


def _store(folder: Path, one: Mapping) -> Store:
    content = _array(folder / one["file"], None if "ends" in one else one["digest"])
    return StoredTexts(content, _array(folder / one["ends"], None), one["digest"]) if "ends" in one else content


def _array(path: Path, digest: str | None) -> Stored:
    """An `.npy` file as rows; ValueError where it is shorter than it says."""
    with open(path, "rb") as file:
        np.lib.format.read_magic(file)
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
        found = Stored(path, file.tell(), dtype, shape, digest)
    if fortran or path.stat().st_size != found.offset + found.size:
        raise ValueError("a file of the cache was cut short")
    return found


def begun(key: Key) -> Path:
    """A fresh folder to write an entry into; what dead processes left there is taken away first.

    Raises:
        OSError: the cache cannot be written.
    """
    home = cache_folder()
    home.mkdir(parents=True, exist_ok=True)
    for path in _left(home):
        shutil.rmtree(path, ignore_errors=True)
    folder = home / f"{MAKING}{key.name}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    folder.mkdir()
    return folder


def _left(home: Path) -> Iterator[Path]:
    for path in home.glob(f"{MAKING}*"):
        with suppress(OSError, ValueError):
            process = int(path.name.split("-")[-2])
            if not _alive(process) or time.time() - path.stat().st_mtime > STALE:
                yield path


def _alive(process: int) -> bool:
    if os.name == "nt":  # where signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def finished(folder: Path, key: Key, source: str, columns: Mapping[str, Store], facts: Mapping, bad: Iterable) -> Entry:
    """Makes a written folder the entry of its key, in place of older ones of the same source.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    described = {name: _described(store) for name, store in columns.items()}
    size = sum(path.stat().st_size for path in folder.iterdir())
    about = {"format": FORMAT, "source": source, "made": time.strftime("%Y-%m-%d %H:%M"), "size": size,
             "columns": described, "facts": dict(facts), "bad": list(bad)}
    with open(folder / ABOUT, "w", encoding="utf-8") as file:
        json.dump(about, file)
        file.flush()
        os.fsync(file.fileno())
    target = folder.parent / key.name
    _moved(folder, target)
    for other in target.parent.glob(f"{key.about[:12]}-*"):
        if other != target:
            shutil.rmtree(other, ignore_errors=True)
    return _opened(target)


def _described(store: Store) -> dict:
    if isinstance(store, StoredTexts):
        return {"file": store.content.path.name, "ends": store.ends.path.name, "digest": store.digest}
    return {"file": store.path.name, "digest": store.digest}


def _moved(folder: Path, target: Path) -> None:
    """Renames a folder; where another process was first, its entry is as good."""
    try:
        os.rename(folder, target)
    except OSError:
        if not (target / ABOUT).is_file():
            raise
        shutil.rmtree(folder, ignore_errors=True)
        return
    if os.name != "nt":  # where a folder cannot be opened
        handle = os.open(target.parent, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
