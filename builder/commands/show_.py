"""`build show`: the network as a tree in the terminal, or drawn into a file."""

import click

from builder.commands.options import force_option, set_option, spec_argument, trust_option, unless_there
from builder.commands.output import complain


@click.command(epilog="\b\nExamples:\n  build show lenet5\n  build show spec.yaml -o network.svg\n  build show resnet50 -o overview.svg --depth 1 --direction right")
@spec_argument
@click.option("-o", "--output", metavar="FILE", help="Draw into FILE: .svg, .dot, .mmd or .png.")
@click.option("--depth", type=click.IntRange(0), help="Close every block deeper than this.")
@click.option("--direction", type=click.Choice(["down", "right"]), default="down", show_default=True, help="Which way the network runs.")
@set_option
@trust_option
@force_option
def command(spec: str, output: str | None, depth: int | None, direction: str, changes: dict, trust: bool, force: bool) -> None:
    """Draw the network of SPEC: a tree here, or a picture with -o."""
    import sys

    from builder.draw import draw, figure, tree
    from builder.experiment import check

    if output:
        unless_there(output, force)
    checked = check(spec, changes, trust)
    complain(checked.warnings)
    if output:
        draw(checked.graph, output, depth=depth, direction=direction)
        click.echo(output)
        return
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    click.echo(tree(figure(checked.graph, depth), ascii_only=not unicode))
