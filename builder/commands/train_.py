"""`build train`: a spec to a trained model in a run folder."""

import contextlib
from pathlib import Path

import click

from builder.commands.options import runs_option, set_option, spec_argument, trust_option


@click.command(epilog="""\b
Examples:
  build train lenet5
  build train spec.yaml --epochs 3 --set data.batch=64
  build train spec.yaml --smoke        prove a spec without its data
  build train spec.yaml --resume       go on with the latest run of this spec
  build train spirals --live --open    watch it train in the browser
  build train spec.yaml --workers 2    in two processes, to the same result
""")
@spec_argument
@set_option
@click.option("--epochs", type=click.IntRange(1), help="Epochs of the last phase; short for --set train.epochs=N.")
@click.option("--device", help="cpu, gpu, gpu:1; mirrored (all GPUs), mirrored:2, mirrored:cpu:2; multiworker (by TF_CONFIG). Left out, TensorFlow chooses.")
@click.option("--workers", type=click.IntRange(2, 64), metavar="N", help="Train in N processes on this machine.")
@click.option("--resume", is_flag=True, help="Go on with the latest run of this spec, or with the run that SPEC names.")
@click.option("--every", type=click.IntRange(1), metavar="STEPS", help="Save a checkpoint after so many steps too, not only after each epoch.")
@click.option("--smoke", is_flag=True, help="Train two steps on made-up data of the right shapes.")
@click.option("--live", is_flag=True, help="Serve the report's page on this machine while training runs.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port of the live page; left out, the first free one from 8765 on.")
@click.option("--open", "opened", is_flag=True, help="Open the live page in the browser.")
@runs_option
@trust_option
def command(spec: str, changes: dict, epochs: int | None, device: str | None, workers: int | None, resume: bool, every: int | None, smoke: bool,
            live: bool, port: int | None, opened: bool, runs: str, trust: bool) -> None:
    """Train SPEC and keep the run: the model, its log and curves, checkpoints, the picture, the environment."""
    from builder.commands.progress import Progress, Quiet
    from builder.experiment import train
    from builder.training import Interrupted, is_chief

    if workers:
        raise click.exceptions.Exit(_launched(workers, device))
    if smoke and resume:
        raise click.UsageError("--smoke keeps no run, so there is none to --resume")
    live = live or opened or port is not None
    if smoke and live:
        raise click.UsageError("--smoke is over before a page could be looked at, so there is nothing to --live")
    reporter = Progress() if is_chief(device) else Quiet()
    try:
        with _word_left(), _folder(runs, smoke) as folder, _watched(reporter, live and is_chief(device), port, opened) as listener:
            run = train(spec, _epochs(spec, changes, epochs), runs=folder, resume=_run_of(spec) if resume else None, device=device,
                        checkpoint_every=every, reporter=listener, trust=trust, smoke=smoke, trained=runs)
    except Interrupted as stop:
        reporter.stop()
        click.echo("\nstopped" if smoke else f"\nstopped; all is saved. Go on with:  build train {spec} --resume{_also(runs, trust, device)}", err=True)
        raise click.exceptions.Exit(130) from stop
    finally:
        reporter.stop()
    if is_chief(device):
        _tell(run, smoke)


def _launched(workers: int, device: str | None) -> int:
    """The exit code of so many processes that run this very command together."""
    import sys

    from builder.commands.output import complain
    from builder.training.workers import command_of, launch

    if device not in (None, "multiworker"):
        raise click.UsageError(f"--workers is for --device multiworker, not {device}")
    code, faults = launch(command_of(sys.argv[1:]), workers)
    complain(faults)
    return code


@contextlib.contextmanager
def _word_left():
    """Where another process started this one and a fellow worker is lost, it tells so for both."""
    from builder.diagnostics import SpecError
    from builder.training.workers import LOST, leave_word

    try:
        yield
    except SpecError as error:
        if leave_word(error.faults):
            raise click.exceptions.Exit(LOST) from error
        raise


def _folder(runs: str, smoke: bool):
    """Where the run goes: a trial on made-up data must not be taken for the latest run of its spec."""
    from contextlib import nullcontext
    from tempfile import TemporaryDirectory

    return TemporaryDirectory(prefix="bricks-smoke-") if smoke else nullcontext(runs)


@contextlib.contextmanager
def _watched(reporter, live: bool, port: int | None, opened: bool):
    """The reporter, joined by the live page where one is asked for."""
    if not live:
        yield reporter
        return
    from builder.commands.browser import browse
    from builder.report.live import Live
    from builder.report.serve import PORT
    from builder.training.reporter import Several

    def tell(address: str) -> None:
        if port is None and f":{PORT}/" not in address:
            click.echo(f"note: port {PORT} is in use, so the next free one is taken", err=True)
        click.echo(f"live at {address}", err=True)
        if opened and not browse(address):
            click.echo("note: there is no browser here to open", err=True)

    with Live(port, tell) as page:
        yield Several(reporter, page)


def _epochs(spec: str, changes: dict, epochs: int | None) -> dict:
    """--epochs as an override of the last phase."""
    if epochs is None:
        return changes
    from builder.language import load
    from builder.language.tree import Seq

    written = load(spec, changes).tree.get("train") if Path(spec).is_file() or "/" not in spec else None
    last = f"train.{len(written.items) - 1}.epochs" if isinstance(written, Seq) and written.items else "train.epochs"
    return {**changes, last: str(epochs)}


def _run_of(spec: str) -> str:
    """The run to go on with: SPEC itself where it names one, else the latest of the spec's name."""
    from builder.language import load
    from builder.language.load import shipped
    from builder.training.run import FILE

    if (Path(spec) / FILE).is_file() or not (Path(spec).is_file() or spec in shipped()):
        return spec
    return load(spec).name


def _also(runs: str, trust: bool, device: str | None) -> str:
    """The options that a resumed run needs again."""
    from builder.training.workers import asked_for

    return (f" --runs {runs}" if runs != "runs" else "") + (" --trust" if trust else "") + asked_for(device)


def _there(folder: Path) -> str:
    """What lies in a run's folder to be looked at."""
    from builder.report import FILE
    from builder.report.gallery import PICTURE

    files = {"picture": "graph.svg", "curves": "curves.png", "samples": PICTURE, "report": FILE}
    return "".join(f"\n{what:<8} {folder / name}" for what, name in files.items() if (folder / name).is_file())


def _tell(run, smoke: bool) -> None:
    folder = run.folder
    if smoke:
        click.echo("the spec trains: two steps went through on made-up data")
        return
    click.echo(f"\nmodel    {folder / 'model.keras'}{_there(folder)}")
    click.echo(f"\nnext:\n  build evaluate {folder}\n  build export {folder} --format saved_model\n  build predict {folder} {_given(folder)}")


def _given(folder: Path) -> str:
    """What `build predict` is to be given: files, or of a generator how many samples."""
    from builder.report.gallery import PICTURE

    return "--count 100 -o made.png" if (folder / PICTURE).is_file() else "FILES..."
