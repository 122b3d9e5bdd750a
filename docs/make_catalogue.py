"""Writes catalogue.md, and the tables of sources and samplers in language.md, from the catalogue itself: `python docs/make_catalogue.py`."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from builder.catalog import catalogue  # noqa: E402
from builder.catalog.describe import listing  # noqa: E402
from builder.catalog.docs import summary  # noqa: E402
from builder.catalog.library import library, moulds  # noqa: E402
from builder.catalog.signatures import keras_version  # noqa: E402
from builder.graph.catalogue import Signature  # noqa: E402
from builder.language.tree import plain  # noqa: E402

KINDS = {
    "layer": "Layers", "loss": "Losses", "metric": "Metrics", "optimizer": "Optimizers", "schedule": "Learning rate schedules",
    "initializer": "Initializers", "regularizer": "Regularizers", "constraint": "Constraints", "callback": "Callbacks",
    "activation": "Activations", "op": "Operations on wires",
}
TABLES = ("source", "sampler")


def page() -> str:
    """The whole catalogue as Markdown."""
    parts = [
        "# The catalogue", "",
        "Everything a spec can name. This page is made by `python docs/make_catalogue.py`; `build list KIND` and `build describe NAME` tell the",
        "same of what you have installed, with the help of every argument.", "",
        *_blocks(), *_sources(), *_samplers(), *_own_layers(), *_own_losses(), *_own_callbacks(), *_own_schedules(), *_keras(),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _blocks() -> list[str]:
    rows = [f"| `{name}` | {_params(block)} | {block.help.strip()} |" for name, block in sorted(library().items())]
    return [
        "## Blocks", "", f"{len(rows)} blocks written in the language itself, in `builder/catalog/blocks/`. `build describe Inception` prints one, to be", "pasted and changed.", "",
        "| block | parameters | what it is |", "| --- | --- | --- |", *rows, "",
    ]


def _params(block) -> str:
    return ", ".join(f"`{p.name}`" if p.default is None else f"`{p.name}: {_text(plain(p.default))}`" for p in block.params)


def _text(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value)


def _sources() -> list[str]:
    parts = ["## Sources", "", "Where data comes from; paths are relative to the spec.", ""]
    for one in _found("source"):
        parts += [f"### {one.name}", "", *_described(one), ""]
    return parts


def _samplers() -> list[str]:
    parts = ["## Samplers", "", "How examples are drawn: `sample` under `data` names one, or a list of them.", ""]
    for one in _found("sampler"):
        parts += [f"### {one.name}", "", *_described(one), ""]
    return parts


def _own_layers() -> list[str]:
    parts = ["## Our own layers", "", "What Keras lacks. A model that holds one of them needs this project where its `.keras` file is loaded; a SavedModel", "needs nothing.", ""]
    for one in _ours("layer"):
        parts += [f"### {one.name}", "", *_described(one), ""]
    return parts


def _own_losses() -> list[str]:
    rows = [f"| `{name}` | {', '.join(f'`{text.value}`' for text in loss.inputs)} | {_params(loss)} | {_cell(loss.help)} |" for name, loss in sorted(moulds().items())]
    parts = ["## Our own losses", "", "Written as equations in the language itself, in `builder/catalog/losses/`; `build describe Contrastive` prints one, to be pasted and changed.", "",
             "| loss | reads | parameters | what it is |", "| --- | --- | --- | --- |", *rows, "", "And those that take Python:", ""]
    for one in (one for one in _ours("loss") if one.name not in moulds()):
        parts += [f"### {one.name}", "", *_described(one), ""]
    return parts


def _own_callbacks() -> list[str]:
    parts = ["## Our own callbacks", ""]
    for one in _ours("callback"):
        parts += [f"### {one.name}", "", *_described(one), ""]
    return parts


def _own_schedules() -> list[str]:
    parts = ["## Our own learning-rate schedules", ""]
    for one in _ours("schedule"):
        parts += [f"### {one.name}", "", *_described(one), ""]
    return parts


def _described(one: Signature) -> list[str]:
    """What it is, its fields in a list, and a table of arguments."""
    help, _, fields = one.help.partition("Fields:")
    named = [f"- `{name.strip()}`: {what.strip()}" for name, _, what in (line.partition(":") for line in fields.strip().splitlines())]
    rows = [f"| `{p.name}` | {'must be given' if p.required else f'`{json.dumps(p.default)}`'} | {_cell(p.help)} |" for p in one.parameters if p.name not in _COMMON]
    table = ["| argument | left out | |", "| --- | --- | --- |", *rows] if rows else ["No arguments."]
    return [help.strip(), "", *(["Fields:", "", *named, ""] if named else []), *table]


_COMMON = ("name", "dtype", "trainable", "autocast", "activity_regularizer", "reduction")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _keras() -> list[str]:
    parts = [f"## Keras {keras_version()}", "", "Every public one, by introspection; nothing is retyped.", ""]
    for kind, title in KINDS.items():
        names = sorted({name for name, _ in listing(kind, catalogue())} - {one.name for one in _ours("layer") + _ours("loss") + _ours("callback") + _ours("schedule")} - {*moulds()})
        parts += [f"### {title} ({len(names)})", "", *_wrapped(names), ""]
    return parts


def _wrapped(names: list[str], width: int = 120) -> list[str]:
    lines, line = [], ""
    for name in names:
        word = f"`{name}`"
        if line and len(line) + len(word) + 1 > width:
            lines.append(line)
            line = ""
        line += (" " if line else "") + word
    return [*lines, line]


def _found(kind: str) -> list[Signature]:
    return [catalogue().find(kind, name) for name in sorted(catalogue().names(kind))]


def _ours(kind: str) -> list[Signature]:
    return [one for one in _found(kind) if one.module.startswith("builder.")]


def table_of(kind: str) -> str:
    """The sources, or the samplers, in one table, for the language reference."""
    rows = [f"| [`{one.name}`](catalogue.md#{one.name.lower()}) | {_call(one)} | {_fields(one)} | {summary(one.help)} |" for one in _found(kind)]
    return "\n".join([f"| {kind} | arguments | fields | |", "| --- | --- | --- | --- |", *rows]) + "\n"


def _call(one: Signature) -> str:
    return ", ".join(f"**{p.name}**" if p.required else p.name for p in one.parameters)


def _fields(one: Signature) -> str:
    lines = one.help.partition("Fields:")[2].strip().splitlines()
    return ", ".join(name if name.startswith("(") else f"`{name}`" for name in (line.strip().partition(":")[0] for line in lines))


def with_tables(text: str) -> str:
    """The language reference with each table between its marks."""
    for kind in TABLES:
        start, end = f"<!-- {kind}s -->\n", f"<!-- /{kind}s -->"
        before, rest = text.split(start)
        text = before + start + table_of(kind) + end + rest.split(end)[1]
    return text


def main() -> None:
    """Writes both pages."""
    (HERE / "catalogue.md").write_text(page(), encoding="utf-8")
    language = HERE / "language.md"
    language.write_text(with_tables(language.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
