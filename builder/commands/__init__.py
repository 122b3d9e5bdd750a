"""The command line: a file a verb, loaded when called; the only room that prints."""

import errno
import importlib
import os
import sys

import click

from builder.commands.output import complain, our_fault, use_json
from builder.diagnostics import Fault, SpecError

DISK = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENOSPC, errno.EDQUOT, errno.ENAMETOOLONG)
VERBS = {
    "new": "Write a first spec to start from.",
    "list": "List bricks, blocks, losses, sources, specs and more.",
    "describe": "Tell what a brick or block takes.",
    "check": "Find all faults of a spec; show its steps, shapes and sizes.",
    "show": "Draw the network, in the terminal or into a file.",
    "render": "Print the spec with imports and overrides worked in.",
    "train": "Train a spec and keep the run.",
    "evaluate": "Judge a run on its test data.",
    "predict": "Predict with a run: images, rows or text.",
    "export": "Export a run or spec to serve it.",
    "schema": "Print the JSON Schema that editors complete specs by.",
    "runs": "List runs and their figures.",
    "doctor": "Tell what this machine trains with, what is missing, and try it.",
}


class Verbs(click.Group):
    """Knows every verb by name and loads its file only when it is called."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        return importlib.import_module(f"builder.commands.{name}_").command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(self, context: click.Context, args: list[str]):
        from builder.diagnostics import near

        if args and args[0] not in VERBS and not args[0].startswith("-"):
            found = near(args[0], VERBS)
            hint = f" Did you mean `{found[0]}`?" if found else ""
            context.fail(f"there is no command `{args[0]}`.{hint}")
        return super().resolve_command(context, args)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog="""\b
Examples:
  build train lenet5                 train a shipped spec on embedded data
  build new digits.yaml              write a first spec, then edit it
  build check digits.yaml            all faults at once, shapes and sizes
  build show digits.yaml -o net.svg  the picture
""")
@click.version_option(package_name="keras-bricks", prog_name="build", message="%(prog)s %(version)s")
def cli() -> None:
    """Neural networks as YAML bricks, compiled to Keras."""


def main() -> None:
    """Runs the command line; exit codes: 0 fine, 1 the spec or data is at fault, 2 wrong usage, 3 a bug of ours."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        sys.exit(_outcome())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception:
        our_fault()
        sys.exit(3)


def _outcome() -> int:
    """Runs the verb, tells the user's mistakes, and gives the exit code."""
    use_json(False)
    try:
        # A verb gives nothing back; click gives the code of an `Exit` back where it stands alone no more.
        return cli.main(standalone_mode=False, prog_name="build") or 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SpecError as error:
        complain(error.faults)
        return 1
    except OSError as error:
        if error.filename is None or error.errno not in DISK:
            raise
        complain([Fault("unwritable-file", None, {"path": str(error.filename), "problem": error.strerror.lower()})])
        return 1
