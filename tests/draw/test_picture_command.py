"""`build show` as it writes pages and opens them: files, a browser that is there or not, folders that cannot be written."""

import os
import stat
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPEC = "name: 'a/b: c'\nmodel:\n  inputs: {x: [4]}\n  layers:\n    - Dense: 8\n    - Dense: 1\n"


def show(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess:
    (folder / "net.yaml").write_text(SPEC)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "TMPDIR": str(folder), **env}
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        environment.pop(name, None)
    return subprocess.run([sys.executable, "-m", "builder", "show", "net.yaml", *words], cwd=folder, capture_output=True, text=True, timeout=120, env=environment)


def test_a_page_is_written_once_and_over_only_when_asked(tmp_path):
    assert show(tmp_path, "-o", "net.html", "--depth", "0", "--direction", "right").stdout == "net.html\n"
    first = (tmp_path / "net.html").read_bytes()
    assert first.startswith(b"<!doctype html>") and b'"direction":"right","depth":0' in first
    again = show(tmp_path, "-o", "net.html")
    assert again.returncode == 1 and "--force" in again.stderr
    assert show(tmp_path, "-o", "net.html", "--depth", "0", "--direction", "right", "--force").returncode == 0
    assert (tmp_path / "net.html").read_bytes() == first


def test_the_page_is_opened_in_the_browser_there_is(tmp_path):
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/asked\n')
    browser.chmod(browser.stat().st_mode | stat.S_IEXEC)
    ran = show(tmp_path, "--open", BROWSER=str(browser))
    path = Path(ran.stdout.strip())
    assert ran.returncode == 0 and ran.stderr == "" and path.name == "a_b_c.html" and path.is_file()
    assert (tmp_path / "asked").read_text().strip() == path.as_uri()


def test_without_a_browser_one_sentence_says_where_the_page_is(tmp_path):
    ran = show(tmp_path, "-o", "net.html", "--open", BROWSER=str(tmp_path / "none"), PATH="")
    assert ran.returncode == 0 and (tmp_path / "net.html").is_file()
    assert ran.stderr.startswith("warning[no-browser]: no browser could be opened here; the picture is written to `net.html`\n")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    ran = show(tmp_path, "-o", "nowhere/net.html")
    assert ran.returncode == 1
    assert ran.stderr.rstrip() == "error[unwritable-file]: `nowhere/net.html` cannot be written: no such file or directory"
