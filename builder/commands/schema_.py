"""`build schema`: the JSON Schema of the language, for editors; of one spec, with its own blocks."""

import re

import click

MODELINE = re.compile(r"^#\s+yaml-language-server:\s*\$schema=(\S+)[^\r\n]*", re.M)
LINE = "# yaml-language-server: $schema={schema}"


@click.command(epilog="\b\nExamples:\n  build schema > bricks.schema.json     for any spec\n  "
                      "build schema mine.yaml                for this spec: its own blocks too")
@click.argument("spec", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="The file to write; without it `.NAME.schema.json` beside the spec.")
def command(spec: str | None, output: str | None) -> None:
    """Print the JSON Schema by which an editor completes and marks a spec. Of one SPEC, write the schema that also knows its
    blocks, networks and params, and name it in the spec's first line; `build check SPEC` then keeps it up to date."""
    import json
    from pathlib import Path

    from builder.catalog.schema import json_schema

    if spec is None and output is None:
        click.echo(json.dumps(json_schema(), indent=1))
        return
    path = Path(output) if output else own_schema(Path(spec))
    write(path, json.dumps(json_schema() if spec is None else schema_of(spec), ensure_ascii=False))
    click.echo(f"{path}: written" + (_named_in(Path(spec), path) if spec else ""))


def own_schema(spec):
    """Where the schema of one spec lies."""
    return spec.with_name(f".{spec.stem}.schema.json")


def schema_of(spec) -> dict:
    """The schema of one spec: its blocks and those it imports, the bricks of its code, which is read and not run.

    Raises:
        SpecError: the spec's text is at fault.
    """
    from pathlib import Path

    from builder.catalog import catalogue_with
    from builder.catalog.own import own_of
    from builder.catalog.schema import json_schema
    from builder.language import load

    spec = load(spec)
    code = [Path(text.span.source.name).parent / text.value for text in spec.code]
    return json_schema(catalogue_with([path for path in code if path.is_file()]), own_of(spec))


def refresh(spec) -> None:
    """Brings a spec's own schema up to date, where there is one; one that cannot be written is left."""
    import contextlib
    import json
    from pathlib import Path

    path = own_schema(Path(spec)) if Path(str(spec)).is_file() else None
    if path and path.is_file():
        text = json.dumps(schema_of(spec), ensure_ascii=False)
        with contextlib.suppress(OSError):
            if text != path.read_text(encoding="utf-8"):
                path.write_text(text, encoding="utf-8")


def write(path, text: str) -> None:
    """Writes a file.

    Raises:
        SpecError: it cannot be written.
    """
    from builder.diagnostics import fail

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise fail("unwritable-file", path=str(path), problem=error.strerror or str(error)) from None


def _named_in(spec, schema) -> str:
    """Names a schema in the first line of a spec, unless it is named there; tells so."""
    import os

    name = os.path.relpath(schema, spec.parent).replace(os.sep, "/")
    text = spec.read_bytes().decode("utf-8-sig")
    line = LINE.format(schema=name)
    before = MODELINE.search(text)
    if before and before[1] == name:
        return ""
    end = "\r\n" if "\r\n" in text else "\n"
    changed = text.replace(before[0], line, 1) if before else line + end + text
    with open(spec, "w", encoding="utf-8", newline="") as file:
        file.write(changed)
    return f"\n{spec}: its first line names it" if not before else f"\n{spec}: names it now, not {before[1]}"
