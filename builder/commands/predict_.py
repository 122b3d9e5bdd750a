"""`build predict`: what a run says of new examples."""

import csv
import json
import sys

import click

from builder.commands.options import force_option, json_option, runs_option, set_option, trust_option, unless_there
from builder.commands.output import console, say_json

FEW = 12  # numbers that are told one by one


@click.command(epilog="\b\nExamples:\n  build predict resnet20 photo.jpg other.png\n  build predict wide_deep rows.csv --format csv > out.csv\n  "
                      "build predict sentiment_lstm --text 'a quiet, moving film'\n"
                      "  build predict translate --set generate.search=greedy - < sentences.txt\n"
                      "  build predict cond_gan --count 100 -o digits.png      what a generator makes of noise\n"
                      "  build predict resnet20 --split test --layer features -o embedding.npy")
@click.argument("run")
@click.argument("files", nargs=-1, type=click.Path())
@click.option("--text", "texts", multiple=True, help="A text to predict on, instead of a file.")
@click.option("--count", metavar="N", type=click.IntRange(1), help="Of a generator, in place of FILES: how many samples.  [default: 16, or two of each class]")
@click.option("--of", metavar="CLASS", help="Of a generator that is told a class: this one, in place of all in turn.")
@click.option("--seed", metavar="N", type=click.IntRange(0), help="Draw other noise than that of the report; of sequences that are drawn, the same ones again.")
@click.option("--format", "style", type=click.Choice(["table", "jsonl", "csv"]), default="table", show_default=True)
@click.option("--layer", metavar="NAME", help="Write what leaves this layer, an embedding, in place of the prediction.")
@click.option("--split", type=click.Choice(["train", "validation", "test"]),
              help="With --layer, in place of FILES: a split of the run's data, its classes beside.")
@click.option("-o", "--output", metavar="FILE", help="Write what is made into a file: images side by side as .png, numbers as .npy; with --layer .npy or .csv.")
@click.option("--same", is_flag=True, help="Tell of each of FILES whether it is like the first, by the distance that `build evaluate RUN --layer NAME` found "
                                           "best.")
@set_option
@runs_option
@trust_option
@force_option
@json_option
def command(run: str, files: tuple[str, ...], texts: tuple[str, ...], count: int | None, of: str | None, seed: int | None, style: str, layer: str | None,
            split: str | None, output: str | None, same: bool, changes: dict, runs: str, trust: bool, force: bool, as_json: bool) -> None:
    """Predict with RUN on FILES: images, CSV rows, text (a line an example; `-` reads lines from standard input) or arrays, by the run's own
    preprocessing.

    A run that makes something of noise needs no FILES: it gives samples. Of one that makes sequences `--set generate.temperature=0.5`
    and the like change how."""
    from builder.experiment import predict

    _check_changes(changes)
    files, texts = _read(files, texts)
    _check_together(files or texts, {"count": count, "of": of}, split and not layer, same and output)
    if layer:
        _embed(run, files, texts, layer, split, output, runs, trust, force)
        return
    if same:
        _same(run, files, texts, style, runs, trust)
        return
    if output:
        unless_there(output, force)
    found = predict(run, files, texts=texts, count=count, of=of, seed=seed, set=changes, runs=runs, trust=trust)
    if not found:
        raise click.UsageError("give FILES to predict on, or --text")
    if output:
        _save(found, output)
        return
    {"table": _table, "jsonl": _lines, "csv": _csv, "json": say_json}["json" if as_json else style]([_row(one) for one in found])


def _check_changes(changes: dict) -> None:
    """What was trained cannot be changed any more, but how sequences are made with it can."""
    other = next((path for path in changes if not path.startswith("generate.")), None)
    if other:
        raise click.UsageError(f"--set {other}: the run is trained; what can be changed is how sequences are made, such as --set generate.temperature=0.5")


def _read(files: tuple[str, ...], texts: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The files, and the texts with those of standard input, a line each, where a file is `-`."""
    if "-" not in files:
        return files, texts
    lines = (line.strip() for line in sys.stdin)
    return tuple(file for file in files if file != "-"), (*texts, *(line for line in lines if line))


def _check_together(given, samples: dict, split, same) -> None:
    """What does not go together is wrong usage."""
    named = [f"--{name}" for name, value in samples.items() if value is not None]
    if given and named:
        raise click.UsageError(f"{' and '.join(named)}: of a generator, in place of FILES")
    if split:
        raise click.UsageError("--split goes with --layer: --layer NAME --split test -o embedding.npy")
    if same:
        raise click.UsageError("-o: --same tells how FILES are alike, and makes nothing to write")


def _save(found, output: str) -> None:
    """What was made, as a picture or as numbers."""
    from builder.report.made import save

    name = save(found, output)
    click.echo(f"{output}    `{name}` of {len(found)} example{'' if len(found) == 1 else 's'}")


def _same(run: str, files, texts, style: str, runs: str, trust: bool) -> None:
    """Whether examples are like the first."""
    from builder.looking import alike

    rows = alike(run, files, texts=texts, runs=runs, trust=trust) if files or texts else []
    if not rows:
        raise click.UsageError("--same compares at least two examples")
    {"table": _table, "jsonl": _lines, "csv": _csv}[style](rows)


def _embed(run: str, files, texts, layer: str | None, split: str | None, output: str | None, runs: str, trust: bool, force: bool) -> None:
    """An embedding into a file."""
    from builder.looking import embed

    if not output:
        raise click.UsageError("--layer goes with -o: --layer NAME -o embedding.npy, with FILES, --text or --split")
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
    if isinstance(value, list) and value and not isinstance(value[0], str):
        return _numbers(value)
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _numbers(value: list) -> str:
    """A few numbers as they are; of many how they are laid and from where to where they go."""
    import numpy as np

    values = np.asarray(value)
    if values.size <= FEW:
        return "  ".join(f"{one:.4g}" for one in values.ravel())
    return f"{' × '.join(map(str, values.shape))} numbers, {values.min():.4g} to {values.max():.4g}"
