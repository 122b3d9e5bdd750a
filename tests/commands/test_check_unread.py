"""What no output depends on is marked in the table of `check`, and not in its totals."""

import json

from click.testing import CliRunner

from builder.commands import cli

SPEC = """\
blocks:
  Side:
    layers:
      - Dense: 5
      - Dense: 6
model:
  inputs: {x: [4]}
  layers:
    - Side:
      name: idle
    - Dense: 2
      from: x
      name: y
"""


def check(tmp_path, *words):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return CliRunner().invoke(cli, ["check", str(path), *words], catch_exceptions=False)


def test_the_table_says_unread(tmp_path):
    lines = check(tmp_path).output.splitlines()
    row = {name: next(line.split() for line in lines if line.split()[:1] == [name]) for name in ("idle", "dense", "y")}
    assert "unread" in row["idle"] and "unread" in row["dense"] and "10" in row["y"]
    assert any("10 parameters" in line for line in lines)


def test_json_tells_it_too(tmp_path):
    said = check(tmp_path, "--json").output
    steps = {step["path"]: step["unread"] for step in json.loads(said[said.index("{") :])["steps"]}
    assert steps["idle"] and steps["idle.dense_2"] and not steps["y"] and not steps["x"]
