"""Runs `build` as a person would, but in this process, so that Keras is imported once."""

import contextlib
import io
import os
import shlex
import sys
from pathlib import Path

from builder.commands import main, output


def run(commands: str, folder: Path, expect: int = 0) -> str:
    """What the lines of a shell block say, both streams together.

    A line is a call of `build`; `# fails` at its end means that it must end with 1.
    """
    said = []
    for line in commands.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        assert words[0] == "build", f"only `build` is run here: {line}"
        code, text = call(words[1:], folder)
        assert code == (1 if line.endswith("# fails") else expect), f"{line}\n{text}"
        said.append(text)
    return "\n".join(said)


def call(words: list[str], folder: Path) -> tuple[int, str]:
    """One call of the command line in a folder: its exit code, and all that it printed."""
    text, argv, before = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True), sys.argv, Path.cwd()
    sys.argv = ["build", *words]
    os.chdir(folder)
    output._state["json"] = False
    try:
        with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
            main()
    except SystemExit as stop:
        return stop.code or 0, text.buffer.getvalue().decode()
    finally:
        sys.argv = argv
        os.chdir(before)
    raise AssertionError("the command did not end")
