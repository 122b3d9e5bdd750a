"""What CONTRIBUTING adds, added to a copy of the project and used there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from docs_pages import ROOT, blocks, put

PAGE = "CONTRIBUTING.md"
PUTS = ("file", "add", "edit")


def test_each_kind_of_part_is_added(tmp_path):
    shutil.copytree(ROOT / "builder", tmp_path / "builder", ignore=shutil.ignore_patterns("__pycache__"))
    for block in blocks(PAGE):
        if block.what in PUTS:
            put(block, tmp_path)
    commands = next(block.text for block in blocks(PAGE) if block.language == "sh")
    said = elsewhere(f"from docs_shell import run\nfrom pathlib import Path\nprint(run({commands!r}, Path({str(tmp_path)!r})))", tmp_path)
    for words in ("keeps its direction", "Fire(squeeze, expand)", "sizes: (4,)", "PolyLoss(epsilon", "the share of 1", "coin   one value", "squash ",
                  "model.keras", "greatest difference"):
        assert words in said, said
    assert list(tmp_path.glob("runs/try/*/export/try.half.tflite"))


def elsewhere(script: str, folder: Path) -> str:
    """Runs Python with the copied project, and its own cache of signatures."""
    paths = os.pathsep.join([str(folder), str(Path(__file__).parent)])
    environment = {**os.environ, "PYTHONPATH": paths, "XDG_CACHE_HOME": str(folder / "cache"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    ran = subprocess.run([sys.executable, "-P", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_each_way_is_short():
    assert all(len([line for line in block.text.splitlines() if line.strip()]) <= 20 for block in blocks(PAGE) if block.what in PUTS)
