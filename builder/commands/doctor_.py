"""`build doctor`: what there is on this machine to train with, what is missing and costs what, and whether it works."""

import time

import click

from builder.commands.options import json_option
from builder.commands.output import complain, memory, say_json

# What an extra is for; one that is not here is told by its name alone.
FOR = {
    "onnx": "export to ONNX",
    "litert": "export to LiteRT (phones, browsers)",
    "png": "pictures as PNG",
    "safetensors": "weights out of .safetensors files",
    "tensorboard": "the TensorBoard callback",
    "mlflow": "the MLflow callback",
    "test": "this program's own tests",
}


@click.command(epilog="""\b
Examples:
  build doctor           versions, devices, extras, folders; a trial on each device
  build doctor --json    the same for a program
""")
@json_option
def command(as_json: bool) -> None:
    """Tell what TensorFlow computes on here, which extras are missing and what each is for, and try every device.

    Exit code 1 where something is broken that training needs."""
    from builder import __version__
    from builder.training import checkup
    from builder.training.checkup import NAME

    before = {"versions": {NAME: __version__, **checkup.versions()}, "machine": checkup.machine(), "extras": checkup.extras(), "folders": checkup.folders(),
              "variables": checkup.variables(), "browser": checkup.browser()}
    faults = list(checkup.early_faults())
    if not as_json:
        _tell_before(before)
    devices, late = _tried(blocked=any(fault.severity == "error" for fault in faults), quiet=as_json)
    faults += late
    ok = not any(fault.severity == "error" for fault in faults)
    (_tell_json if as_json else _tell_end)(before, devices, faults, ok)
    raise click.exceptions.Exit(0 if ok else 1)


def _tried(blocked: bool, quiet: bool) -> tuple[list, list]:
    """The devices after their trial, and what is wrong with them."""
    from builder.diagnostics import SpecError
    from builder.training import checkup

    if blocked:
        return [], []
    began = time.perf_counter()
    try:
        devices = checkup.tried_devices()
    except SpecError as error:
        return [], list(error.faults)
    if not quiet:
        _section("devices", [(device.name, _device(device)) for device in devices])
        click.echo(f"  TensorFlow took {time.perf_counter() - began:.1f} s to start and try them")
    return devices, list(checkup.late_faults(devices))


def _device(device) -> str:
    if device.problem:
        return f"{device.what}: fails"
    return f"{device.what}: a product of matrices {device.product:.1f} ms, a training step {device.step:.1f} ms (the first {device.first:.0f} ms)"


def _tell_before(found: dict) -> None:
    """All that needs no TensorFlow, at once."""
    here = found["machine"]
    shared = "" if here["usable"] == here["cpus"] else f", {here['usable']} for this process"
    _section("versions", found["versions"].items())
    _section("machine", [("system", here["platform"]), ("cores", f"{here['cpus']}{shared}"),
                         ("memory", memory(here["memory"]) if here["memory"] else "unknown"),
                         ("browser", found["browser"] or "none to open; `--live` prints the address of its page")])
    _section("extras", [(extra.name, _extra(extra)) for extra in found["extras"]])
    _section("folders", [(one["what"], f"{one['path']}  {memory(one['bytes'])}") for one in found["folders"]])
    if found["variables"]:
        _section("environment", found["variables"].items())


def _extra(extra) -> str:
    use = FOR.get(extra.name, "")
    if extra.installed:
        return f"{use}: installed ({', '.join(extra.found)})"
    return f"{use}: missing {', '.join(extra.missing)}; pip install \"keras-bricks[{extra.name}]\""


def _section(title: str, rows) -> None:
    rows = [(str(name), str(value)) for name, value in rows]
    wide = max((len(name) for name, _ in rows), default=0)
    click.echo(title)
    for name, value in rows:
        click.echo(f"  {name:<{wide}}  {value}")


def _tell_end(before: dict, devices: list, faults: list, ok: bool) -> None:
    complain(faults)
    click.echo("all that training needs works" if ok else "training does not work here; see the errors")


def _tell_json(before: dict, devices: list, faults: list, ok: bool) -> None:
    from builder.diagnostics import as_json

    extras = [{"name": extra.name, "for": FOR.get(extra.name), "installed": extra.installed, "found": extra.found, "missing": extra.missing}
              for extra in before["extras"]]
    say_json({"ok": ok, **before, "extras": extras, "devices": [device.as_json() for device in devices],
              "faults": [as_json(fault) for fault in faults]})
