"""`build export`: a run, or a spec with fresh weights, as files that serve, each proved after it is written."""

from math import isnan

import click

from builder.commands.options import json_option, runs_option, set_option, trust_option
from builder.commands.output import complain, say_json


@click.command(epilog="\b\nExamples:\n  build export lenet5                      the latest run, as a SavedModel\n  "
                      "build export runs/lenet5/20260101-120000 --format saved_model --format onnx\n  build export spec.yaml --format keras -o out/")
@click.argument("run")
@click.option("--format", "formats", multiple=True, metavar="FORMAT",
              help="saved_model, keras, onnx or litert; several at once. Left out: the spec's own, else saved_model.")
@click.option("--network", "networks", multiple=True, metavar="NAME",
              help="Export this network of the model by itself, in place of the model; several at once.")
@click.option("-o", "--output", type=click.Path(file_okay=False), help="The folder to write to; left out, `export` in the run's folder.")
@set_option
@runs_option
@trust_option
@json_option
def command(run: str, formats: tuple[str, ...], networks: tuple[str, ...], output: str | None, changes: dict, runs: str, trust: bool, as_json: bool) -> None:
    """Export RUN (a run's folder, or a spec's name for its latest run), or a SPEC file with fresh weights. Every export is
    loaded again in a fresh process and compared with the model before this says that it is done."""
    from builder.experiment import export

    tell = (lambda step: None) if as_json else (lambda step: click.echo(f"{step} ...", err=True))
    done = export(run, formats or None, output, networks=networks or None, set=changes, runs=runs, trust=trust, tell=tell)
    if as_json:
        say_json([_told(one) for one in done])
        return
    for one in done:
        complain(list(one.warnings))
        proved = "its shapes are the model's" if isnan(one.greatest_difference) else f"greatest difference from the model: {one.greatest_difference:.2g}"
        click.echo(f"{one.format:<12} {one.path}    {proved}")
        if one.sequences:
            click.echo(f"{'':<12} signature `generate`: {one.sequences.told}")
    for folder in dict.fromkeys(one.path.parent for one in done):
        click.echo(f"beside them: {folder / 'model_card.json'}")


def _told(one) -> dict:
    """An export as `--json` tells it."""
    made = {"sequences": {"count": one.sequences.count, "greatest_difference": one.sequences.greatest_difference,
                          "drawn": one.sequences.drawn}} if one.sequences else {}
    return {"format": one.format, "path": str(one.path), "greatest_difference": None if isnan(one.greatest_difference) else one.greatest_difference, **made}
