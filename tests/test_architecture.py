"""The house keeps its shape: a room imports only rooms above it, and what must be quick imports no Keras."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "builder"
ABOVE = {
    "diagnostics": set(),
    "language": {"diagnostics"},
    "graph": {"language", "diagnostics"},
    "catalog": {"graph", "language", "diagnostics"},
    "model": {"catalog", "graph", "diagnostics"},
    "data": {"catalog", "graph", "language", "diagnostics"},
    "training": {"data", "model", "catalog", "graph", "language", "diagnostics"},
    "export": {"training", "model", "catalog", "graph", "diagnostics"},
    "draw": {"graph", "diagnostics"},
    "inside": {"draw", "training", "data", "model", "catalog", "graph", "diagnostics"},
    "report": {"inside", "draw", "training", "data", "model", "catalog", "graph", "language", "diagnostics"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The rooms that a file imports, inside functions too."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "builder" else [f"builder.{alias.name}" for alias in node.names]
        rooms |= {name.split(".")[1] for name in names if name.startswith("builder.")}
    return rooms


@pytest.mark.parametrize("room", ABOVE)
def test_a_room_imports_only_rooms_above_it(room):
    for path in (PACKAGE / room).rglob("*.py"):
        stray = imported(path) - ABOVE[room] - {room}
        assert not stray, f"{path.relative_to(ROOT)} imports {sorted(stray)}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_short_and_say_their_job(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 420, "split this file"
    assert ast.get_docstring(ast.parse(text)), "one sentence at the top"


def test_only_commands_print():
    for path in FILES:
        if "commands" not in path.parts:
            calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
            printing = [node.lineno for node in calls if isinstance(node.func, ast.Name) and node.func.id == "print"]
            assert not printing or path.name in ("prove.py",), f"{path.relative_to(ROOT)}:{printing}"


def test_nothing_evaluates_or_unpickles():
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        assert not called & {"eval", "exec", "__import__"}, path
        modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert not modules & {"pickle", "marshal", "shelve", "dill"}, path


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["list", "bricks"], ["describe", "Conv2D"], ["check", "wrong.yaml"]])
def test_help_and_faults_of_the_language_import_no_keras(arguments, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("name: x\nmodel:\n  inputs: {x: [4]}\n  layers:\n    - Residual: 8\n    - Densse: 10\n")
    arguments = [str(wrong) if part.endswith(".yaml") else part for part in arguments]
    script = f"""
import sys
from builder.commands import main
sys.argv = ["build", *{arguments!r}]
try:
    main()
except SystemExit:
    pass
print(sorted(name for name in ("tensorflow", "keras", "sklearn", "matplotlib") if name in sys.modules), file=sys.stderr)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert ran.stderr.strip().splitlines()[-1] == "[]"
