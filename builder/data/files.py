"""Reading files that may be compressed, cut short or in another encoding, and folders that hold classes."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from builder.data.archives import names_in, opened
from builder.data.source import Place

SPLITS = {"train": "train", "validation": "validation", "val": "validation", "valid": "validation", "test": "test"}
PART = 8 << 20
IGNORED = {"thumbs.db", "desktop.ini"}


class BadFile(Exception):
    """A file that cannot be read as what it should be; the message says why."""


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, uncompressed where it is gzip or in an archive.

    Raises:
        BadFile: the compressed data are broken or cut short.
    """
    with unpacked(path) as file:
        return file.read()


def is_packed(path: Path) -> bool:
    """Whether a file is gzip."""
    with opened(path) as file:
        return file.read(2) == b"\x1f\x8b"


@contextmanager
def unpacked(path: Path) -> Iterator[BinaryIO]:
    """A file's bytes as a stream; raises as `read_bytes` does."""
    try:
        with opened(path) as plain:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            yield gzip.GzipFile(fileobj=plain) if packed else plain
    except EOFError:
        raise BadFile("its compressed data end too early: the file was cut short") from None
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as error:
        raise BadFile(f"its compressed data are damaged ({error})") from None


def _no_archive(path: Path) -> None:
    """Says which file of an archive could be meant, where a text is wanted.

    Raises:
        BadFile: it is a zip archive.
    """
    if path.is_file() and zipfile.is_zipfile(path):
        names = names_in(path)
        raise BadFile("it is a zip archive: name a file in it" + (f", such as `{path.name}/{names[0]}`" if names else ""))


def read_exactly(file: BinaryIO, size: int) -> bytes:
    """So many bytes of a stream, or what there is of them: a wrong size takes no memory."""
    parts = []
    while size > 0 and (part := file.read(min(size, PART))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def text_lines(path: Path, encoding: str, newline: str = "") -> Iterator[str]:
    """The lines of a file with their ends, a few in memory at a time; raises as `read_text` does.

    `newline` is what ends a line; left empty, whatever does on some system.
    """
    _no_archive(path)
    try:
        with unpacked(path) as file, io.TextIOWrapper(file, _known(encoding), newline=newline) as lines:
            for line in lines:
                if "\0" in line:
                    raise BadFile("it holds zero bytes, so it is not text")
                yield line
    except UnicodeDecodeError:
        read_text(path, encoding)  # says in which line
        raise
    except LookupError:
        raise BadFile(f"there is no text encoding named `{encoding}`") from None


def _known(encoding: str) -> str:
    """An encoding; UTF-8 with or without a mark at its beginning."""
    return "utf-8-sig" if encoding.lower().replace("_", "-") == "utf-8" else encoding


def several(items: Iterable, count: int = 8192) -> Iterator[list]:
    """Items in lists of so many."""
    items = iter(items)
    while some := list(islice(items, count)):
        yield some


def read_text(path: Path, encoding: str) -> str:
    """The text of a file.

    Raises:
        BadFile: broken compression, or bytes that are no text in this encoding.
    """
    _no_archive(path)
    data = read_bytes(path)
    try:
        text = data.decode(_known(encoding))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile(f"line {line} is not {encoding} text (byte 0x{data[error.start]:02x})") from None
    except LookupError:
        raise BadFile(f"there is no text encoding named `{encoding}`") from None
    if "\0" in text:
        raise BadFile("it holds zero bytes, so it is not text")
    return text


def visible(folder: Path) -> list[Path]:
    """What lies in a folder, by name, without what systems leave behind there."""
    return sorted(p for p in folder.iterdir() if not p.name.startswith(".") and p.name.lower() not in IGNORED)


def own_splits(folder: Path) -> dict[str, Path]:
    """The splits of a folder that holds nothing but `train` and `test` (or `validation`) folders."""
    found = {SPLITS.get(p.name.lower(), ""): p for p in visible(folder) if p.is_dir()}
    return found if "train" in found and len(found) > 1 and "" not in found else {}


def class_files(place: Place, folder: Path, levels: int | None = None) -> dict[str, list[Path]]:
    """The files of each class, where every folder is a class; classes and files by name.

    Where folders may lie in folders and do so on so many `levels`, a class is named by all of them: `Greek/alpha`.

    Raises:
        SpecError: no folders, or one without files.
    """
    if levels and levels > 1:
        outer = [p for p in visible(folder) if p.is_dir()]
        return {f"{p.name}/{name}": files for p in outer for name, files in class_files(place, p, levels - 1).items()} or class_files(place, folder, 1)
    classes = [p for p in visible(folder) if p.is_dir()]
    if not classes:
        files = sum(p.is_file() for p in visible(folder))
        raise place.fault("no-class-folders", folder=place.name(folder), files=files)
    found = {p.name: [f for f in visible(p) if f.is_file()] for p in classes}
    for name, files in found.items():
        if not files:
            deeper = sum(p.is_dir() for p in visible(folder / name))
            raise place.fault("empty-folder", folder=place.name(folder / name), deeper=deeper, levels=levels is not None)
    return found


def class_names(names: list[str]) -> list[str]:
    """What tells files apart: `rt-polarity.pos` and `rt-polarity.neg` are `pos` and `neg`."""
    parts = [name.removesuffix(".gz").split(".") for name in names]
    while len({p[-1] for p in parts}) == 1 and min(map(len, parts)) > 1:
        parts = [p[:-1] for p in parts]
    while len(parts) > 1 and len({p[0] for p in parts}) == 1 and min(map(len, parts)) > 1:
        parts = [p[1:] for p in parts]
    return [".".join(p) for p in parts]
