"""Arguments and options that several verbs share."""

import click

from builder.commands.output import use_json
from builder.diagnostics import fail


def _changes(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    changes = {}
    for value in values:
        path, equals, text = value.partition("=")
        if not equals or not path:
            raise click.BadParameter(f"write it as path=value, for example --set train.epochs=3, not `{value}`")
        changes[path] = text
    return changes


def _json(context: click.Context, option: click.Parameter, value: bool) -> bool:
    if value:
        use_json(True)
    return value


def _complete_spec(context: click.Context, parameter: click.Parameter, incomplete: str):
    from click.shell_completion import CompletionItem

    from builder.language import shipped

    files = [CompletionItem(incomplete, type="file")]
    return [CompletionItem(name) for name in shipped() if name.startswith(incomplete)] + files


spec_argument = click.argument("spec", shell_complete=_complete_spec)
set_option = click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", callback=_changes,
                          help="Change a value of the spec: --set train.epochs=3. The value is YAML.")
trust_option = click.option("--trust", is_flag=True, help="Run the Python files that the spec names under `code`.")
json_option = click.option("--json", "as_json", is_flag=True, callback=_json, is_eager=True, help="Print JSON for a program.")
runs_option = click.option("--runs", default="runs", show_default=True, type=click.Path(file_okay=False), help="The folder that runs are kept in.")
force_option = click.option("--force", is_flag=True, help="Overwrite a file that is there.")


def unless_there(path, force: bool) -> None:
    """A file is never overwritten unasked.

    Raises:
        SpecError: the file is there already.
    """
    from pathlib import Path

    if Path(path).exists() and not force:
        raise fail("file-exists", path=str(path))
