"""The options of `build show` that look inside a trained run, and what they do."""

from collections.abc import Callable
from pathlib import Path

import click

from builder.commands.options import unless_there

WAYS = ("filters", "activations", "saliency", "grad_cam")
OF_EXAMPLES = {"files": "--input", "example": "--example"}
OPTIONS = (
    click.option("--filters", metavar="LAYER", help="Of a run: the learned weights of LAYER as pictures."),
    click.option("--activations", metavar="LAYER", help="Of a run: what LAYER makes of one example."),
    click.option("--saliency", is_flag=True, help="Of a run that tells classes: the pixels that the class hangs on."),
    click.option("--grad-cam", metavar="[LAYER]", is_flag=False, flag_value="", help="Likewise by the maps of LAYER, or of the last layer with maps."),
    click.option("--input", "files", metavar="FILE", multiple=True, help="The example to look at: an image; several inputs take one each."),
    click.option("--example", metavar="N", type=click.IntRange(0), help="Instead, number N of the split that the run is judged by.  [default: 0]"),
    click.option("--class", "of", metavar="NAME", help="Ask what speaks for this class; left out, for the one that the run says."),
    click.option("--smooth", metavar="N", type=click.IntRange(2), help="Saliency as the mean over N noisy copies (SmoothGrad)."),
)


def inside_options(command: Callable) -> Callable:
    """Adds the options to a command; all of them reach it by their names."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def asked(options: dict) -> bool:
    """Whether one of the ways is asked for; an option that belongs to one without it is wrong usage."""
    wanted = [name for name in WAYS if options[name] not in (None, False)]
    if set(wanted) in ({"saliency"}, {"grad_cam"}, {"saliency", "grad_cam"}):
        _refuse_both(options)
    elif len(wanted) > 1:
        raise click.UsageError(f"one at a time: {_names(wanted)}")
    else:
        _refuse(options, ("of", "smooth"), "--saliency or --grad-cam")
        if wanted == ["activations"]:
            _refuse_both(options)
        else:
            _refuse(options, tuple(OF_EXAMPLES), "--activations, --saliency or --grad-cam")
    return bool(wanted)


def show_inside(run: str, options: dict, output: str | None, force: bool, runs: str, trust: bool) -> Path:
    """Draws what is asked for, into the run's folder where no file is named, and gives the file."""
    from builder.looking import look_inside
    from builder.training import find_run

    if output:
        unless_there(output, force)
    found = find_run(run, Path(runs), trained=True)
    grad_cam = options["grad_cam"]
    view = look_inside(found, filters=options["filters"], activations=options["activations"], saliency=options["saliency"],
                       grad_cam=False if grad_cam is None else grad_cam or True, files=options["files"], example=options["example"] or 0,
                       of=options["of"], smooth=options["smooth"] or 0, trust=trust)
    path = Path(output) if output else found.folder / "inside" / f"{view.name}.png"
    if not output:
        path.parent.mkdir(exist_ok=True)
    click.echo(f"{view.title}; {view.note}")
    click.echo(view.save(path))
    return path


def _refuse_both(options: dict) -> None:
    if options["files"] and options["example"] is not None:
        raise click.UsageError("give --input or --example, not both")


def _refuse(options: dict, names: tuple[str, ...], needed: str) -> None:
    given = [name for name in names if options[name] not in (None, (), False)]
    if given:
        raise click.UsageError(f"{_names(given)} goes with {needed}")


def _names(options: list[str]) -> str:
    spelt = {"of": "--class", "grad_cam": "--grad-cam", **OF_EXAMPLES}
    return " and ".join(spelt.get(name, f"--{name}") for name in options)
