"""The page lays out as the still picture does: same places for every depth and direction, and sound for any set of open boxes."""

import random
from itertools import pairwise
from pathlib import Path

import fakes
import pytest
from scripts import laid_by_script

from builder.draw import figure, layout
from builder.graph.graph import Graph

NEAR = 0.05
SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))
FAKES = ("inception", "residual", "unet", "siamese", "wide_deep", "adversarial", "sequence")
WISHES = [{"depth": depth, "direction": direction} for depth in (0, 1, 2, None) for direction in ("down", "right")]


def same(graph: Graph) -> None:
    """Every box, card, wire and shape of the page is where the still picture has it."""
    for wish, laid in zip(WISHES, laid_by_script(graph, WISHES), strict=True):
        still = layout(figure(graph, wish["depth"]), wish["direction"])
        for ours, theirs in ((still.boxes, laid["boxes"]), (still.nodes, laid["nodes"])):
            assert [one.item.title for one in ours] == [other["title"] for other in theirs], wish
            for one, other in zip(ours, theirs, strict=True):
                assert near((one.x, one.y, one.width, one.height), [other[side] for side in ("x", "y", "width", "height")]), (wish, one, other)
        assert [edge.kind for edge in still.edges] == [edge["kind"] for edge in laid["edges"]]
        for one, other in zip(still.edges, laid["edges"], strict=True):
            assert (one.target is None) == (other["target"] is None) and len(one.points) == len(other["points"]), (wish, one, other)
            assert all(near(*both) for both in zip(one.points, other["points"], strict=True)), (wish, one, other)
        for one, other in zip(still.labels, laid["labels"], strict=True):
            assert one.text == other["text"] and near((one.x, one.y), (other["x"], other["y"])), (wish, one, other)
        assert near((still.width, still.height), (laid["width"], laid["height"]))


def near(ours, theirs) -> bool:
    return all(abs(a - b) <= NEAR for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_page_lays_out_shipped_specs_as_the_still_picture_does(path):
    from builder.experiment import check

    same(check(path).graph)


@pytest.mark.parametrize("name", FAKES)
def test_the_page_lays_out_every_kind_of_graph_as_the_still_picture_does(name):
    same(getattr(fakes, name)())


@pytest.mark.parametrize("name", FAKES)
def test_any_set_of_open_boxes_is_sound(name):
    graph = getattr(fakes, name)()
    shown, chance = figure(graph), random.Random(name)
    boxes = [item.key for panel in shown.panels for item in panel.items[1:] if item.is_box]
    wishes = [{"open": [key for key in boxes if chance.random() < share], "direction": direction}
              for share in (0.2, 0.5, 0.8) for direction in ("down", "right") for _ in range(3)]
    for laid in laid_by_script(graph, wishes, shown):
        sound(laid, shown)


def sound(laid: dict, shown) -> None:
    """Siblings lie apart and inside their box, wires end on cards and run over none, and every wire reaches all its readers."""
    items = {item.key: (panel, item) for panel in shown.panels for item in panel.items}
    spots = {each["key"]: rectangle(each) for each in (*laid["boxes"], *laid["nodes"])}
    for key, spot in spots.items():
        panel, item = items[key]
        above = panel.items[item.parent].key if item.parent >= 0 else None
        assert above not in spots or inside(spot, spots[above]), key
        assert inside(spot, (0, 0, laid["width"], laid["height"]))
        assert all(apart(spot, spots[other]) for other in siblings(panel, item, spots)), key
    cards = {each["key"]: rectangle(each) for each in laid["nodes"]}
    for edge in laid["edges"]:
        if edge["target"]:
            assert on_border(edge["points"][-1], spots[edge["target"]]), edge
        for one, other in pairwise(edge["points"]):
            stretch = (min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))
            assert all(apart(stretch, (x0 + 1, y0 + 1, x1 - 1, y1 - 1)) for x0, y0, x1, y1 in cards.values()), edge
    for number, panel in enumerate(shown.panels):
        for i, trunk in enumerate(panel.trunks):
            reached = {edge["target"] for edge in laid["edges"] if edge["wire"] == f"p{number}w{i}" and edge["target"]}
            source = standing(panel, trunk.source, cards)
            assert reached == {standing(panel, reader, cards) for reader in trunk.readers} - {source}


def siblings(panel, item, spots):
    beside = panel.items[item.parent].children if item.parent >= 0 else ()
    return [panel.items[other].key for other in beside if other != panel.items.index(item) and panel.items[other].key in spots]


def standing(panel, number: int, cards: dict) -> str:
    """The card that an item is seen as: itself, or the closed box that holds it."""
    while panel.items[number].key not in cards:
        number = panel.items[number].parent
    return panel.items[number].key


def rectangle(each: dict) -> tuple[float, float, float, float]:
    return each["x"], each["y"], each["x"] + each["width"], each["y"] + each["height"]


def inside(inner, outer) -> bool:
    return inner[0] >= outer[0] - NEAR and inner[1] >= outer[1] - NEAR and inner[2] <= outer[2] + NEAR and inner[3] <= outer[3] + NEAR


def apart(one, other) -> bool:
    return one[2] <= other[0] + NEAR or other[2] <= one[0] + NEAR or one[3] <= other[1] + NEAR or other[3] <= one[1] + NEAR


def on_border(point, spot) -> bool:
    x, y = point
    within = spot[0] - 0.1 <= x <= spot[2] + 0.1 and spot[1] - 0.1 <= y <= spot[3] + 0.1
    return within and min(abs(x - spot[0]), abs(x - spot[2]), abs(y - spot[1]), abs(y - spot[3])) < 0.1
