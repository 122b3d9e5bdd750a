"""Whether what a source reads is held in memory, kept on disk for the next run, or read from its files in each epoch."""

import atexit
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from builder.data import cache
from builder.data.memory import told
from builder.data.source import Place
from builder.data.store import Held, Store, Stored
from builder.data.writer import DISK, DROP, MEMORY, Writer
from builder.diagnostics import Fault

AUTO, FILES = "auto", "false"  # the modes of `cache` beside MEMORY and DISK


@dataclass(frozen=True)
class Kept:
    """The columns of a source by name, what else it found out, and the digests of the columns it left in their files."""

    columns: Mapping[str, Store]
    facts: Mapping[str, object] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """One reading of a source; see `keep`."""

    place: Place
    source: object
    files: tuple[Path, ...]
    make: Callable[[Writer], Mapping]
    streamed: frozenset[str]
    name: str

    @cached_property
    def key(self) -> cache.Key:
        return cache.key_of(f"{self.source!r} {self.place.skip_bad}", self.files)

    @property
    def beyond(self) -> str:
        """Where rows go for which there is no room in memory."""
        return DROP if self.streamed else DISK

    def whole(self, kept: Kept) -> bool:
        """Whether nothing was left in its files."""
        return self.streamed <= kept.columns.keys()

    def note(self, sentence: str) -> None:
        self.place.notes.append(f"`{self.name}` {sentence}")


def keep(place: Place, source: object, files: Iterable[Path], make: Callable[[Writer], Mapping], *,
         streamed: Iterable[str] = (), name: str) -> Kept:
    """What a source reads, from the cache if it is there, else made now.

    Args:
        place: says by its `cache` what is wanted, and how much room there is in memory.
        source: its `repr` and the state of `files` are the key of the cache.
        files: every file it reads.
        make: adds rows to a Writer, and gives facts of plain JSON; called again where the disk is full.
        streamed: columns that can be read from the files again, so that they need not be kept.
        name: of the files, for a person.

    Raises:
        SpecError: bad examples that are not to be skipped.
    """
    task = Task(place, source, tuple(files), make, frozenset(streamed), name)
    if place.cache in (AUTO, DISK) and (found := cache.find(task.key)):
        return _again(task, found)
    try:
        kept = _made(task, *_places(task))
    except OSError as error:
        if error.errno not in cache.FULL or error.filename in map(str, task.files):
            raise
        return _without(task, (error.strerror or str(error)).lower())
    if place.cache != FILES and not task.whole(kept):
        task.note("is larger than the memory it may take, so its files are read in each epoch; `cache: disk` decodes them once")
    return kept


def _places(task: Task) -> tuple[str, str]:
    """Where rows go, and where when memory is full."""
    mode = task.place.cache
    if mode in (MEMORY, DISK):
        return mode, mode
    return DROP if mode == FILES and task.streamed else MEMORY, task.beyond


def _without(task: Task, why: str) -> Kept:
    """What is to be done where the disk cannot be written."""
    kept = _made(task, MEMORY, DROP if task.streamed else MEMORY)
    then = "held in memory" if task.whole(kept) else "read from its files in each epoch"
    task.note(f"is {then}, for the cache {cache.cache_folder()} cannot be written ({why})")
    return kept


def _again(task: Task, entry: cache.Entry) -> Kept:
    """What the cache has; in memory where that is wanted and there is room."""
    place = task.place
    place.bad.extend(Fault(kind, place.span, facts) for kind, facts in entry.bad)
    columns = dict(entry.columns)
    if place.cache == AUTO:
        columns = {name: held(store, place) for name, store in columns.items()}
    task.note(f"is read from the cache (made {entry.made}, {told(entry.size)})")
    return Kept(columns, entry.facts)


def held(store: Store, place: Place) -> Store:
    """The store in memory, if there is room for it."""
    return Held(store[:], store.known) if place.room.take(store.size) else store


def settled(store: Stored, place: Place) -> Store:
    """Rows that lie in a file as in memory: held in memory where that is wanted and there is room, else read as needed."""
    if place.cache == MEMORY:
        return Held(store[:])
    if place.cache != AUTO:
        return store
    found = held(store, place)
    if found is store:
        place.notes.append(f"`{place.name(store.path)}` is larger than the memory it may take, so it is read in each epoch")
    return found


def _made(task: Task, start: str, beyond: str) -> Kept:
    """The source read, its rows going first to one place, then to another."""
    place, before = task.place, len(task.place.bad)
    writer = Writer(start, beyond, place.room, lambda: cache.begun(task.key), task.streamed)
    try:
        facts = task.make(writer)
        place.check()
        columns = writer.close()
        if writer.place == DISK:
            columns = _entered(task, writer, columns, facts, place.bad[before:])
    except BaseException as error:
        writer.drop()
        if isinstance(error, OSError):  # it may be read once more, to another place
            del place.bad[before:]
        raise
    return Kept(columns, facts, {name: digest.hexdigest() for name, digest in writer.digests.items()})


def _entered(task: Task, writer: Writer, columns: Mapping[str, Store], facts: Mapping, bad: list[Fault]) -> Mapping[str, Store]:
    """What was written, as an entry of the cache; with `cache: false` it ends with this process."""
    if task.place.cache == FILES:
        atexit.register(shutil.rmtree, writer.folder, ignore_errors=True)
        return columns
    plain = [(fault.kind, json.loads(json.dumps(dict(fault.facts), default=str))) for fault in bad]
    entry = cache.finished(writer.folder, task.key, task.name, columns, facts, plain)
    task.note(f"is kept in the cache {cache.cache_folder()} for the next run ({told(entry.size)})")
    return entry.columns
