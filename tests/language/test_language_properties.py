"""Whatever is written: a spec, or a SpecError that can be told; never another exception, a hang or a crash."""

import copy
import os
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from builder import experiment
from builder.catalog import catalogue, import_keras
from builder.catalog.library import library
from builder.diagnostics import SpecError, as_json, render
from builder.graph import check
from builder.language import load
from builder.language.text import parse
from builder.language.tree import plain

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("specs/*.yaml"), *ROOT.glob("builder/catalog/blocks/*.yaml")])
SECONDS = 10
MORE = int(os.environ.get("BRICKS_EXAMPLES", "1"))  # times as many, drawn anew each time, to hunt for more
often = settings(max_examples=120 * MORE, deadline=None, derandomize=MORE == 1, suppress_health_check=list(HealthCheck))
seldom = settings(often, max_examples=12 * MORE)


@pytest.fixture(scope="module", autouse=True)
def imported():
    """Keras takes seconds to import, which is not what is measured."""
    import_keras()


def survives(text: str | bytes | Path, laid: bool = False) -> list:
    """The faults of a text, told in every form; the stages that need no Keras, and laying where asked."""
    began = time.monotonic()
    try:
        spec = load(text if isinstance(text, Path) else text + "\n")
        faults = experiment.check(spec).warnings if laid else check(spec, catalogue(), library())
    except SpecError as error:
        faults = list(error.faults)
        assert faults
    assert render(faults, color=True) is not None and [as_json(fault) for fault in faults] != None
    assert time.monotonic() - began < SECONDS
    return faults


@often
@given(st.binary(max_size=300))
def test_random_bytes(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(data)
    survives(path)


YAMLISH = st.text(st.sampled_from(list("abX1=.:-,[]{}'\"#&*!|>%@`?~\\\n  \t\u00e9\u2028\ufeff")), max_size=80)


@often
@given(st.one_of(st.text(max_size=100), YAMLISH))
def test_random_text(text):
    survives(text)


@often
@given(YAMLISH)
def test_random_text_in_a_spec(text):
    survives("model:\n  inputs: {x: [4]}\n  layers:\n    - Dense: " + text)


@often
@given(st.lists(st.sampled_from([*"xab19+-*/%<>=()[],.:'\" {}@~^|&!\u00e9", "**", " if ", " else ", " not ", "shape(", "max(", "range("]),
                max_size=30).map("".join))
def test_random_formulas(text):
    value = yaml.safe_dump("=" + text, default_style='"', width=10**6, allow_unicode=True)
    survives(f"params: {{a: 3, b: [1, 2]}}\nmodel:\n  inputs: {{x: [4]}}\n  layers:\n    - Dense: {value}    - formula: {value}", laid=False)


def places(tree: object, path: tuple = ()) -> list[tuple]:
    """The path of every node below the root."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [found for key, value in pairs for found in [(*path, key), *places(value, (*path, key))]]


def trees() -> list[dict]:
    from builder.language.load import read_source

    return [plain(parse(read_source(path))) for path in FILES]


TREES = trees()
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 10**20), st.floats(), st.sampled_from([
        "", "=", "=1/0", "=9**9**9", "=x", "={", "a.b", "{i}", "{", "Dense", "ops.mean", "previous", "input", [], {}, [[]], [{}], {"Dense": None},
        {"Conv2D": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]}, {"": 1}, {1: 2}, {None: None}, {True: "x"}, "=channels(input)"]),
    st.text(max_size=8))


@st.composite
def mutated(draw) -> str:
    """A spec of ours with up to three nodes deleted, doubled, retyped, renamed or reordered."""
    tree = draw(st.sampled_from(TREES))
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        found = places(tree)
        assume(found)
        mutate(draw, tree, draw(st.sampled_from(found)))
    if "model" not in tree and draw(st.booleans()):
        blocks = tree.get("blocks")
        names = sorted(blocks, key=str) if isinstance(blocks, dict) and blocks else ["Flatten"]
        tree["model"] = {"inputs": {"x": [8, 8, 3]}, "layers": [draw(st.sampled_from(names))]}
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, default_flow_style=draw(st.sampled_from([False, None])))


def mutate(draw, tree: object, path: tuple) -> None:
    *way, key = path
    for step in way:
        tree = tree[step]
    how = draw(st.sampled_from(["delete", "double", "retype", "rename", "reorder"]))
    if how == "retype" or how == "double" and isinstance(tree, dict):
        tree[key] = copy.deepcopy(draw(ODD)) if how == "retype" else [tree[key], tree[key]]
    elif how == "double":
        tree.insert(key, copy.deepcopy(tree[key]))
    elif how == "delete":
        del tree[key]
    elif how == "rename" and isinstance(tree, dict):
        tree[draw(st.sampled_from(["nam", "Dense", "from", "as", "repeat", "when", "merge", "=1", f"{key}x", 3]))] = tree.pop(key)
    elif isinstance(tree, dict):
        items = draw(st.permutations(list(tree.items())[:20]))
        tree.clear()
        tree.update(items)
    else:
        tree[:] = draw(st.permutations(tree[:20])) + tree[20:]


@settings(often, max_examples=200 * MORE)
@given(mutated())
def test_mutated_specs(text):
    survives(text)


@st.composite
def shifted(draw) -> str:
    """A spec with some numbers changed, steps left out, doubled or in another order: most get as far as being laid."""
    tree = draw(st.sampled_from([tree for tree in TREES if "model" in tree]))
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        *way, key = draw(st.sampled_from([path for path in places(tree) if path[0] in ("model", "blocks", "params", "train")]))
        node = tree
        for step in way:
            node = node[step]
        if isinstance(node[key], (int, float)):
            node[key] = draw(st.sampled_from([-1, 0, 1, 2, 3, 7, 0.5, 1000, True, None, [2, 2], "same", "=1/3"]))
        elif isinstance(node, list):
            node[:] = [*node[:key], *draw(st.sampled_from([[], [node[key]] * 2, node[key + 1 :], [*node[key + 1 :], node[key]]]))]
    return yaml.safe_dump(tree, sort_keys=False)


@seldom
@given(shifted())
def test_shifted_specs_laid(text):
    survives(text, laid=True)


@often
@given(st.sampled_from(FILES), st.data())
def test_mutated_texts(path, data):
    text = path.read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.sampled_from([0, 1, 2, 5, 40])))
        text = text[:start] + data.draw(st.one_of(st.just(""), YAMLISH)) + text[end:]
    survives(text)


PATHS = st.lists(st.sampled_from(["model", "layers", "params", "classes", "train", "data", "loss", "0", "3", "x", "", "batch", " ", "é", "a: b", "#"]),
                 max_size=4).map(".".join)


@often
@given(PATHS, st.one_of(ODD, YAMLISH))
def test_overrides(path, value):
    try:
        check(load(ROOT / "specs" / "lenet5.yaml", {path: value}), catalogue(), library())
    except SpecError as error:
        assert render(error.faults)


MODEL = "model:\n  inputs: {x: [4]}\n  layers:\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(f"{c}: &{c} [{', '.join([f'*{b}'] * 9)}]\n" for b, c in zip("abcdefghij", "bcdefghijk"))
TWINS = "blocks:\n  T:\n    params: [n]\n    layers:\n      - {layers: [T: =n + 1, T: =n + 1]}\n" + MODEL + "    - T: 0"
NARROW = "blocks:\n  T:\n    params: [n]\n    layers:\n      - when: =n < 55\n        layers: [T: =n + 1, T: =n + 1]\n" + MODEL + "    - T: 0"
GROUPED = "blocks:\n  T:\n    layers: [" + "{layers: [" * 20 + "T" + "]}" * 20 + "]\n" + MODEL + "    - T"
HOSTILE = {
    "alias bomb": BOMB, "brackets": "a: " + "[" * 100_000, "closed brackets": "a: " + "[" * 100_000 + "]" * 100_000,
    "braces": "{a: " * 100_000, "dashes": "- " * 100_000, "questions": "? " * 100_000, "tag": "a: !!python/object/apply:os.system [ls]",
    "long text": "a: " + "x" * 3_000_000, "long scalar": "a: " + "x" * 150_000, "long key": "x" * 100_000 + ": 1", "long number": "a: " + "9" * 90_000,
    "many keys": "".join(f"k{i}: 1\n" for i in range(50_000)), "self": "a: &a [*a]", "many anchors": "".join(f"a{i}: &a{i} 1\n" for i in range(20_000)),
    "power": MODEL + "    - Dense: =9**9**9", "powers": MODEL + "    - Dense: =(9**9)**(9**9)", "text power": MODEL + "    - Dense: ='x' * 10**15",
    "list power": MODEL + "    - Dense: " + "=" + "[0]*9999" + "*9999", "float power": MODEL + "    - Dense: =1e300 ** 1e300",
    "shift": MODEL + "    - Dense: =1 << 10**9", "parentheses": MODEL + "    - Dense: =" + "(" * 900 + ")" * 90,
    "minus": MODEL + "    - Dense: =" + "-" * 900 + "1",
    "range": MODEL + "    - for: {i: =range(10**17)}\n      layers: [Dense: 1]", "format": MODEL + "    - Dense: ='%1000000000d' % 1",
    "sum": MODEL + "    - Dense: =" + "+".join("1" * 499), "comparison": MODEL + "    - Dense: =" + "<".join("1" * 499),
    "endless": "blocks:\n  T: {layers: [T]}\n" + MODEL + "    - T", "twins": TWINS, "narrow twins": NARROW, "grouped": GROUPED,
    "repeats": MODEL + "    - layers:\n        - layers: [Identity]\n          repeat: 20000\n      repeat: 20000",
    "empty repeats": MODEL + "    - layers:\n        - layers:\n            - layers: []\n              repeat: 20000\n          repeat: 20000\n      "
                             "repeat: 20000",
    "loops": MODEL + "".join("  " * (2 * i + 2) + "- for: {i" + str(i) + ": =range(10000)}\n" + "  " * (2 * i + 3) + "layers:\n"
                             for i in range(6)) + "  " * 14 + "- Identity",
    "empty loops": MODEL + "    - for: {i: =range(10000)}\n      layers:\n        - for: {j: =range(10000)}\n          layers: []",
    "hole": MODEL + "    - Dense: 1\n      name: '{\"{9**9**9}\"}'", "growing hole": MODEL + "    - Dense: 1\n      name: \"{'{1}' * 2}\"",
    "endless hole": "params: {a: '{a}'}\n" + MODEL + "    - Dense: 1\n      name: '{a}'",
    "params": "params: {" + ", ".join(f"p{i}: =p{i-1} * 2" if i else "p0: 1" for i in range(3000)) + "}\n" + MODEL + "    - Dense: 1",
    "doubled list": "params: {p0: [1], " + ", ".join(f'p{i}: "=p{i-1} + p{i-1}"' for i in range(1, 60)) + "}\n" + MODEL + "    - Dense: 1",
    "nested list": "params: {p0: [1], " + ", ".join(f'p{i}: "=[p{i-1}, p{i-1}]"' for i in range(1, 60)) + "}\n" + MODEL + "    - Dense: =p59",
    "wide": MODEL + "    - Dense: 99999999999999999999",
    "wide shape": "model:\n  inputs: {x: [999999999999999, 999999999999999]}\n  layers:\n    - Flatten\n    - Dense: 10",
    "names": MODEL + "".join(f"    - Dense: 1\n      name: n{i}\n      from: m{i}\n" for i in range(5000)),
    "patterns": MODEL + "".join("    - Dense: 1\n      name: " + "'" + "{x}" * 30 + "'\n" for i in range(3)) + "    - Dense: 1\n      from: " + "a" * 3000,
    "nul": "a: \0", "bell": "a: \x07", "surrogate": "a: \ud800", "no-break": "\u00a0: 1", "bom": "\ufeffname: x\nmodel: {inputs: {x: [1]}, layers: [Flatten]}",
    "only comment": "# x", "only dashes": "---", "dots": "...", "directive": "%YAML 9.9\n---\na: 1", "null key": "? \n: 1", "nan key": ".nan: 1\n.nan: 2",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile(text):
    survives(text, laid=True)
