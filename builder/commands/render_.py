"""`build render`: the resolved spec, which is itself a spec."""

import click

from builder.commands.options import set_option, spec_argument, trust_option


@click.command(epilog="\b\nExamples:\n  build render spec.yaml > resolved.yaml\n  build render lenet5 --set train.epochs=3")
@spec_argument
@set_option
@trust_option
def command(spec: str, changes: dict, trust: bool) -> None:
    """Print SPEC with its imports and overrides worked in."""
    from builder.experiment import load, resolved

    click.echo(resolved(load(spec, changes, trust)), nl=False)
