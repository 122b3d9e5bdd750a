"""How much memory the examples of a run may take: a share of what is free, or what BRICKS_MEMORY says."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from builder.diagnostics import fail

SETTING = "BRICKS_MEMORY"
SHARE = 4  # a quarter of what is free: the rest is the model's, the optimizer's and the activations'
UNKNOWN = 4 << 30
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@dataclass
class Room:
    """Bytes of memory that are left for the examples of all sources of a run."""

    left: int

    def take(self, size: int) -> bool:
        """Takes room for so many bytes; False where they do not fit."""
        if size > self.left:
            return False
        self.left -= size
        return True

    def give(self, size: int) -> None:
        self.left += size


def room() -> Room:
    """The room of a new run.

    Raises:
        SpecError: `memory-setting`, BRICKS_MEMORY is no number of bytes.
    """
    given = os.environ.get(SETTING)
    return Room(free() // SHARE if not given else _bytes(given))


def _bytes(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if not found:
        raise fail("memory-setting", None, setting=SETTING, given=text)
    return int(float(found[1]) * UNITS[found[2].upper()])


def free() -> int:
    """Bytes of memory that can be had: of the machine, or less where a container is bounded."""
    return min((size for size in (*_machine(), *_container()) if size > 0), default=UNKNOWN)


def _machine() -> Iterator[int]:
    with suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        yield int(next(line for line in lines if line.startswith("MemAvailable:")).split()[1]) << 10
        return
    with suppress(OSError, ValueError, AttributeError):  # macOS tells only how much there is
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def _container() -> Iterator[int]:
    """What a control group still allows, in its second and its first version."""
    for most, used in (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")):
        folder = Path("/sys/fs/cgroup")
        with suppress(OSError, ValueError):
            yield int((folder / most).read_text()) - int((folder / used).read_text())


def told(size: int) -> str:
    """Bytes for a person."""
    for unit, name in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"
