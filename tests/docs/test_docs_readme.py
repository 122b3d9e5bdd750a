"""README: the two commands, and everything else it shows, are run."""

import contextlib
import os
import re

import pytest
from docs_pages import FENCE, ROOT, blocks, put, shown
from docs_shell import run

README = blocks("README.md")
PICTURE = ROOT / "docs/pictures/bricks.svg"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the files that README shows lie."""
    folder = tmp_path_factory.mktemp("readme")
    for block in README:
        if block.what == "file":
            put(block, folder)
    return folder


def test_the_first_command_installs_and_trains():
    assert README[0].text == "python3 -m venv .venv && . .venv/bin/activate && pip install . && build train lenet5\n"


def test_ci_runs_exactly_the_second_command():
    """`.ci/run` makes a fresh environment, then runs the parts of README's second command and nothing else."""
    install, test = README[1].text.strip().split(" && ")
    lines = [line for line in (ROOT / ".ci/run").read_text().splitlines() if not line.startswith("#")]
    assert lines == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "rm -rf .venv", "python3 -m venv .venv", ". .venv/bin/activate",
                     install.replace("pip install", "pip install --quiet"), test]


@pytest.mark.parametrize("block", [b for b in README[2:] if b.language == "sh"], ids=lambda block: block.id)
def test_commands_work(block, folder):
    said = run(block.text.replace("build train bricks.yaml", "build train bricks.yaml --epochs 1"), folder)
    following = README[block.number + 1 :][:1]
    if following and following[0].language == "text":
        shown(following[0], said)


def test_the_notebook_works(folder):
    with contextlib.chdir(folder):
        names: dict = {}
        exec(compile((folder / "notebook.py").read_text(), "README.md", "exec"), names)
    assert names["model"].output["label"].shape == (None, 100) and names["run"].folder


def test_the_picture_is_what_the_spec_draws(folder):
    """BRICKS_REFRESH=1 draws it anew."""
    drawn = folder / "drawn.svg"
    run(f"build show bricks.yaml -o {drawn.name}", folder)
    if os.environ.get("BRICKS_REFRESH"):
        PICTURE.write_bytes(drawn.read_bytes())
    assert PICTURE.read_bytes() == drawn.read_bytes()


def test_every_verb_is_named():
    from builder.commands import VERBS

    text = (ROOT / "README.md").read_text()
    assert set(VERBS) <= set(re.findall(r"`build (\w+)", text))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/tutorial.md", "docs/language.md", "docs/catalogue.md"])
def test_links_lead_somewhere(page):
    text = FENCE.sub("", (ROOT / page).read_text())
    for target, _, anchor in (link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", text)):
        if target.startswith("http"):
            continue
        there = (ROOT / page).parent / target if target else ROOT / page
        assert there.exists(), f"{page}: {target}"
        assert not anchor or anchor in anchors(there.read_text()), f"{page}: {target}#{anchor}"


def anchors(text: str) -> set[str]:
    """The anchors that GitHub makes of headings."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.M)}
