"""`build evaluate`: a run judged on its test data."""

import click

from builder.commands.options import json_option, runs_option, trust_option
from builder.commands.output import complain, console, say_json

WORST = 5


@click.command(epilog="\b\nExamples:\n  build evaluate lenet5            the latest run of that spec\n  build evaluate runs/lenet5/20260101-120000 --json\n"
                      "  build evaluate lenet5 --layer dense_2 --neighbours 5")
@click.argument("run", default="latest")
@click.option("--layer", metavar="NAME", help="Judge what leaves this layer instead, by the classes of the nearest training examples.")
@click.option("--neighbours", metavar="K", type=click.IntRange(1), help="With --layer: how many of the nearest vote.  [default: 1]")
@click.option("--ways", metavar="N", type=click.IntRange(2), help="With --layer: classes of a one-shot trial.  [default: 20, or as many as there are]")
@click.option("--groups", metavar="FIELD", help="With --layer: draw the classes of a one-shot trial within one value of this field, such as an alphabet.")
@runs_option
@trust_option
@json_option
def command(run: str, layer: str | None, neighbours: int | None, ways: int | None, groups: str | None, runs: str, trust: bool, as_json: bool) -> None:
    """Evaluate RUN (a folder, a spec's name for its latest run, or `latest`) on its test split: loss, metrics, and for
    classifiers the confusion matrix with precision, recall and F1 of each class; for regression the errors."""
    from builder.experiment import evaluate

    for name, value in {"neighbours": neighbours, "ways": ways, "groups": groups}.items():
        if value and not layer:
            raise click.UsageError(f"--{name} goes with --layer")
    warn = lambda fault: None if as_json else complain([fault])
    if layer:
        _embedding(run, layer, {"k": neighbours or 1, "ways": ways, "groups": groups}, runs, trust, as_json)
        evaluate(run, runs=runs, trust=trust, warn=warn)  # which writes the report anew
        return
    found = evaluate(run, runs=runs, trust=trust, warn=warn)
    if as_json:
        say_json(found.as_json())
        return
    click.echo(f"{found.examples} examples of the {found.split} split")
    width = max(24, *map(len, found.metrics))
    for name, value in found.metrics.items():
        click.echo(f"  {name:<{width}} {value:.4f}")
    _members(found)
    for output, report in found.outputs.items():
        _report(output, report)
        _worst(output, found.mistakes.get(output, ()))
    _reconstructions(found)
    if found.samples:
        click.echo(f"samples  {found.samples['count']} of `{found.samples['output']}` after epoch {found.samples['epoch']}")
    _sequences(found.sequences)
    for one in found.continuations[:1]:
        click.echo(f"\ngoing on from the beginning of an example:\n{one['said']}")
    for picture in found.pictures:
        click.echo(f"picture  {picture}")
    _path(run, runs)


def _embedding(run: str, layer: str, how: dict, runs: str, trust: bool, as_json: bool) -> None:
    """How good an embedding is, by its nearest neighbours and among itself."""
    from builder.looking import neighbours

    count = how["k"]
    found = neighbours(run, layer, **how, runs=runs, trust=trust, keep=True)
    if as_json:
        say_json(found)
        return
    click.echo(f"{found['examples']} examples of the {found['split']} split, each given the {found['field']} of its "
               f"{'nearest' if count == 1 else f'{count} nearest'} of {found['training_examples']:,} training examples in the {found['size']:,} values of "
               f"{found['layer']}")
    _measures(found)
    _path(run, runs)


def _measures(report: dict) -> None:
    """The measures of an embedding, and of others beside it."""
    from builder.report.embeddings import rows_of

    others = report.get("beside", {})
    table = _table("", "measure", "this embedding", *others)
    for name, values in rows_of([report, *others.values()]):
        table.add_row(name, *("" if value is None else f"{value:.4f}" for value in values))
    console().print(table)


def _reconstructions(found) -> None:
    """How well images are given back, a wire a line, with what the network got in place of the original."""
    from builder.report.reconstructions import figures_of

    for name, one in found.reconstructions.items():
        given = "".join(f"; of {other} {figures_of(one, other)}" for other in one.given if other in one.errors)
        click.echo(f"{name} beside {one.target}: {figures_of(one, name)}{given}")


def _members(found) -> None:
    """An ensemble member by member, their mean, and together."""
    from builder.report.members import means

    if not found.members:
        return
    rows = {**found.members, "mean of the members": means(found.members), f"together ({found.combine})": found.metrics}
    table = _table("", "member", *found.metrics)
    for name, row in rows.items():
        table.add_row(name, *(f"{row[metric]:.4f}" if metric in row else "" for metric in found.metrics))
    console().print(table)


def _sequences(sequences) -> None:
    """Some of the sequences that were made, wrong ones first."""
    for one in sequences.shown[:WORST] if sequences else ():
        if one is sequences.shown[0]:
            click.echo(f"\nsequences made of {sequences.examples} examples, {sequences.exact:.1%} of them exact; some, wrong ones first")
        given = "" if one["given"] is None else f"{one['given']}  ->  "
        click.echo(f"  {given}{one['said']}" + ("" if one["said"] == one["wanted"] else f"   (wanted: {one['wanted']})"))
    swapped = [f"{one['said'] or 'nothing'} for {one['wanted'] or 'nothing'} {one['times']}" for one in sequences.swapped[:WORST]] if sequences else ()
    if swapped:
        click.echo(f"words said in place of others: {', '.join(swapped)}")


def _worst(output: str, mistakes) -> None:
    """The first few of the worst mistakes; the report has more of them, with what they were told of."""
    if mistakes:
        click.echo(f"\n{output}: the worst of its mistakes, by their place in the split")
    for mistake in mistakes[:WORST]:
        told = ", ".join(f"{name} {_short(value)}" for name, value in mistake.facts.items())
        click.echo(f"  {mistake.index:>6}  {told}")


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _path(run: str, runs: str) -> None:
    from pathlib import Path

    from builder.report import FILE
    from builder.training import find_run

    path = find_run(run, Path(runs), trained=True).folder / FILE
    if path.is_file():
        click.echo(f"report   {path}")


def _report(output: str, report: dict) -> None:
    """Classes as tables; anything else as the figures it has."""
    from builder.report.embeddings import sentence

    classes = report.get("classes")
    if isinstance(classes, list) and "confusion" in report:
        _per_class(output, report)
        _confusion([str(entry["class"]) for entry in classes], report["confusion"])
        return
    click.echo(f"\n{output}")
    if report["kind"] == "embedding":
        click.echo(sentence(report))
        _measures(report)
        return
    for name, value in report.items():
        if isinstance(value, float | int):
            click.echo(f"  {name:<24} {value:.4g}")
    if "forecast" in report:
        _forecast(report["forecast"])


def _forecast(forecast: dict) -> None:
    """The errors of a forecast beside those of ways that need no network."""
    from builder.report.forecasts import ways

    table = _table("\nroot mean square error of forecasts", "forecast",
                   *(f"{horizon} rows on" if horizon > 1 else "1 row on" for horizon in forecast["horizons"]))
    for name, errors in ways(forecast):
        table.add_row(name, *(f"{error:.4g}" for error in errors))
    console().print(table)


def _table(title: str, *columns: str):
    from rich.table import Table

    click.echo(title)  # rich would fold a title to the width of its table
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right")
    return table


def _per_class(output: str, report: dict) -> None:
    rows = report["classes"]
    table = _table(f"\n{output}", *rows[0])
    for row in rows:
        table.add_row(*(f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values()))
    console().print(table)


def _confusion(names: list[str], matrix: list[list[int]]) -> None:
    if len(names) <= 20:
        table = _table("\nconfusion: a row is the true class, a column the predicted one", "", *names)
        for name, row in zip(names, matrix):
            table.add_row(name, *(str(count) if count else "." for count in row))
        console().print(table)
