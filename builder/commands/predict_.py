"""`build predict`: what a run says of new examples."""

import csv
import json
import sys

import click

from builder.commands.options import force_option, runs_option, trust_option, unless_there
from builder.commands.output import console


@click.command(epilog="\b\nExamples:\n  build predict resnet20 photo.jpg other.png\n  build predict wide_deep rows.csv --format csv > out.csv\n  build predict sentiment_lstm --text 'a quiet, moving film'\n"
                      "  build predict resnet20 --split test --layer features -o embedding.npy")
@click.argument("run")
@click.argument("files", nargs=-1, type=click.Path())
@click.option("--text", "texts", multiple=True, help="A text to predict on, instead of a file.")
@click.option("--format", "style", type=click.Choice(["table", "jsonl", "csv"]), default="table", show_default=True)
@click.option("--layer", metavar="NAME", help="Write what leaves this layer, an embedding, in place of the prediction.")
@click.option("--split", type=click.Choice(["train", "validation", "test"]), help="With --layer, in place of FILES: a split of the run's data, its classes beside.")
@click.option("-o", "--output", metavar="FILE", help="With --layer: where to, .npy or .csv.")
@click.option("--same", is_flag=True, help="Tell of each of FILES whether it is like the first, by the distance that `build evaluate RUN --layer NAME` found best.")
@runs_option
@trust_option
@force_option
def command(run: str, files: tuple[str, ...], texts: tuple[str, ...], style: str, layer: str | None, split: str | None, output: str | None,
            same: bool, runs: str, trust: bool, force: bool) -> None:
    """Predict with RUN on FILES: images, CSV rows, text (a line an example) or arrays, by the run's own preprocessing."""
    from builder.experiment import predict

    if layer or split or output:
        _embed(run, files, texts, layer, split, output, runs, trust, force)
        return
    if not files and not texts:
        raise click.UsageError("give FILES to predict on, or --text")
    if same:
        from builder.looking import alike

        rows = alike(run, files, texts=texts, runs=runs, trust=trust)
        if not rows:
            raise click.UsageError("--same compares at least two examples")
        {"table": _table, "jsonl": _lines, "csv": _csv}[style](rows)
        return
    rows = [_row(found) for found in predict(run, files, texts=texts, runs=runs, trust=trust)]
    {"table": _table, "jsonl": _lines, "csv": _csv}[style](rows)


def _embed(run: str, files, texts, layer: str | None, split: str | None, output: str | None, runs: str, trust: bool, force: bool) -> None:
    """An embedding into a file."""
    from builder.looking import embed

    if not layer or not output:
        raise click.UsageError("--layer, -o and --split go together: --layer NAME -o embedding.npy, with FILES, --text or --split")
    if bool(split) == bool(files or texts):
        raise click.UsageError("give either FILES (or --text) or --split")
    unless_there(output, force)
    found = embed(run, layer, files, texts=texts, split=split, runs=runs, trust=trust)
    for path in found.save(output):
        click.echo(path)
    click.echo(f"{found.layer}: {' × '.join(map(str, found.values.shape))} values")


def _row(found) -> dict:
    """One flat row an example: where it came from, then each output."""
    row: dict[str, object] = {"source": found.source}
    for output, told in found.outputs.items():
        values = told if isinstance(told, dict) else {"": told}
        row |= {f"{output}.{name}".rstrip("."): value for name, value in values.items()}
    return row


def _lines(rows: list[dict]) -> None:
    for row in rows:
        click.echo(json.dumps(row, default=str))


def _csv(rows: list[dict]) -> None:
    flat = [_flat(row) for row in rows]
    writer = csv.DictWriter(sys.stdout, list(dict.fromkeys(name for row in flat for name in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)


def _flat(row: dict) -> dict:
    found: dict[str, object] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            found |= {f"{name}.{key}": part for key, part in value.items()}
        else:
            found[name] = value
    return found


def _table(rows: list[dict]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in dict.fromkeys(name for row in rows for name in row):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    console().print(table)


def _cell(value: object) -> str:
    if isinstance(value, dict):
        best = sorted(value.items(), key=lambda item: -item[1])[:3]
        return "  ".join(f"{name} {share:.1%}" for name, share in best)
    return f"{value:.4f}" if isinstance(value, float) else str(value)
