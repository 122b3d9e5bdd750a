"""Runs the page's own layout script under node, for any set of open boxes."""

import json
import shutil
import subprocess

import pytest

from builder.draw.document import asset
from builder.draw.figure import Figure, figure
from builder.draw.picture import LAYOUT
from builder.draw.topology import topology
from builder.graph.graph import Graph

DRIVE = """
const {picture, asked} = JSON.parse(require("fs").readFileSync(0, "utf8"));
const panels = picture.panels.map((panel, i) => new Panel(panel, i)), items = panels.flatMap((panel) => panel.items);
const opened = (wish) => new Set(items.filter((item) => item.isBox && item.number && (wish.open ? wish.open.includes(item.key) : wish.depth === null || item.level <= wish.depth)).map((item) => item.key));
const plain = ({item, level, x, y, width, height}) => ({key: item.key, name: item.name, title: item.title, parent: item.parent, level, x, y, width, height});
const said = asked.map((wish) => {
  const laid = layoutOf(panels, picture.measures, opened(wish), wish.direction);
  return {...laid, boxes: laid.boxes.map(plain), nodes: laid.nodes.map(plain)};
});
process.stdout.write(JSON.stringify(said));
"""


def laid_by_script(graph: Graph, asked: list[dict], shown: Figure | None = None) -> list[dict]:
    """The layouts of a graph for each wish: `direction`, and `depth` or the keys of `open` boxes."""
    if not shutil.which("node"):
        pytest.skip("the page's layout runs outside a browser only under node, which is not here")
    script = "\n".join(map(asset, LAYOUT)) + DRIVE
    told = json.dumps({"picture": topology(shown or figure(graph), None, None, "down"), "asked": asked})
    ran = subprocess.run(["node", "--stack-size=4000", "-e", script], input=told, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout)
