"""The tutorial is followed from its first command to its last, in one folder, in one process."""

import contextlib
import json
import time
from pathlib import Path

import pytest
from docs_pages import blocks, put, shown
from docs_shell import run

PAGE = "docs/tutorial.md"


@pytest.fixture(scope="module")
def followed(tmp_path_factory) -> Path:
    """The folder in which everything on the page was done."""
    folder, said = tmp_path_factory.mktemp("tutorial"), ""
    for block in blocks(PAGE):
        if block.what == "file":
            put(block, folder)
        elif block.language == "python":
            do(block.text, folder)
        elif block.language == "sh" and block.what != "not run":
            began = time.monotonic()
            said = run(block.text, folder)
            print(f"{block.id}: {time.monotonic() - began:.1f} s")
        elif block.language == "text":
            shown(block, said)
    return folder


def do(code: str, folder: Path) -> None:
    """Runs Python as a reader would, in the folder."""
    with contextlib.chdir(folder):
        exec(compile(code, PAGE, "exec"), {"__name__": "__main__"})


def test_the_tutorial_goes_through(followed):
    for name in ("digits.svg", "zero.png", "served/saved_model/saved_model.pb", "served/digits.keras", "served/labels.json"):
        assert (followed / name).is_file(), name


def test_the_commands_for_serving_are_those_of_the_card(followed):
    card = json.loads((followed / "served/model_card.json").read_text())
    page = next(block.text for block in blocks(PAGE) if block.what == "not run")
    assert card["serve"]["command"] in page and card["serve"]["request"] in page


def test_the_notebook_works(followed):
    do((followed / "notebook.py").read_text(), followed)
    assert (followed / "digits8.svg").is_file()


def test_the_picture_of_the_run_was_asked_right(followed):
    said = run("build predict digits zero.png --format jsonl --runs runs", followed)
    assert json.loads(said.splitlines()[-1])["label.class"] in "0123456789"
