"""`build describe`: what a brick, block or source takes."""

import json

import click


@click.command(epilog="\b\nExamples:\n  build describe Conv2D\n  build describe Inception\n  build describe ImageFolder")
@click.argument("name")
def command(name: str) -> None:
    """Tell what NAME takes: its parameters with their defaults and help; of a block also its YAML."""
    from builder.catalog.describe import describe
    from builder.catalog.library import block_source, library, loss_source, moulds
    from builder.diagnostics import fail, near

    if name in library():
        _written(library()[name], "a block", block_source(name))
        return
    if name in moulds():
        _written(moulds()[name], "a loss", loss_source(name))
        return
    found = describe(name)
    if not found:
        raise fail("nothing-named", name=name, near=near(name, [*library(), *_names()]))
    for index, thing in enumerate(found):
        click.echo(("\n" if index else "") + _told(thing))


def _names() -> list[str]:
    from builder.catalog import catalogue
    from builder.commands.list_ import KINDS

    return [name for kind in KINDS.values() for name in catalogue().names(kind)]


def _written(block, what: str, source: str) -> None:
    """A block or loss that is written in the language itself, with its text."""
    from builder.language.tree import plain

    params = ", ".join(p.name if p.default is None else f"{p.name}={plain(p.default)}" for p in block.params)
    click.echo(f"{block.name}({params})    {what}\n\n{block.help.strip()}\n\n{source.rstrip()}")


def _told(thing: dict) -> str:
    lines = [f"{thing['name']}    {_article(thing['kind'])}", "", thing["help"].strip(), ""]
    if len(thing["call"]) > 1:
        lines += [f"`from: {{...}}` may name: {', '.join(thing['call'])}", ""]
    for parameter in thing["parameters"]:
        default = " (must be given)" if parameter["required"] else f" = {_shown(parameter['default'])}"
        lines.append(f"  {parameter['name']}{default}")
        lines += [f"      {line}" for line in (parameter.get("help") or "").strip().splitlines()]
    return "\n".join(lines)


def _shown(default: object) -> str:
    """A default as a spec would write it."""
    return json.dumps(default, default=str)


def _article(kind: str) -> str:
    return ("an " if kind[0] in "aeiou" else "a ") + kind
