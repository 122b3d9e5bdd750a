"""`build show`: the network as a tree in the terminal, drawn into a file, or opened in a browser; and what is inside a trained one."""

from pathlib import Path

import click

from builder.commands.inside import asked, inside_options, show_inside
from builder.commands.options import force_option, runs_option, set_option, spec_argument, trust_option, unless_there
from builder.commands.output import complain
from builder.diagnostics import Fault


@click.command(epilog="\b\nExamples:\n  build show lenet5\n  build show resnet50 --open\n  build show spec.yaml -o network.html\n"
                      "  build show resnet50 -o overview.svg --depth 1 --direction right\n"
                      "  build show lenet5 --filters conv2d\n  build show lenet5 --saliency --grad-cam --input digit.png --open")
@spec_argument
@click.option("-o", "--output", metavar="FILE", help="Draw into FILE: .html (a page to click through), .svg, .dot, .mmd or .png.")
@click.option("--open", "opened", is_flag=True, help="Show the drawing in a browser; without -o, from a temporary file.")
@click.option("--depth", type=click.IntRange(0), help="Close every block deeper than this; on a page a click opens it.")
@click.option("--direction", type=click.Choice(["down", "right"]), default="down", show_default=True, help="Which way the network runs.")
@inside_options
@set_option
@runs_option
@trust_option
@force_option
def command(spec: str, output: str | None, opened: bool, depth: int | None, direction: str, changes: dict, runs: str, trust: bool, force: bool,
            **inside) -> None:
    """Draw the network of SPEC: a tree here, or a picture with -o or --open. Of a trained run (its folder, or the name of its spec for
    the latest one) in place of SPEC: what is inside, as .png, .svg or .html, into the run's folder without -o."""
    import sys

    if asked(inside):
        if changes or depth is not None:
            raise click.UsageError("--set and --depth are for the picture of a network; a trained run is shown as it is")
        path = show_inside(spec, inside, output, force, runs, trust)
        if opened:
            _browse(path)
        return

    from builder.draw import draw, figure, tree
    from builder.experiment import check

    if output:
        unless_there(output, force)
    checked = check(spec, changes, trust)
    complain(checked.warnings)
    if output or opened:
        path = draw(checked.graph, output or temporary(checked.graph.name), depth=depth, direction=direction)
        click.echo(output or path)
        if opened:
            _browse(path)
        return
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    click.echo(tree(figure(checked.graph, depth), ascii_only=not unicode))


def temporary(name: str) -> Path:
    """A file in a new folder, which the system clears away; it is named after the network."""
    import re
    import tempfile

    return Path(tempfile.mkdtemp(prefix="bricks-")) / (re.sub(r"[\W_]+", "_", name)[:80] + ".html")


def _browse(path: Path) -> None:
    """Opens a file in a browser. Where there is none that is told, and is no failure: the file is written."""
    import webbrowser

    try:
        shown = webbrowser.open(path.resolve().as_uri())
    except (webbrowser.Error, OSError):
        shown = False
    if not shown:
        complain([Fault("no-browser", None, {"path": str(path)}).as_warning()])
