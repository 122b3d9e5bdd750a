"""The layout's promises: nothing overlaps, wires connect what they should, the same graph gives the same picture."""

import os
import subprocess
import sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import fakes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.draw import figure, layout, svg
from builder.draw.nets import nets
from builder.draw.panel import arranged
from builder.graph.graph import Graph

GRAPHS = ("inception", "residual", "unet", "siamese", "wide_deep", "adversarial", "sequence")
EVERY = [(name, direction, depth) for name in GRAPHS for direction in ("down", "right") for depth in (None, 0, 1)]


def rectangles(laid):
    """Every drawn rectangle by key, with the key of the box around it; panels stand in the page."""
    return {part.item.key: (part.x, part.y, part.x + part.width, part.y + part.height) for part in (*laid.boxes, *laid.nodes)}


def apart(one, other, by=0.0) -> bool:
    return one[2] + by <= other[0] or other[2] + by <= one[0] or one[3] + by <= other[1] or other[3] + by <= one[1]


def siblings(shown):
    """Groups of keys that stand side by side."""
    for panel in shown.panels:
        for item in panel.items:
            if item.is_box:
                yield [panel.items[child].key for child in item.children]
    yield [panel.total.key for panel in shown.panels[1:]]


def check(shown, direction):
    laid = layout(shown, direction)
    places = rectangles(laid)
    for group in siblings(shown):
        for i, one in enumerate(group):
            assert all(apart(places[one], places[other], by=4) for other in group[:i]), (one, group)
    for panel in shown.panels:
        for item in panel.items[1:]:
            if item.parent or panel is not shown.panels[0]:
                inner, outer = places[item.key], places[panel.items[item.parent].key]
                assert outer[0] < inner[0] and outer[1] < inner[1] and inner[2] < outer[2] and inner[3] < outer[3]
    return laid, places


@pytest.mark.parametrize(("name", "direction", "depth"), EVERY)
def test_nothing_overlaps_and_everything_is_drawn(name, direction, depth):
    shown = figure(getattr(fakes, name)(), depth)
    laid, places = check(shown, direction)
    wanted = {item.key for panel in shown.panels for item in panel.items} - {shown.panels[0].total.key}
    assert set(places) == wanted
    for x0, y0, x1, y1 in places.values():
        assert x0 >= 0 and y0 >= 0 and x1 <= laid.width and y1 <= laid.height


@pytest.mark.parametrize(("name", "direction", "depth"), EVERY)
def test_wires_run_from_their_source_to_every_reader(name, direction, depth):
    shown = figure(getattr(fakes, name)(), depth)
    laid, places = check(shown, direction)
    drawn = defaultdict(set)
    for edge in laid.edges:
        if edge.target:
            drawn[edge.wire].add((edge.source, edge.target))
            assert on_border(edge.points[-1], places[edge.target])
    for number, panel in enumerate(shown.panels):
        key = [item.key for item in panel.items]
        for i, trunk in enumerate(panel.trunks):
            assert drawn.pop(f"p{number}w{i}") == {(key[trunk.source], key[reader]) for reader in trunk.readers}
    totals = {panel.total.key for panel in shown.panels[1:]}
    assert all({target for _, target in ends} <= totals for ends in drawn.values())


@pytest.mark.parametrize(("name", "direction"), [(name, direction) for name in GRAPHS for direction in ("down", "right")])
def test_every_stretch_of_a_wire_begins_where_another_part_of_it_is(name, direction):
    laid = layout(figure(getattr(fakes, name)()), direction)
    places, ends = rectangles(laid), defaultdict(set)
    for edge in laid.edges:
        ends[edge.wire].update(edge.points)
    for edge in laid.edges:
        if edge.kind == "wire" and not on_border(edge.points[0], places[edge.source]):
            others = [other for other in laid.edges if other.wire == edge.wire and other is not edge]
            assert any(on_path(edge.points[0], other.points) for other in others), edge


@pytest.mark.parametrize(("name", "direction"), [(name, direction) for name in GRAPHS for direction in ("down", "right")])
def test_no_wire_runs_over_a_card(name, direction):
    laid = layout(figure(getattr(fakes, name)()), direction)
    for edge in laid.edges:
        for one, other in pairwise(edge.points):
            stretch = (min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))
            for node in laid.nodes:
                card = (node.x + 1, node.y + 1, node.x + node.width - 1, node.y + node.height - 1)
                assert apart(stretch, card), (edge, node.item.name)


@pytest.mark.parametrize("name", GRAPHS)
def test_labels_lie_on_no_card_and_on_no_other_label(name):
    from builder.draw.card import LABEL
    from builder.draw.measure import width

    for direction in ("down", "right"):
        laid = layout(figure(getattr(fakes, name)()), direction)
        spots = [(label.x, label.y - 8, label.x + width(label.text, LABEL), label.y + 1) for label in laid.labels]
        for i, spot in enumerate(spots):
            assert all(apart(spot, other) for other in spots[:i])
            assert all(apart(spot, (n.x, n.y, n.x + n.width, n.y + n.height)) for n in laid.nodes)


def on_border(point, place) -> bool:
    x, y = point
    inside = place[0] - 0.1 <= x <= place[2] + 0.1 and place[1] - 0.1 <= y <= place[3] + 0.1
    return inside and min(abs(x - place[0]), abs(x - place[2]), abs(y - place[1]), abs(y - place[3])) < 0.1


def on_path(point, points) -> bool:
    x, y = point
    return any(
        min(a[0], b[0]) - 0.1 <= x <= max(a[0], b[0]) + 0.1 and min(a[1], b[1]) - 0.1 <= y <= max(a[1], b[1]) + 0.1
        for a, b in pairwise(points)
    )


def test_the_main_path_is_straight_and_the_skip_bends():
    laid = layout(figure(fakes.unet()))
    middles = {node.x + node.width / 2 for node in laid.nodes}
    assert max(middles) - min(middles) < 1


def test_a_chain_of_boxes_does_not_drift():
    laid = layout(figure(fakes.residual_chain(400)))
    middles = {node.x + node.width / 2 for node in laid.nodes}
    assert max(middles) - min(middles) < 1


def test_ranks_and_order_do_not_depend_on_what_is_open():
    panels = figure(fakes.residual()).panels[0], figure(fakes.residual(), 0).panels[0]
    opened, closed = (arranged(panel)[0] for panel in panels)
    assert [len(row) for row in opened.rows] == [len(row) for row in closed.rows]


def test_branches_stand_in_the_order_they_are_written_in():
    laid = layout(figure(fakes.inception(1)))
    x = {node.item.title: node.x for node in laid.nodes}
    assert x["conv2d"] < x["conv2d_2"] < x["conv2d_4"] < x["maxpooling2d"]


def test_networks_are_drawn_once_and_pointed_to():
    laid = layout(figure(fakes.siamese()))
    panels = [box for box in laid.boxes if box.panel]
    assert [(box.panel, box.times) for box in panels] == [("encoder", 2)]
    uses = [edge for edge in laid.edges if edge.kind == "use"]
    assert len({edge.source for edge in uses}) == 2 and {edge.target for edge in uses} == {None, panels[0].item.key}
    assert all(node.card.right == "shared" for node in laid.nodes if node.item.network)


def test_the_same_graph_is_the_same_picture_byte_for_byte_whatever_the_hash_seed():
    script = (
        "import sys, hashlib, fakes\nfrom builder.draw import drawing\n"
        f"for name in {GRAPHS!r}:\n  for suffix in ('.svg', '.dot', '.mmd', '.html'):\n"
        "    print(hashlib.sha256(drawing(getattr(fakes, name)(), suffix)).hexdigest())"
    )
    path = os.pathsep.join([str(Path(__file__).parents[2]), str(Path(__file__).parent)])
    said = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "77")
    }
    assert len(said) == 1


def work(graph: Graph) -> int:
    """How much the layout has to do: slots, strands and points."""
    shown = figure(graph)
    laid = layout(shown)
    inner = sum(len(rows.slots) + len(rows.strands) for rows in arranged(shown.panels[0]).values())
    return inner + sum(len(edge.points) for edge in laid.edges) + len(laid.boxes) + len(laid.nodes) + len(laid.labels)


@pytest.mark.parametrize("make", [fakes.chain, fakes.residual_chain])
def test_work_grows_with_the_chain_and_no_faster(make):
    small, large = work(make(500)) / 500, work(make(4000)) / 4000
    assert large < small * 1.02


def test_deep_nesting_and_long_chains_need_no_recursion():
    lay = fakes.Lay()
    wire = lay.input("x", 4)
    for level in range(600):
        lay.enter(f"level{level}", "Deep")
        wire = lay.call("Dense", wire, name=f"d{level}")
    lay.path = ()
    assert svg(layout(figure(lay.graph(y=wire)))).count("<title>") > 1200


def test_lanes_have_a_limit_and_wires_beyond_it_are_still_drawn():
    lay = fakes.Lay()
    wires = [lay.input("x", 4)]
    for _ in range(1500):
        wires.append(lay.call("Dense", wires[-1]))
    shown = figure(lay.graph(y=lay.call("Concatenate", *wires)))
    rows = arranged(shown.panels[0])[0]
    assert len(rows.slots) < 30 * len(wires) and rows.loose
    laid = layout(shown)
    last = laid.nodes[-2].item.key
    assert len({edge.source for edge in laid.edges if edge.target == last}) == len(wires)


def test_a_scope_that_is_left_and_entered_again_makes_two_boxes_and_no_circle():
    lay = fakes.Lay()
    first = lay.input("x", 4)
    with lay.enter("a", "A"):
        one = lay.call("Dense", first)
    between = lay.call("Dense", one)
    with lay.enter("a", "A"):
        two = lay.call("Dense", between)
    shown = figure(lay.graph(y=two))
    laid, _ = check(shown, "down")
    assert [box.item.title for box in laid.boxes] == ["a", "a"]


def test_an_empty_network_and_an_input_that_is_an_output():
    assert layout(figure(fakes.Lay().graph())).nodes == ()
    lay = fakes.Lay()
    wire = lay.input("x", 4)
    assert len(layout(figure(lay.graph(y=wire, z=wire))).nodes) == 3


@st.composite
def graphs(draw):
    """Random graphs of up to thirty bricks in random boxes, each reading up to three earlier wires."""
    lay = fakes.Lay()
    wires = [lay.input(f"x{i}", 4) for i in range(draw(st.integers(1, 3)))]
    for i in range(draw(st.integers(0, 30))):
        move = draw(st.integers(0, 5))
        if move == 0 and len(lay.path) < 4:
            lay.enter(f"box{i}", "Box")
        elif move == 1:
            lay.path = lay.path[:-1]
        reads = draw(st.lists(st.sampled_from(wires), min_size=1, max_size=3, unique=True))
        wire = lay.call("Dense", *reads, name=f"d{i}", ports=draw(st.integers(1, 2)))
        wires += [lay.port(wire, port) for port in range(len(lay.made[-1].outputs))]
    lay.path = ()
    return lay.graph(**{f"y{i}": wire for i, wire in enumerate(draw(st.lists(st.sampled_from(wires), max_size=3)))})


@settings(max_examples=150, deadline=None)
@given(graphs(), st.sampled_from(["down", "right"]), st.sampled_from([None, 0, 1]))
def test_random_graphs_are_laid_out_without_overlap_and_fully_connected(graph, direction, depth):
    shown = figure(graph, depth)
    laid, _ = check(shown, direction)
    panel = shown.panels[0]
    reached = {(edge.wire, edge.target) for edge in laid.edges if edge.target}
    for i, trunk in enumerate(panel.trunks):
        assert {target for wire, target in reached if wire == f"p0w{i}"} == {panel.items[r].key for r in trunk.readers}
    for edge in laid.edges:
        for one, other in pairwise(edge.points):
            stretch = (min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))
            assert all(apart(stretch, (n.x + 1, n.y + 1, n.x + n.width - 1, n.y + n.height - 1)) for n in laid.nodes)
    assert sum(len(found) for found in nets(panel).values()) >= len(panel.trunks)
