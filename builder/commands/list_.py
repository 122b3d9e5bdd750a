"""`build list`: what there is to build with."""

import click

KINDS = {
    "bricks": "layer", "ops": "op", "losses": "loss", "optimizers": "optimizer", "metrics": "metric", "callbacks": "callback", "sources": "source",
    "samplers": "sampler",
    "schedules": "schedule", "initializers": "initializer", "regularizers": "regularizer", "constraints": "constraint", "activations": "activation",
}
WHAT = [*KINDS, "applications", "blocks", "specs"]


@click.command(epilog="\b\nExamples:\n  build list blocks\n  build list bricks | grep Conv")
@click.argument("kind", metavar="KIND", type=click.Choice(WHAT))
def command(kind: str) -> None:
    """List everything of one KIND, a line each; `build describe NAME` tells more.

    Kinds: bricks (Keras's layers and ours), applications (whole networks of Keras), ops, blocks, sources, samplers, specs, losses, optimizers,
    metrics, callbacks, schedules, initializers, regularizers, constraints, activations."""
    for name, help in _listed(kind):
        click.echo(f"{name:<28} {help}" if help else name)


def _listed(what: str) -> list[tuple[str, str]]:
    if what == "blocks":
        from builder.catalog.library import library

        return [(name, _first(block.help)) for name, block in sorted(library().items())]
    if what == "specs":
        from builder.language import shipped

        return [(name, _comment(path)) for name, path in shipped().items()]
    from builder.catalog.describe import listing

    whole = what == "applications"
    return [(name, _first(help)) for name, help in listing(KINDS["bricks" if whole else what]) if name.startswith("applications.") == whole]


def _comment(path) -> str:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    return _first(first.lstrip("# ")) if first.startswith("#") else ""


def _first(help: str) -> str:
    line = help.strip().split("\n")[0]
    return line if len(line) <= 90 else line[:87] + "..."
