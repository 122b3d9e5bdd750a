"""`build new`: a first spec to edit, or a copy of a shipped one."""

import click

from builder.commands.options import force_option, unless_there


@click.command(epilog="\b\nExamples:\n  build new digits.yaml\n  build new mynet.yaml --from resnet20")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--from", "shipped", default="lenet5", show_default=True, metavar="SPEC", help="The shipped spec to start from.")
@force_option
def command(file: str, shipped: str, force: bool) -> None:
    """Write FILE, a copy of a shipped spec, and its schema beside it so that an editor completes bricks and arguments."""
    import json
    from pathlib import Path

    from builder.catalog.schema import json_schema
    from builder.commands.schema_ import LINE, write
    from builder.diagnostics import fail, near
    from builder.language import shipped as specs

    if shipped not in specs():
        raise fail("no-such-spec", path=shipped, near=near(shipped, specs()), shipped=list(specs()))
    unless_there(file, force)
    path = Path(file)
    schema = path.with_name("bricks.schema.json")
    write(schema, json.dumps(json_schema(), ensure_ascii=False))
    write(path, f"{LINE.format(schema=schema.name)}\n{specs()[shipped].read_text(encoding='utf-8')}")
    click.echo(f"{path}: edit it, then\n  build check {path}\n  build train {path}")
