"""`build new`: a first spec to edit, or a copy of a shipped one."""

import click

from builder.commands.options import force_option, unless_there

MODELINE = "# yaml-language-server: $schema={schema}\n"


@click.command(epilog="\b\nExamples:\n  build new digits.yaml\n  build new mynet.yaml --from resnet20")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--from", "shipped", default="lenet5", show_default=True, metavar="SPEC", help="The shipped spec to start from.")
@force_option
def command(file: str, shipped: str, force: bool) -> None:
    """Write FILE, a copy of a shipped spec, and its schema beside it so that an editor completes bricks and arguments."""
    import json
    from pathlib import Path

    from builder.catalog.schema import json_schema
    from builder.diagnostics import fail, near
    from builder.language import shipped as specs

    if shipped not in specs():
        raise fail("no-such-spec", path=shipped, near=near(shipped, specs()), shipped=list(specs()))
    unless_there(file, force)
    path = Path(file)
    schema = path.with_name("bricks.schema.json")
    _write(schema, json.dumps(json_schema()))
    _write(path, MODELINE.format(schema=schema.name) + specs()[shipped].read_text(encoding="utf-8"))
    click.echo(f"{path}: edit it, then\n  build check {path}\n  build train {path}")


def _write(path, text: str) -> None:
    from builder.diagnostics import fail

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise fail("unwritable-file", path=str(path), problem=error.strerror or str(error)) from None
