"""`build runs`: the runs there are, their figures side by side, and what differs between some of them."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from builder.commands.options import force_option, json_option, runs_option, unless_there
from builder.commands.output import console, say_json

TEXTS = ("run", "state", "")
HEAD = ("run", "state", "epochs")


@click.command(epilog="""\b
Examples:
  build runs                                   all runs
  build runs lenet5 --sort val_accuracy        those of a spec, the best first
  build runs 20260101-120000 latest            two runs: their figures, and what differs
  build runs lenet5 mlp --html compared.html   the same as a page with curves
""")
@click.argument("names", nargs=-1, metavar="[RUN]...")
@click.option("--sort", metavar="METRIC", help="Best first by this figure, such as val_accuracy; marks the best run of each spec.")
@click.option("--html", type=click.Path(dir_okay=False), metavar="FILE", help="Write the comparison of the runs as a page.")
@runs_option
@force_option
@json_option
def command(names: tuple[str, ...], sort: str | None, html: str | None, runs: str, force: bool, as_json: bool) -> None:
    """List the runs of all specs, or those of one, oldest first; or compare two RUNs and more: figures side by side, and
    what differs in their specs, data and surroundings. A RUN is a folder, a spec's name (its latest), a time, or `latest`."""
    if html and len(names) < 2:
        raise click.UsageError("--html writes a comparison, which takes two runs: build runs A B --html FILE")
    if len(names) < 2:
        _list(Path(runs), names[0] if names else None, sort, as_json)
        return
    if html:
        unless_there(html, force)
    _compare(Path(runs), names, sort, html, as_json)


def _list(runs: Path, name: str | None, sort: str | None, as_json: bool) -> None:
    from builder.training import compare, find_run, list_runs

    found = list_runs(runs, name)
    if name and not found:
        found = [find_run(name, runs)]
    rows = _sorted(compare(found), sort)
    if as_json:
        say_json(rows)
    elif rows:
        _tell_list(rows, sort)
    else:
        click.echo(f"there are no runs in `{runs}` yet; `build train lenet5` makes one")


def _compare(runs: Path, names: Sequence[str], sort: str | None, html: str | None, as_json: bool) -> None:
    from builder.report.comparison import as_page, comparison
    from builder.training import compare, find_run

    found = [find_run(name, runs) for name in names]
    if sort:
        order = [row["run"] for row in _sorted(compare(found), sort)]
        found.sort(key=lambda run: order.index(run.name))
    compared = comparison(found)
    if html:
        Path(html).write_text(as_page(compared), encoding="utf-8")
    if as_json:
        say_json(compared.as_json())
        return
    _tell(compared)
    if html:
        click.echo(f"\npage     {html}")


def _sorted(rows: list[dict], sort: str | None) -> list[dict]:
    """The best first, the best of each spec marked; rows without the figure come last."""
    if sort is None or not rows:
        return rows
    from builder.diagnostics import near
    from builder.report.headline import is_greater_better

    known = dict.fromkeys(name for row in rows for name, value in row.items() if isinstance(value, int | float))
    if sort not in known:
        hint = "".join(f" Did you mean `{name}`?" for name in near(sort, known)[:1])
        raise click.BadParameter(f"no run has a figure `{sort}`.{hint} There are: {', '.join(known)}", param_hint="--sort")
    sign = -1 if is_greater_better(sort) else 1
    ordered = sorted(rows, key=lambda row: (row.get(sort) is None, sign * (row.get(sort) or 0)))
    best = {}
    for row in ordered:
        if row.get(sort) is not None:
            best.setdefault(row["run"].rpartition("/")[0], row["run"])
    return [{**row, "best": row["run"] in best.values()} for row in ordered]


def _tell_list(rows: list[dict], sort: str | None) -> None:
    """A table a spec, for each has figures of its own; those for which the terminal is too narrow are counted below it."""
    specs: dict[str, list[dict]] = {}
    for row in rows:
        specs.setdefault(row["run"].rpartition("/")[0], []).append(row)
    for index, some in enumerate(specs.values()):
        click.echo("\n" * (index > 0), nl=False)
        names = [name for name in dict.fromkeys(name for row in some for name in row) if name != "best"]
        shown = _fitting(names, some, console().width, sort)
        console().print(_table(some, shown))
        if len(shown) < len(names):
            click.echo(f"{len(names) - len(shown)} more in a wider terminal, or by --json")


def _fitting(names: list[str], rows: list[dict], width: int, sort: str | None) -> list[str]:
    """The columns that a terminal has room for: first what is sorted by, then metrics of the test split and of validation, then losses."""
    wide = {name: max(len(name), *(len(_cell(row.get(name))) for row in rows)) + 2 for name in names}
    left = width - sum(wide.get(name, 0) for name in HEAD) - 3
    shown = set(HEAD)

    def rank(name: str) -> tuple:
        return name != sort, name.endswith("loss"), not name.startswith("test_"), not name.startswith("val_"), names.index(name)

    for name in sorted(set(names) - shown, key=rank):
        if wide[name] <= left:
            left -= wide[name]
            shown.add(name)
    return [name for name in names if name in shown]


def _table(rows: list[dict], names: list[str]):
    table = _plain_table()
    marked = any("best" in row for row in rows)
    for name in (["", *names] if marked else names):
        table.add_column(name, justify="left" if name in TEXTS else "right", overflow="fold", no_wrap=name == "run")
    for row in rows:
        table.add_row(*((["*" if row["best"] else ""] if marked else []) + [_cell(row.get(name)) for name in names]))
    return table


def _plain_table():
    from rich.table import Table

    return Table(box=None, pad_edge=False, header_style="bold")


def _tell(compared) -> None:
    """Figures with a column a run, the best of each marked; then what differs, a path a line."""
    table = _plain_table()
    table.add_column("")
    for name in compared.names:
        table.add_column(name, justify="right")
    for figure in compared.figures:
        best = compared.best(figure)
        table.add_row(figure, *(f"{'* ' if index in best else ''}{_cell(row.get(figure))}" for index, row in enumerate(compared.rows)))
    console().print(table)
    for title, changes in (("spec", compared.spec), ("data and surroundings", compared.surroundings)):
        click.echo(f"\n{title}: " + ("what differs" if changes else "the same"))
        for change in changes:
            click.echo(f"  {change.path}: {_arrow().join(map(_short, change.values))}")


def _arrow() -> str:
    return " → " if (sys.stdout.encoding or "").lower().startswith("utf") else " -> "


def _short(value: object) -> str:
    from builder.report.comparison import short

    text = short(value)
    return text if (sys.stdout.encoding or "").lower().startswith("utf") else text.encode("ascii", "replace").decode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    return f"{value:.4f}" if abs(value) < 1e4 else f"{value:.6g}"
