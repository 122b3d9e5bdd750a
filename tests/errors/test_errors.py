"""Every kind of fault told to a person: a spec, and the exact text shown. BRICKS_REFRESH=1 writes the texts anew."""

import ast
import inspect
import os
from pathlib import Path

import pytest

from builder.diagnostics import Fault, SpecError, kinds, render

HERE = Path(__file__).parent
BUILDER = HERE.parents[1] / "builder"
CASES = sorted(HERE.glob("cases/*.yaml")) + sorted(HERE.glob("cases/*/main.yaml"))
ROOMS = ("language", "graph")
ELSEWHERE = {"no-such-spec", "unreadable-file"}


def told(path: Path, monkeypatch) -> list[Fault]:
    """The faults of a case, errors and warnings. In its first line stand overrides, `# --set a.b=1`, and how far it is to go
    beyond the check: `# data` reads the data, `# build` makes the model."""
    from builder.experiment import check, compile
    from builder.opening import datas_of

    monkeypatch.chdir(path.parent)
    first = path.read_bytes().partition(b"\n")[0].decode(errors="replace")
    changes = dict(change.split("=", 1) for change in first.split("--set ")[1:])
    try:
        checked = check(path.name, {key: value.strip() for key, value in changes.items()})
        beyond = {"# data": lambda: datas_of(checked), "# build": lambda: compile(path.name)}.get(first.strip())
        beyond and beyond()
        return list(checked.warnings)
    except SpecError as error:
        return list(error.faults)


def slug(path: Path) -> str:
    """The kind a case is named after; the longest, for `wrong-type-bool` is of the kind `wrong-type`."""
    name = path.parent.name if path.name == "main.yaml" else path.stem
    return max((kind for kind in kinds() if name == kind or name.startswith(f"{kind}-")), key=len, default="")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.parent.name if path.name == "main.yaml" else path.stem)
def test_says_exactly(path, monkeypatch):
    faults = told(path, monkeypatch)
    text = render(faults)
    expected = path.with_suffix(".txt")
    if os.environ.get("BRICKS_REFRESH"):
        expected.write_text(text, encoding="utf-8")
    assert slug(path) in {fault.kind for fault in faults}
    assert text == expected.read_text(encoding="utf-8")


def test_no_text_without_its_spec():
    assert {p.with_suffix(".yaml") for p in HERE.glob("cases/**/*.txt")} <= set(CASES)


def raised(room: str) -> set[tuple[str, frozenset[str] | None]]:
    """(kind, facts) of every fault that the code of a room makes; facts are None where they are not written out."""
    found = set()
    for path in (BUILDER / room).rglob("*.py") if room else BUILDER.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and _name(call.func) in ("error", "Fault", "fail", "_fault"):
                found |= {(kind, _facts(call)) for kind in _kinds(call)}
    return found


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _kinds(call: ast.Call) -> list[str]:
    """The slugs in the first argument, both where it is a choice of two."""
    parts = ast.walk(call.args[0]) if call.args and isinstance(call.args[0], (ast.Constant, ast.IfExp)) else ()
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _facts(call: ast.Call) -> frozenset[str] | None:
    if _name(call.func) != "Fault":
        names = {keyword.arg for keyword in call.keywords}
        return None if None in names else frozenset(names)
    if len(call.args) < 3:
        return frozenset()
    keys = call.args[2].keys if isinstance(call.args[2], ast.Dict) else [None]
    return None if None in keys else frozenset(key.value for key in keys)


def test_every_kind_raised_has_words():
    assert {kind for kind, _ in raised("")} <= set(kinds())


def test_facts_are_what_the_words_take():
    for kind, facts in raised(""):
        if facts is not None:
            takes = inspect.signature(kinds()[kind]).parameters
            needs = {name for name, parameter in takes.items() if parameter.default is parameter.empty}
            assert needs <= facts <= set(takes), kind


def test_every_kind_of_language_and_graph_has_a_pair():
    shown = {slug(path) for path in CASES} | ELSEWHERE
    assert {kind for room in ROOMS for kind, _ in raised(room)} <= shown


def test_a_spec_that_is_not_there():
    from builder.language import load

    with pytest.raises(SpecError) as error:
        load("lenet")
    text = render(error.value.faults)
    assert text.startswith("error[no-such-spec]: there is no spec `lenet`\nhelp: did you mean `lenet5`?")


def test_a_folder_in_place_of_a_spec(tmp_path):
    from builder.language import load

    with pytest.raises(SpecError) as error:
        load(tmp_path)
    assert error.value.faults[0].kind == "unreadable-file"
