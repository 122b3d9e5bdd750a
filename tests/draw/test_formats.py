"""What is written: SVG that is well-formed and closed in itself, text formats that hostile names cannot break."""

import re
import sys
import xml.etree.ElementTree as ET

import fakes
import pytest

from builder.diagnostics import SpecError, render
from builder.draw import FORMATS, dot, draw, drawing, figure, layout, mermaid, svg, table, to_png, tree
from builder.draw.card import card
from builder.draw.family import FAMILIES, family
from builder.draw.figure import Item
from builder.draw.measure import fitted, width

GRAPHS = ("inception", "residual", "unet", "siamese", "wide_deep", "adversarial", "sequence", "chain")
HOSTILE = ['</text><script>alert(1)</script>', 'a"b\'c<&>', "x\x00\x07\ud800\uffff", "]]>", 'end; graph TD; a["b"]', "\\", "\\\"", "a\nb\r\tc",
           "日本語の層", "مرحبا", "🧱" * 40, "l" * 5000, "%%{init}%%", "-->", "#quot;", "`whoami`", ""]


def make(name):
    return fakes.chain(40) if name == "chain" else getattr(fakes, name)()


@pytest.mark.parametrize("name", GRAPHS)
def test_svg_is_well_formed_and_needs_nothing_from_outside(name):
    picture = svg(layout(figure(make(name))))
    ET.fromstring(picture)
    assert "href" not in picture and "@import" not in picture and "<script" not in picture and "url(http" not in picture
    assert set(re.findall(r"https?://[^\"' ]+", picture)) == {"http://www.w3.org/2000/svg"}


def test_svg_shows_names_bricks_shapes_and_counts():
    picture = svg(layout(figure(fakes.residual())))
    for said in ("Bottleneck", "block2", "BatchNormalization", "32×32×16", "2,320", "15,392 params", "31,882 parameters"):
        assert said in picture, said
    assert "output: 32×32×16" in picture and "multiply-accumulates: 23,200" in picture


def hostile_graph():
    lay = fakes.Lay(HOSTILE[0])
    wire = lay.input(HOSTILE[1], 3)
    for i, name in enumerate(HOSTILE):
        lay.enter(name + str(i), name)
        wire = lay.call(name, wire, name=name, args=((name, name),))
        wire = lay.call("formula", wire, what="formula", formula=name, name=f"{name}{i}")
        lay.path = ()
    return lay.graph(**{name: wire for name in HOSTILE})


@pytest.mark.parametrize("direction", ["down", "right"])
def test_hostile_names_stay_text_in_svg(direction):
    picture = svg(layout(figure(hostile_graph()), direction))
    root = ET.fromstring(picture.encode())
    assert {element.tag.split("}")[1] for element in root.iter()} <= {
        "svg", "title", "style", "defs", "marker", "path", "rect", "g", "text", "tspan"
    }


def test_hostile_names_stay_text_in_dot_and_mermaid():
    graph = hostile_graph()
    for line in dot(figure(graph)).splitlines():
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
        assert '"' not in bare and "script" not in bare and line.isprintable()
    for line in mermaid(figure(graph)).splitlines():
        bare = re.sub(r'"[^"]*"', "", line)
        assert '"' not in bare and "<" not in bare and "whoami" not in bare
        assert set(re.findall(r"<[^>]*>", line)) <= {"<br>"}


def test_hostile_names_leave_the_tree_one_line_each():
    shown = tree(figure(hostile_graph()))
    assert all(line.isprintable() for line in shown.splitlines())
    assert tree(figure(hostile_graph()), ascii_only=True).isascii()


def test_dot_and_mermaid_nest_as_the_boxes_do():
    shown = figure(fakes.unet(2))
    assert dot(shown).count("subgraph") == dot(shown).count("style=rounded;") == 8
    text = mermaid(shown)
    assert text.count("subgraph") == len(re.findall(r"^ *end$", text, re.MULTILINE)) == 8
    assert dot(shown).count("{") == dot(shown).count("}")


def test_dot_and_mermaid_point_uses_at_their_network():
    shown = figure(fakes.siamese())
    assert dot(shown).count("style=dashed") == 2
    assert mermaid(shown).count("-.->") == 2


def test_tree_tells_runs_once():
    said = tree(figure(fakes.chain(500)))
    assert said.count("\n") < 8 and "499 more like it" in said


def test_tree_nests_and_aligns():
    lines = tree(figure(fakes.siamese())).splitlines()
    assert lines[0].startswith("siamese") and any(line.startswith("encoder  (shared by 2 uses)") for line in lines)
    ends = {len(line) for line in lines if line.endswith(("4,097", "shared", "40,960"))}
    assert len(ends) == 1


def test_tree_closes_boxes_below_a_depth():
    said = tree(figure(fakes.unet(), depth=1))
    assert "Level level [23 bricks]" in said and "level.level" not in said


def test_table_groups_and_sums():
    rows = table(figure(fakes.residual()))
    assert rows[0].what == "network" and rows[0].parameters == 31882
    stage = next(row for row in rows if row.name == "stage1")
    inner = [row for row in rows if row.what == "box" and row.level == 2][:2]
    assert stage.parameters == sum(row.parameters for row in inner) == 15392
    assert stage.shape == "32×32×16" and stage.brick == "Stage"


def test_totals_are_the_graph_s_own_at_every_depth():
    for name in GRAPHS:
        graph = make(name)
        for depth in (None, 0, 1, 2):
            total = figure(graph, depth).panels[0].total
            assert (total.parameters, total.trainable, total.macs) == (graph.parameters, graph.trainable, graph.macs)


def test_draw_picks_the_format_by_suffix(tmp_path):
    for suffix in (".svg", ".dot", ".mmd", ".SVG"):
        path = draw(fakes.siamese(), tmp_path / f"graph{suffix}", depth=0, direction="right")
        assert path.read_bytes() == drawing(fakes.siamese(), suffix, 0, "right")


@pytest.mark.parametrize("suffix", [".jpg", "", ".svg.gz"])
def test_another_suffix_is_refused_with_the_formats_there_are(tmp_path, suffix):
    with pytest.raises(SpecError) as caught:
        draw(fakes.siamese(), tmp_path / f"graph{suffix}")
    said = render(caught.value.faults)
    assert all(name in said for name in FORMATS) and said.startswith("error[picture-format]: ")
    assert not list(tmp_path.iterdir())


def test_png_is_a_png_and_very_long_pictures_are_made_smaller():
    pytest.importorskip("resvg_py")
    assert drawing(fakes.siamese(), ".png").startswith(b"\x89PNG")
    long = to_png(svg(layout(figure(fakes.chain(400)))))
    assert int.from_bytes(long[20:24]) <= 16_000


def test_png_without_its_extra_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(SpecError) as caught:
        drawing(fakes.siamese(), ".png")
    fault = caught.value.faults[0]
    assert fault.kind == "missing-extra" and fault.facts["extra"] == "png"
    assert "keras-bricks[png]" in render([fault])


def test_a_brick_that_nothing_reads_tells_its_shape_on_its_card():
    shown = figure(fakes.sequence())
    item = next(item for item in shown.panels[0].items if item.title == "forgotten")
    assert item.unread and "128" in card(item).beside


def test_families_know_the_bricks():
    wanted = {
        "Conv2D": "conv", "ConvLSTM2D": "recurrent", "GlobalAveragePooling2D": "pool", "BatchNormalization": "norm",
        "Normalization": "data", "Dense": "dense", "Bidirectional": "recurrent", "Concatenate": "merge", "LeakyReLU": "activation",
        "MultiHeadAttention": "attention", "Embedding": "embedding", "Flatten": "shape", "Dropout": "regularise", "Mine": "other",
        "ZeroPadding2D": "shape", "Softmax": "activation", "TextVectorization": "data", "Conv2DTranspose": "conv",
    }
    assert {brick: family(Item("k", "layer", "t", brick, "n")) for brick in wanted} == wanted
    assert {family(Item("k", what, "t", "", "n")) for what in ("input", "output", "op", "formula", "network", "closed")} <= set(FAMILIES)


def test_measured_text_is_never_narrower_than_a_real_font():
    tools = pytest.importorskip("fontTools.ttLib")
    import matplotlib

    for bold, file in ((False, "DejaVuSans.ttf"), (True, "DejaVuSans-Bold.ttf")):
        font = tools.TTFont(f"{matplotlib.get_data_path()}/fonts/ttf/{file}")
        cmap, widths, em = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
        for text in ("BatchNormalization", "conv2d_12", "1,234,567 params", "56×56×256", "illicit filling", "Inception module"):
            real = sum(widths[cmap[ord(char)]][0] for char in text) / em * 10
            assert real <= width(text, 10, bold) * 1.03


def test_long_names_are_fitted_with_both_ends_kept():
    said = fitted("a" * 100 + "z" * 100, 100, 12)
    assert said.startswith("a") and said.endswith("z") and "…" in said and width(said, 12) <= 100
