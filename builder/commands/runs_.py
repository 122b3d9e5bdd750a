"""`build runs`: the runs there are and their figures side by side."""

import click

from builder.commands.options import json_option, runs_option
from builder.commands.output import console, say_json


@click.command(epilog="\b\nExamples:\n  build runs\n  build runs lenet5 --json")
@click.argument("name", required=False)
@runs_option
@json_option
def command(name: str | None, runs: str, as_json: bool) -> None:
    """List the runs of all specs, or those of the spec NAME, oldest first."""
    from pathlib import Path

    from builder.training import compare, list_runs

    rows = compare(list_runs(Path(runs), name))
    if as_json:
        say_json(rows)
        return
    if not rows:
        click.echo(f"there are no runs in `{runs}` yet; `build train lenet5` makes one")
        return
    console().print(_table(rows))


def _table(rows: list[dict]):
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    names = list(dict.fromkeys(name for row in rows for name in row))
    for name in names:
        table.add_column(name, justify="left" if name in ("run", "state") else "right")
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in names))
    return table


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)
