"""Reads the fenced blocks of our pages and does what they say: commands run, specs are checked, files are written.

A fence may have an HTML comment on the line above it, which says how it is meant:

    <!-- file digits.yaml -->            the block is written to that file
    <!-- add builder/export/formats.py -->   the block is added to the end of that file
    <!-- edit builder/export/prove.py -->    a diff: its `-` text, there once in that file, becomes its `+` text
    <!-- layers {inputs: {x: [4]}} -->   the block is the steps of a model with these inputs (and `params`, ...)
    <!-- top {layers: [Flatten]} -->     the block is sections of a spec; what it lacks is filled in
    <!-- error -->                       a text block: exactly what the spec above it is told
    <!-- not run -->                     the block needs what a test does not have

In the braces may stand what is then held true: `gives` (the shape of the one output, or shapes by name), `parameters`,
`names` (among the names of the steps), `fails` or `warns` (the kind of a fault).
"""

import contextlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^(?:<!-- (?P<note>[^\n]*?) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
NOTE = re.compile(r"(?P<what>layers|top|error|not run|file|add|edit)(?: (?P<where>[^\s{]+))?(?: (?P<facts>\{.*\}))?\Z")
MODEL = {"inputs": {"image": [28, 28, 1]}, "layers": ["Flatten", {"Dense": [10, {"activation": "softmax"}], "name": "label"}]}


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, how it is meant, and its line."""

    page: str
    number: int
    line: int
    language: str
    text: str
    what: str = ""
    where: str = ""
    facts: dict = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [_block(page, number, text.count("\n", 0, found.start("language")) + 1, found) for number, found in enumerate(FENCE.finditer(text))]


def _block(page: str, number: int, line: int, found: re.Match) -> Block:
    here = (page, number, line, found["language"], found["text"])
    note = NOTE.match(found["note"] or "")
    if note is None:
        return Block(*here)
    return Block(*here, note["what"], note["where"] or "", yaml.safe_load(note["facts"] or "{}"))


def spec_text(block: Block) -> str:
    """A yaml block as a whole spec."""
    if block.what == "layers":
        head = {"params": block.facts.get("params"), "networks": block.facts.get("networks"), "blocks": block.facts.get("blocks")}
        inputs = yaml.safe_dump(block.facts["inputs"], default_flow_style=True, width=1000).strip()
        return _sections(head) + f"model:\n  inputs: {inputs}\n  layers:\n" + _indented(block.text, 4)
    if block.what == "top":
        model = {**MODEL, **{key: block.facts[key] for key in ("inputs", "layers", "outputs") if key in block.facts}}
        wanted = {"params": block.facts.get("params"), "model": model}
        return block.text + _sections({key: value for key, value in wanted.items() if f"\n{key}:" not in f"\n{block.text}"})
    return block.text


def _sections(sections: dict) -> str:
    there = {name: value for name, value in sections.items() if value}
    return yaml.safe_dump(there, default_flow_style=None, width=1000, sort_keys=False) if there else ""


def _indented(text: str, width: int) -> str:
    return "".join(f"{' ' * width}{line}" if line.strip() else line for line in text.splitlines(keepends=True))


def hold(block: Block, folder: Path) -> str:
    """Checks a yaml block as the spec it is and holds its facts true; gives what is told of its faults."""
    from builder import check
    from builder.diagnostics import SpecError, render

    path = folder / "spec.yaml"
    path.write_text(spec_text(block), encoding="utf-8")
    try:
        with contextlib.chdir(folder):
            checked = check(path.name, trust=True)
    except SpecError as error:
        told = render(error.faults)
        assert {fault.kind for fault in error.faults} == {block.facts.get("fails")}, f"{block.id}\n{told}"
        return told
    assert "fails" not in block.facts, f"{block.id}: there is no fault"
    warned = {fault.kind for fault in checked.warnings}
    assert warned == {block.facts[key] for key in ("warns",) if key in block.facts}, f"{block.id}\n{render(checked.warnings)}"
    _compare(block, checked.graph)
    return render(checked.warnings)


def same(block: Block, told: str) -> None:
    """A block shows exactly what was told; with BRICKS_REFRESH=1 the page is brought up to it."""
    told = "\n".join(line.rstrip() for line in told.strip().splitlines())
    if os.environ.get("BRICKS_REFRESH") and block.text.strip() != told:
        page = ROOT / block.page
        text, start = page.read_text(encoding="utf-8"), _start(block)
        page.write_text(text[:start] + told + "\n" + text[start + len(block.text) :], encoding="utf-8")
        return
    assert block.text.strip() == told, block.id


def _start(block: Block) -> int:
    """Where the block's text begins in the page as it is now: pages move while they are refreshed."""
    found = FENCE.finditer((ROOT / block.page).read_text(encoding="utf-8"))
    return [match.start("text") for match in found][block.number]


def _compare(block: Block, graph) -> None:
    shapes = {name: list(wire.spec.shape) for name, wire in graph.outputs.items()}
    wanted = block.facts.get("gives")
    assert wanted is None or wanted in (shapes, next(iter(shapes.values()))), f"{block.id}: {shapes}"
    assert block.facts.get("parameters", graph.parameters) == graph.parameters, block.id
    missing = set(block.facts.get("names", ())) - {node.name for node in graph.nodes}
    assert not missing, f"{block.id}: no {missing} among {[node.name for node in graph.nodes]}"


def put(block: Block, folder: Path) -> None:
    """Writes a block to its file, to the end of it, or changes the file as the block says."""
    path = folder / block.where
    if block.what == "edit":
        old, new = ("\n".join(line[1:] for line in block.text.splitlines() if line[0] == mark) for mark in "-+")
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{block.id}: {old}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a" if block.what == "add" else "w", encoding="utf-8") as file:
        file.write(("\n\n" if block.what == "add" else "") + block.text)


def shown(block: Block, said: str) -> None:
    """Every line of a shown text stands in what was said, in this order; `...` passes over lines between."""
    if os.environ.get("BRICKS_REFRESH") and "..." not in block.text.split("\n"):
        same(block, said)
        return
    lines, at = [line.rstrip() for line in said.splitlines()], 0
    for line in (line.rstrip() for line in block.text.splitlines()):
        if line.strip() != "...":
            assert line in lines[at:], f"{block.id}: `{line}` is not in\n" + "\n".join(lines[at:])
            at = lines.index(line, at) + 1
