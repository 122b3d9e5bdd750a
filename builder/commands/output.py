"""How the commands speak: faults to standard error, results to standard output, colour only to a terminal."""

import json
import os
import sys
import traceback

import click

from builder.diagnostics import Fault, as_json, render

REPORT = "https://github.com/keras-bricks/keras-bricks/issues"
WIDE = 240
_state = {"json": False}


def use_json(wanted: bool) -> None:
    """From here on, faults are told as JSON on standard output, or for people on standard error."""
    _state["json"] = wanted


def colorful(stream) -> bool:
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def complain(faults: tuple[Fault, ...] | list[Fault]) -> None:
    """Tells faults, or warnings, in the way that was asked for."""
    if not faults:
        return
    if _state["json"]:
        say_json({"ok": False, "faults": [as_json(fault) for fault in faults]})
        return
    click.echo(render(faults, colorful(sys.stderr)), err=True, color=True)
    errors = sum(fault.severity == "error" for fault in faults)
    if errors > 1:
        click.echo(f"{errors} errors", err=True)


def say_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, default=str))


def our_fault() -> None:
    """A bug of ours: the only time a traceback is shown."""
    traceback.print_exc()
    click.echo(f"\nThis is a bug of keras-bricks, not of your spec. Please report it with the lines above: {REPORT}", err=True)


def console(stderr: bool = False):
    """A rich console that keeps to NO_COLOR and to pipes."""
    from rich.console import Console

    found = Console(stderr=stderr, highlight=False)
    return found if found.is_terminal else Console(stderr=stderr, highlight=False, width=WIDE)


def size(number: int) -> str:
    """A count as people read it."""
    return f"{number:,}"


def short(number: float) -> str:
    """A large count in three digits: 4.1 G."""
    for unit, factor in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= factor:
            return f"{number / factor:.3g} {unit}"
    return f"{number:.0f}"


def memory(octets: float) -> str:
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if octets >= factor:
            return f"{octets / factor:.1f} {unit}"
    return f"{octets:.0f} B"
