"""What a person does in an editor: types, completes at the cursor, hovers over a word, reads the marks."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from language_server import LanguageServer, Problem

COUNT = itertools.count()
CURSOR = "|"
LAYERS = "model:\n  inputs: {x: [8, 8, 3]}\n  layers:\n"


@dataclass(frozen=True)
class Editor:
    """One file whose first line names a schema. In texts a `|` is the cursor."""

    server: LanguageServer
    path: Path
    schema: str

    def problems(self, text: str) -> list[Problem]:
        """What is marked; lines are those of the text given, from 1."""
        return self.problems_of({"": text})[""]

    def problems_of(self, texts: Mapping[str, str]) -> dict[str, list[Problem]]:
        """What is marked in each of several texts, opened together."""
        paths = {name: self.path.with_name(f"spec{next(COUNT)}.yaml") for name in texts}
        for name, path in paths.items():
            self.server.open(path, self.shown(texts[name]))
        found = self.server.problems(paths.values())
        return {name: [replace(one, line=one.line - 1) for one in found[path]] for name, path in paths.items()}

    def completions(self, text: str) -> dict[str, str]:
        """What is suggested at the cursor: label -> what is written if it is taken."""
        line, column = self.put(text)
        items = self.server.complete(self.path, line, column)
        return {item["label"]: item.get("textEdit", {}).get("newText", item.get("insertText", item["label"])) for item in items}

    def suggested(self, text: str) -> list[str]:
        """The labels that go on with what is typed, as editors filter them."""
        typed = text[: text.index(CURSOR)].rpartition("\n")[2].split(" ")[-1].lstrip("[{")
        return [label for label in self.completions(text) if label.lower().startswith(typed.lower())]

    def hover(self, text: str) -> str:
        line, column = self.put(text)
        return self.server.hover(self.path, line, column)

    def put(self, text: str) -> tuple[int, int]:
        """Shows the text without its cursor, and gives where that was."""
        before, _, after = self.shown(text).partition(CURSOR)
        self.server.open(self.path, before + after)
        return before.count("\n"), len(before.rpartition("\n")[2])

    def shown(self, text: str) -> str:
        return f"# yaml-language-server: $schema={self.schema}\n{text}"


def layers(steps: str) -> str:
    """A model of some steps."""
    return LAYERS + "".join(f"    {line}\n" for line in steps.splitlines())
