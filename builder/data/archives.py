"""Files within zip archives, named by paths that go on behind the archive: `fra-eng.zip/fra.txt`."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def inside(path: Path) -> tuple[Path, str] | None:
    """The archive that a path leads into, and the name in it; None of a path that leads into none."""
    above = next((parent for parent in path.parents if parent.exists()), None)
    if above is None or not above.is_file() or not zipfile.is_zipfile(above):
        return None
    return above, path.relative_to(above).as_posix()


def on_disk(path: Path) -> Path:
    """The file whose size and time tell whether a path's content is the same: the archive, or the file itself."""
    found = inside(path)
    return found[0] if found else path


def names_in(archive: Path) -> list[str]:
    """The files of an archive, by name, without what systems and people leave behind there."""
    with zipfile.ZipFile(archive) as opened_archive:
        names = [info.filename for info in opened_archive.infolist() if not info.is_dir()]
    return sorted(name for name in names if not name.rpartition("/")[2].startswith((".", "_")) and not name.startswith("__MACOSX/"))


def is_member(path: Path) -> bool:
    """Whether a path is a file in an archive."""
    found = inside(path)
    return found is not None and found[1] in names_in(found[0])


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, or of one in an archive, as a stream."""
    found = inside(path)
    if found is None:
        with open(path, "rb") as file:
            yield file
    else:
        with zipfile.ZipFile(found[0]) as archive, archive.open(found[1]) as file:
            yield file
