"""`build show` as it writes pages and opens them: files, a browser that is there or not, folders that cannot be written."""

import stat
import sys
import tempfile
import webbrowser
from collections.abc import Callable
from pathlib import Path

import pytest

SPEC = "name: 'a/b: c'\nmodel:\n  inputs: {x: [4]}\n  layers:\n    - Dense: 8\n    - Dense: 1\n"


@pytest.fixture
def show(tmp_path, monkeypatch, capsys) -> Callable:
    """Runs `build show net.yaml` in a folder; gives the exit code and what was said, on both streams."""
    from builder.commands import main

    (tmp_path / "net.yaml").write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str, browser: str | None = None) -> tuple[int, str, str]:
        monkeypatch.setattr(webbrowser, "_tryorder", None)
        monkeypatch.setattr(webbrowser, "_browsers", {})
        if browser:
            monkeypatch.setenv("BROWSER", browser)
            monkeypatch.setenv("PATH", "")
        monkeypatch.setattr(sys, "argv", ["build", "show", "net.yaml", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return run


def test_a_page_is_written_once_and_over_only_when_asked(show, tmp_path):
    asked = ("-o", "net.html", "--depth", "0", "--direction", "right")
    assert show(*asked) == (0, "net.html\n", "")
    first = (tmp_path / "net.html").read_bytes()
    assert first.startswith(b"<!doctype html>") and b'"direction":"right","depth":0' in first and str(tmp_path).encode() not in first
    code, _, said = show("-o", "net.html")
    assert code == 1 and "--force" in said
    assert show(*asked, "--force") == (0, "net.html\n", "")
    assert (tmp_path / "net.html").read_bytes() == first


def test_the_page_is_opened_in_the_browser_there_is(show, tmp_path):
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/asked\n')
    browser.chmod(browser.stat().st_mode | stat.S_IEXEC)
    code, said, troubled = show("--open", browser=str(browser))
    path = Path(said.strip())
    assert (code, troubled, path.name) == (0, "", "a_b_c.html") and path.is_file() and path.parent.parent == tmp_path
    assert (tmp_path / "asked").read_text().strip() == path.as_uri()


def test_without_a_browser_one_sentence_says_where_the_page_is(show, tmp_path):
    code, said, troubled = show("-o", "net.html", "--open", browser=str(tmp_path / "none"))
    assert (code, said) == (0, "net.html\n") and (tmp_path / "net.html").is_file()
    assert troubled.startswith("warning[no-browser]: no browser could be opened here; the picture is written to `net.html`\n")


def test_a_folder_that_cannot_be_written_is_one_sentence(show):
    code, said, troubled = show("-o", "nowhere/net.html")
    assert (code, said) == (1, "")
    assert troubled.rstrip() == "error[unwritable-file]: `nowhere/net.html` cannot be written: no such file or directory"
