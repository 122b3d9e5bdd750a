"""Google-style docstrings taken apart: what a brick is, and the help of each of its arguments."""

import inspect
import re
from dataclasses import dataclass, field

SECTION = re.compile(r"^(Args|Arguments|Call arguments|Call Args|Returns|Raises|Examples?|References?|Reference|"
                     r"Input shape|Output shape|Input|Output|Usage|Notes?|Yields|Attributes|Formula|Standalone usage|"
                     r"Usage with `compile\(\)` API|Example usage|Methods|Attribute)\b[^\n]{0,40}:\s*$", re.IGNORECASE)
FIELDS = "Fields:"  # what a source gives belongs to what it is
ARGUMENT = re.compile(r"^(?:- )?[`*]{0,2}(\w+)[`*]{0,2}(?:\s*\(([^()]*)\))?\s*:\s*(.*)$")


@dataclass(frozen=True)
class Doc:
    """A docstring: the description before the first section, and the help of each argument."""

    text: str = ""
    arguments: dict[str, str] = field(default_factory=dict)


def parse_doc(docstring: str | None) -> Doc:
    """Take a docstring apart; whatever is not understood is left out."""
    text = inspect.cleandoc(docstring or "")
    description, here = [], "description"
    block: list[str] = []
    for line in text.splitlines():
        head = SECTION.match(line)
        if head:
            here = head[1].lower()
        elif line.rstrip() == FIELDS:
            here = "description"
            description.append(line)
        elif here == "description":
            description.append(line)
        elif line[:1].strip():  # a heading we do not know
            here = ""
        elif here in ("args", "arguments"):
            block.append(line)
    return Doc("\n".join(description).strip(), _arguments(block))


def summary(text: str) -> str:
    """The first paragraph of a description, on one line."""
    return " ".join(text.partition("\n\n")[0].split())


def _arguments(lines: list[str]) -> dict[str, str]:
    """Lines of an `Args:` block; the entries are those at its smallest indentation."""
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    outer = min(indents, default=0)
    found: dict[str, list[str]] = {}
    name = None
    for line in lines:
        entry = ARGUMENT.match(line[outer:]) if line[outer:outer + 1].strip() else None
        if entry:
            name = entry[1]
            found[name] = [f"{entry[2]}. {entry[3]}" if entry[2] else entry[3]]
        elif line[outer:outer + 1].strip() and line.strip():
            name = None if line.startswith("**") else name
        elif name:
            found[name].append(line)
    return {name: _joined(body) for name, body in found.items()}


def _joined(lines: list[str]) -> str:
    """One paragraph of running text; a list keeps its lines."""
    parts: list[str] = []
    for line in lines:
        words = " ".join(line.split())
        if not words:
            continue
        if parts and not words.startswith(("- ", "* ")):
            parts[-1] += " " + words
        else:
            parts.append(words)
    return "\n".join(parts).strip()
