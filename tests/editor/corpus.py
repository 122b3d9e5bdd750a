"""Texts to hold the editor against: everything the project ships or shows, and the mistakes that tests/errors keeps."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parents[2]
CASES = HOME / "tests" / "errors" / "cases"
sys.path.append(str(HOME / "tests" / "docs"))


@dataclass(frozen=True)
class Case:
    """A wrong spec, and the lines that `build check` marks."""

    name: str
    text: str
    lines: frozenset[int]


def right() -> dict[str, str]:
    """Texts without errors, by name: specs, library files, the examples of the pages, specs that only get warnings."""
    files = [*HOME.glob("specs/*.yaml"), *HOME.glob("builder/catalog/blocks/*.yaml")]
    found = {path.relative_to(HOME).as_posix(): path.read_text(encoding="utf-8") for path in sorted(files)}
    return found | _shown("docs/language.md") | _shown("docs/tutorial.md") | _shown("README.md") | _warned()


def wrong() -> list[Case]:
    """Specs with errors, of one file each."""
    return [Case(path.stem, path.read_text(encoding="utf-8"), _marked(path)) for path in _cases() if "error[" in _told(path)]


def _warned() -> dict[str, str]:
    return {f"errors/{path.stem}": path.read_text(encoding="utf-8") for path in _cases() if "error[" not in _told(path)}


def _cases() -> list[Path]:
    """The cases that are text at all: what no editor can read is another's matter."""
    return [path for path in sorted(CASES.glob("*.yaml")) if not path.stem.startswith(("not-utf8", "too-"))]


def _told(path: Path) -> str:
    return path.with_suffix(".txt").read_text(encoding="utf-8")


def _marked(path: Path) -> frozenset[int]:
    return frozenset(int(line) for line in re.findall(rf"--> {re.escape(path.name)}:(\d+):", _told(path)))


def _shown(page: str) -> dict[str, str]:
    """The specs of a page's examples."""
    from docs_pages import blocks, spec_text

    specs = [block for block in blocks(page) if block.language == "yaml" and "fails" not in block.facts and block.what in ("", "layers", "top", "file")]
    texts = {block.id: spec_text(block) for block in specs}
    return {name: text for name, text in texts.items() if re.search(r"^(model|blocks):", text, re.M) and not _faults(text)}


def _faults(text: str) -> set[str]:
    """The kinds of faults of a text; what is missing beside it is no fault of its own."""
    from builder.diagnostics import SpecError
    from builder.experiment import load

    try:
        load(text)
    except SpecError as error:
        return {fault.kind for fault in error.faults} - {"missing-import", "missing-code", "untrusted-code", "missing-key"}
    return set()
