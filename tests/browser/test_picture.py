"""The page of the picture as people use it: in a real browser, by mouse and keyboard, with hostile names and large networks."""

import re
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from browser_console import clear, complaints

selenium = pytest.importorskip("selenium", reason="selenium is not installed: pip install '.[test]'")

from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By

from builder.diagnostics import Source, Span
from builder.draw import drawing, picture
from builder.draw import page as whole
from builder.draw.document import Part, document
from builder.experiment import check
from builder.graph.graph import Graph, Node, TensorSpec, Wire

SPECS = Path(__file__).parents[2] / "specs"
SETTLED = 0.35
BLOCKS = """name: two
blocks:
  Pair:
    params: [units]
    layers:
      - Dense: =units
        name: one
      - Dense: =units
        name: two
  Twice:
    params: [units]
    layers:
      - Pair: =units
        name: first
      - Pair: =units
        name: second
model:
  inputs: {x: [4]}
  layers:
    - Twice: 8
      name: left
    - for: {i: [1, 2, 3]}
      layers:
        - Dense: 8
    - Dense: 1
      name: y
"""


class Look:
    """What is on the page, asked by name."""

    def __init__(self, driver):
        self.driver = driver

    def run(self, script: str, *arguments):
        return self.driver.execute_script(f"const view = document.querySelector('section.picture').view; {script}", *arguments)

    def find(self, name: str, **wanted):
        """The card or header of an item, by its full name."""
        return self.run("const item = view.links.byName.get(arguments[0]); return view.scene.groupOf(item.key) ?? null", name)

    def body(self, name: str) -> dict:
        """Where the header or card of an item is on the screen: its top and the line its wires run on."""
        return self.run("""const item = view.links.byName.get(arguments[0]), spot = view.scene.spots.get(item.key), {x, y, k} = view.camera;
            return {top: spot.anchor.y * k + y, line: spot.anchor.x * k + x, left: spot.x * k + x}""", name)

    def click(self, name: str) -> None:
        ActionChains(self.driver).move_to_element(self.find(name).find_element(By.CSS_SELECTOR, ".name")).click().perform()
        time.sleep(SETTLED)

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()
        time.sleep(SETTLED)

    def names(self) -> set[str]:
        return set(self.run("return [...view.scene.spots.values()].map(({item}) => view.links.address(item))"))

    @property
    def chosen(self) -> str | None:
        return self.run("return view.chosen ? view.links.address(view.chosen) : null")

    def lit(self) -> list[int]:
        return [int(row.get_attribute("data-line")) for row in self.driver.find_elements(By.CSS_SELECTOR, ".row.lit")]

    def does(self, what: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, f'[data-do="{what}"]').click()
        time.sleep(SETTLED)


def blocks() -> Graph:
    return check(BLOCKS).graph


@pytest.fixture
def look(page):
    return lambda text, hash="": Look(page(text, hash))


def test_a_block_opens_and_closes_in_place(look):
    seen = look(whole(blocks(), depth=0))
    assert seen.names() == {"x", "left", "dense", "dense_2", "dense_3", "y", "y:output"}
    before, above = seen.body("left"), seen.body("x")
    seen.click("left")
    assert {"left.first", "left.second"} <= seen.names() and "left.first.one" not in seen.names()
    assert seen.body("left") == pytest.approx({**before, "left": seen.body("left")["left"]}, abs=0.5)
    assert seen.body("x")["top"] == pytest.approx(above["top"], abs=0.5)
    seen.click("left.second")
    assert "left.second.two" in seen.names()
    seen.click("left")
    assert "left.first" not in seen.names() and seen.body("left")["top"] == pytest.approx(before["top"], abs=0.5)


def test_nothing_jumps_on_the_way(look):
    seen = look(whole(check(SPECS / "resnet50.yaml").graph), "#block=conv3_block2")
    tops = seen.driver.execute_async_script("""const view = document.querySelector("section.picture").view, done = arguments[0], seen = [], start = performance.now();
        const header = () => view.scene.groupOf(view.chosen.key).querySelector(".body, .band").getBoundingClientRect().top, above = () => view.scene.groupOf(view.panels[0].items[1].key).getBoundingClientRect().top;
        const look = (now) => { seen.push([header(), above()]); return now - start < 450 ? requestAnimationFrame(look) : done(seen); };
        seen.push([header(), above()]); view.press(view.chosen); requestAnimationFrame(look)""")
    assert len(tops) > 4 and all(at == pytest.approx(tops[0], abs=1) for at in tops)


def test_who_wants_no_motion_gets_none(look):
    seen = look(whole(blocks(), depth=0))
    moving = "view.press(view.links.byName.get('left')); return Boolean(view.scene.finish)"
    assert seen.run(moving)
    time.sleep(SETTLED)
    seen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]})
    try:
        assert not seen.run(moving)
    finally:
        seen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_the_far_end_of_a_large_network_stays_put_too(look):
    seen = look(whole(check(SPECS / "resnet50.yaml").graph), "#block=conv4_block3")
    before = seen.body("conv4_block3")
    for _ in range(2):
        seen.press(Keys.ENTER) if seen.chosen == "conv4_block3" and seen.run("return document.activeElement.dataset.key") else seen.click("conv4_block3")
        after = seen.body("conv4_block3")
        assert (after["top"], after["line"]) == pytest.approx((before["top"], before["line"]), abs=0.5)


def test_what_is_chosen_lights_its_lines_and_back(look):
    seen = look(whole(blocks(), depth=0))
    seen.click("left")
    assert seen.lit() == [20, 21] and seen.chosen == "left"
    seen.driver.find_element(By.CSS_SELECTOR, '.row[data-line="9"]').click()
    time.sleep(SETTLED)
    assert seen.chosen == "left.first.two" and seen.lit() == [8, 9]
    seen.driver.find_element(By.CSS_SELECTOR, '.row[data-line="9"]').click()
    assert seen.chosen == "left.second.two" and {"left.second.one", "left.first.one"} <= seen.names()
    for name in ("dense", "dense_2", "dense_3", "dense"):
        seen.driver.find_element(By.CSS_SELECTOR, '.row[data-line="24"]').click()
        assert seen.chosen == name
    assert "1 of 3 laid there" in seen.driver.find_element(By.CSS_SELECTOR, ".told").text


def test_a_block_of_the_library_shows_its_own_file(look):
    seen = look(whole(check(SPECS / "resnet50.yaml").graph), "#block=conv3_block2.conv2")
    assert seen.chosen == "conv3_block2.conv2"
    assert seen.driver.find_element(By.CSS_SELECTOR, '.files [aria-selected="true"]').text == "residual.yaml"
    assert "Conv2D" in seen.driver.find_element(By.CSS_SELECTOR, ".row.lit").text
    seen.driver.find_element(By.XPATH, '//nav/button[text()="conv3_block2"]').click()
    assert seen.driver.find_element(By.CSS_SELECTOR, '.files [aria-selected="true"]').text == "resnet50.yaml"
    assert "Bottleneck" in seen.driver.find_element(By.CSS_SELECTOR, ".row.lit").text


def test_cards_show_names_shapes_parameters_and_work(look):
    seen = look(whole(check(SPECS / "lenet5.yaml").graph))
    for name, said in (("conv2d_2", ("Conv2D", "5×5 · tanh", "conv2d_2", "2,416", "240 k MACs")), ("label", ("Dense", "softmax", "850", "840 MACs"))):
        text = seen.find(name).text
        assert all(each in text for each in said), text
    assert {"8×8×1", "28×28×6", "10"} <= {label.text for label in seen.driver.find_elements(By.CSS_SELECTOR, "text.label")}
    assert "61,706 parameters · 417 k MACs" in seen.driver.find_element(By.CSS_SELECTOR, ".who").text


@pytest.mark.parametrize("name", ["resnet50", "googlenet", "unet", "siamese_koch"])
def test_every_block_shows_its_work_open_or_closed(look, name):
    seen = look(whole(check(SPECS / f"{name}.yaml").graph))
    for action in ("close", "open"):
        seen.does(action)
        missing = seen.run("""return [...view.scene.spots.values()].filter(({item}) => item.macs && item.what !== "output" && !/\\d( [kMGT])?( MACs)?$/
            .test([...view.scene.groupOf(item.key).querySelectorAll(".work, .end")].at(-1)?.textContent ?? "")).map(({item}) => item.name)""")
        assert missing == []


@pytest.mark.parametrize(("name", "direction"),
                         [("googlenet", "down"), ("resnet50", "right"), ("unet", "down"), ("siamese_koch", "right"), ("wide_deep", "down")])
def test_work_and_shapes_stand_clear_of_cards_and_of_each_other(look, name, direction):
    seen = look(whole(check(SPECS / f"{name}.yaml").graph, depth=9, direction=direction))
    clash = seen.run("""const of = (selector) => [...document.querySelectorAll(selector)].map((each) => [each.textContent, each.getBoundingClientRect()]), m = 0.6;
        const apart = (a, b) => a.right <= b.left + m || b.right <= a.left + m || a.bottom <= b.top + 2 * m || b.bottom <= a.top + 2 * m;
        const words = [...of(".work"), ...of("text.label")], cards = of(".card .body, .header .band");
        return words.flatMap(([said, box], i) => [...words.slice(0, i), ...cards].filter(([, other]) => !apart(box, other)).map(([other]) => `${said} on ${other}`))""")
    assert clash == []


def test_no_words_are_wider_than_their_card(look):
    for name in ("resnet50", "wide_deep", "siamese_koch"):
        seen = look(whole(check(SPECS / f"{name}.yaml").graph, depth=9))
        wide = seen.run("""return [...document.querySelectorAll(".card:not(.input):not(.output), .header")].filter((card) => {
            const edge = card.querySelector(".body, .band").getBBox();
            return [...card.querySelectorAll("text:not(.work)")].some((text) => text.getBBox().x < edge.x || text.getBBox().x + text.getBBox().width > edge.x + edge.width);
          }).map((card) => card.textContent)""")
        assert wide == []


def test_shared_networks_light_up_together(look):
    seen = look(whole(check(SPECS / "siamese_koch.yaml").graph))
    assert len(seen.driver.find_elements(By.CSS_SELECTOR, ".header.f-network")) == 1
    lit = "return [...document.querySelectorAll('.card.lit, .header.lit')].map((card) => view.links.address(view.links.items.get(card.dataset.key))).sort()"
    seen.click("a")
    assert seen.run(lit) == ["a", "b", "encoder/"]
    assert "b" in seen.driver.find_element(By.CSS_SELECTOR, ".told").text and seen.driver.find_elements(By.CSS_SELECTOR, ".line.use.lit")
    seen.press(Keys.ESCAPE)
    assert seen.run(lit) == []
    ActionChains(seen.driver).move_to_element(seen.find("encoder/").find_element(By.CSS_SELECTOR, ".name")).perform()
    assert seen.run(lit.replace(".lit", ".warm")) == ["a", "b", "encoder/"]


def test_a_wire_can_be_chosen_and_says_where_it_runs(look):
    seen = look(whole(check(SPECS / "unet.yaml").graph))
    ActionChains(seen.driver).move_to_element_with_offset(seen.find("image"), 0, 28).click().perform()
    told = seen.driver.find_element(By.CSS_SELECTOR, ".told").text
    assert "256×256×1" in told and "image" in told and "conv1" in told
    assert seen.driver.find_elements(By.CSS_SELECTOR, ".line.lit")


def test_searching_counts_marks_and_steps(look):
    seen = look(whole(check(SPECS / "googlenet.yaml").graph, depth=0))
    seen.press("/")
    seen.press(*"concat")
    said = seen.driver.find_element(By.CSS_SELECTOR, ".found output")
    assert said.text == "9" and len(seen.driver.find_elements(By.CSS_SELECTOR, ".card.match")) == 9
    seen.press(Keys.ENTER)
    assert said.text == "1 of 9" and seen.chosen == "inception3a.concatenate" and "inception3a.one" in seen.names()
    ActionChains(seen.driver).key_down(Keys.SHIFT).send_keys(Keys.ENTER).key_up(Keys.SHIFT).perform()
    assert said.text == "9 of 9" and seen.chosen == "inception5b.concatenate"
    seen.press(Keys.ESCAPE)
    assert not said.is_displayed()
    seen.press("/")
    seen.press(*"nothing of that name")
    assert said.text == "none"


def test_the_keyboard_goes_along_wires_and_opens(look):
    seen = look(whole(check(SPECS / "googlenet.yaml").graph, depth=0), "#block=max_pooling2d_2")
    seen.run("view.scene.groupOf(view.chosen.key).focus()")
    seen.press(Keys.ARROW_DOWN)
    assert seen.chosen == "inception3a"
    seen.press(Keys.ENTER)
    assert "inception3a.one" in seen.names()
    seen.press(Keys.ARROW_DOWN)
    first = seen.chosen
    assert first.startswith("inception3a.")
    seen.press(Keys.ARROW_RIGHT)
    assert seen.chosen.startswith("inception3a.") and seen.chosen != first
    seen.press(Keys.ARROW_UP)
    assert seen.chosen in ("max_pooling2d_2", "inception3a")
    seen.press(Keys.ESCAPE)
    seen.run("document.querySelector('.stage [tabindex=\"0\"]').focus()")
    seen.press(Keys.ENTER)
    assert seen.chosen == "image"
    k = seen.run("return view.camera.k")
    seen.press("+")
    assert seen.run("return view.camera.k") > k
    seen.press("0")
    seen.press("?")
    assert seen.driver.find_element(By.CSS_SELECTOR, "dialog").is_displayed()
    seen.press(Keys.ESCAPE)
    assert seen.chosen is None and not seen.driver.find_element(By.CSS_SELECTOR, "dialog").is_displayed()


def test_open_all_close_all_depth_and_direction(look):
    seen = look(whole(check(SPECS / "resnet50.yaml").graph, depth=0))
    closed = seen.names()
    seen.does("open")
    assert len(seen.names()) > 190
    seen.does("close")
    assert seen.names() == closed
    width = seen.run("return view.scene.layout.width")
    seen.does("turn")
    assert seen.run("return view.scene.layout.width") > 5 * width
    seen.run("const depth = document.querySelector('.levels select'); depth.value = '1'; depth.dispatchEvent(new Event('change'))")
    assert "conv2_block1.conv1" in seen.names() and "conv2_block1.shortcut.conv" not in seen.names()


def test_depth_and_direction_of_the_command_hold(look):
    graph = blocks()
    assert "left.first" in look(whole(graph, depth=1)).names() and "left.first.one" not in look(whole(graph, depth=1)).names()
    seen = look(whole(graph, depth=0, direction="right"))
    assert seen.run("return view.scene.layout.width > view.scene.layout.height")


def test_the_address_names_the_block(look):
    seen = look(whole(blocks(), depth=0), "#block=left.second.two")
    assert seen.chosen == "left.second.two" and "left.second.one" in seen.names()
    assert seen.run("return view.camera.sees(view.scene.spots.get(view.chosen.key))")
    seen.click("left.second.one")
    assert seen.driver.current_url.endswith("#block=left.second.one")
    look(whole(blocks()), "#block=no%20such")


def test_drag_moves_and_the_wheel_zooms_at_the_pointer(look):
    seen = look(whole(blocks()))
    x, y, k = seen.run("return [view.camera.x, view.camera.y, view.camera.k]")
    stage = seen.driver.find_element(By.CSS_SELECTOR, ".stage")
    ActionChains(seen.driver).move_to_element_with_offset(stage, -300, 0).click_and_hold().move_by_offset(40, 25).release().perform()
    assert seen.run("return [view.camera.x, view.camera.y]") == pytest.approx([x + 40, y + 25], abs=1)
    ActionChains(seen.driver).scroll_from_origin(selenium.webdriver.common.actions.wheel_input.ScrollOrigin.from_element(stage), 0, -240).perform()
    assert seen.run("return view.camera.k") > k * 1.2


def test_light_and_dark(look):
    seen = look(whole(blocks()))
    ground = "return getComputedStyle(document.querySelector('.card .body')).fill"
    light = seen.run("document.documentElement.dataset.theme = 'light'; " + ground)
    seen.does("theme")
    assert seen.run("return document.documentElement.dataset.theme") == "dark" and seen.run(ground) != light


def test_the_saved_picture_stands_alone(look):
    seen = look(whole(check(SPECS / "siamese_koch.yaml").graph))
    saved = seen.run("return view.saved()")
    root = ET.fromstring(saved)
    assert root.get("width") and "encoder" in saved and "class=" not in saved
    assert set(re.findall(r"https?://[^\"' ]+", saved)) == {"http://www.w3.org/2000/svg"}
    drawn = [each for each in root.iter("{http://www.w3.org/2000/svg}path") if each.get("stroke") == "rgb(80, 70, 200)"]
    assert drawn, "the dashed lines of the uses have their colour"


def test_everything_has_a_role_and_a_name(look):
    seen = look(whole(check(SPECS / "unet.yaml").graph))
    assert seen.run("return [...document.querySelectorAll('.card, .header')].every((card) => card.getAttribute('role') === 'treeitem' && "
                    "card.getAttribute('aria-label'))")
    assert seen.find("level").get_attribute("aria-expanded") == "true"
    assert seen.run("return [...document.querySelectorAll('button, select, input')].every((each) => each.textContent.trim() || each.ariaLabel)")
    assert seen.run("return document.querySelectorAll('.stage [tabindex=\"0\"]').length") == 1


HOSTILE = ("</script><script>window.ran = 1</script>", "<img src=x onerror='window.ran = 1'>", "\"><svg onload=window.ran=1>", "]]>--><b>", "a\x00b\u2028c",
           "${window.ran = 1}", "javascript:window.ran=1",
           "__proto__", "日本語", "l" * 3000)


def hostile() -> Graph:
    source = Source("</title><script>window.ran = 1</script>.yaml", "\n".join(HOSTILE))
    span, spec, nodes = Span(source, 1, 1, 1, 5), TensorSpec((4,)), []
    for i, name in enumerate(HOSTILE):
        reads = (nodes[-1].outputs[0],) if nodes else ()
        nodes.append(Node(i, "layer" if i else "input", f"{name}{i}", span, name, reads, outputs=(Wire(i, 0, spec),), scope=(name,) if i else ()))
    return Graph(HOSTILE[0], {HOSTILE[1]: nodes[0].outputs[0]}, {name: nodes[-1].outputs[0] for name in HOSTILE}, tuple(nodes), span=span)


def test_hostile_names_stay_text(look):
    seen = look(whole(hostile()))
    for action in ("close", "open"):
        seen.does(action)
    seen.run("for (const item of view.links.items.values()) { view.choose(item, {show: true}); view.hover(view.scene.groupOf(item.key)); }")
    seen.run("view.find.input.value = '<img'; view.find.seek(); view.find.step(1)")
    assert seen.driver.execute_script("return window.ran ?? null") is None
    assert seen.driver.execute_script("return document.querySelectorAll('section img, section script, section b b').length") == 0
    ET.fromstring(seen.run("return view.saved()"))


def test_the_policy_runs_nothing_that_slipped_in(browser, tmp_path):
    text = whole(blocks()).replace("</section>", "<img src=x onerror='window.ran = 1'><script>window.ran = 1</script></section>")
    (tmp_path / "slipped.html").write_text(text, encoding="utf-8")
    browser.get((tmp_path / "slipped.html").as_uri())
    assert browser.execute_script("return window.ran ?? null") is None
    assert any("Content Security Policy" in said for said in complaints(browser))
    clear(browser)


def test_the_picture_works_inside_a_longer_page(look):
    graph = check(SPECS / "resnet50.yaml").graph
    seen = look(document("a report", [Part("<main><h1>Report</h1>"), picture(graph, graph.span.source), Part("<p>" + "<br>below" * 200 + "</p></main>")]))
    height = seen.run("return document.querySelector('section.picture').offsetHeight")
    assert 300 < height <= 0.8 * seen.run("return innerHeight") + 1
    stage, k = seen.driver.find_element(By.CSS_SELECTOR, ".stage"), seen.run("return view.camera.k")
    ActionChains(seen.driver).scroll_from_origin(selenium.webdriver.common.actions.wheel_input.ScrollOrigin.from_element(stage), 0, 200).perform()
    time.sleep(SETTLED)
    assert seen.run("return scrollY") > 0 and seen.run("return view.camera.k") == k


@pytest.mark.parametrize("size", [(390, 800), (760, 600)])
def test_narrow_screens_can_use_it(look, size):
    seen = look(whole(check(SPECS / "googlenet.yaml").graph, depth=0))
    seen.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": True})
    try:
        time.sleep(SETTLED)
        assert seen.run("return document.documentElement.scrollWidth <= innerWidth && view.stage.clientHeight > 150")
        seen.run("view.choose(view.links.byName.get('inception3a'), {show: true})")
        seen.click("inception3a")
        assert "inception3a.one" in seen.names() and seen.lit()
    finally:
        seen.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_paper_shows_the_whole_picture(look):
    seen = look(whole(check(SPECS / "resnet50.yaml").graph, depth=1))
    seen.run("dispatchEvent(new Event('beforeprint'))")
    box = [float(part) for part in seen.driver.find_element(By.CSS_SELECTOR, ".drawing").get_dom_attribute("viewBox").split()]
    assert box[2] >= seen.run("return view.scene.layout.width") and box[3] >= seen.run("return view.scene.layout.height")
    seen.run("dispatchEvent(new Event('afterprint'))")
    assert not seen.driver.find_element(By.CSS_SELECTOR, ".drawing").get_dom_attribute("viewBox")


def chain(count: int) -> Graph:
    """Residual blocks of five bricks, about `count` bricks in all, nested two deep."""
    nodes, spec = [], TensorSpec((64,))

    def add(brick: str, scope: tuple[str, ...], *reads: Wire, what: str = "layer") -> Wire:
        wire, span = Wire(len(nodes), 0, spec), Span(Source("chain.yaml", "x\n" * 50), 1 + len(nodes) % 50, 1, 1 + len(nodes) % 50, 2)
        name = ".".join((*scope, f"{brick.lower()}{len(nodes)}"))
        nodes.append(Node(len(nodes), what, name, span, brick, reads, outputs=(wire,), scope=scope, layer=name, parameters=4160, trainable=4160, macs=4096))
        return wire

    wire = first = add("input", (), what="input")
    for i in range(count // 5):
        scope = (f"stage{i // 10}", f"block{i}")
        deep = add("Dense", scope, add("ReLU", scope, add("Dense", scope, wire)))
        wire = add("ReLU", scope, add("Add", scope, deep, wire))
    return Graph("chain", {"x": first}, {"y": wire}, tuple(nodes))


def painted(driver) -> float:
    """Seconds from asking for the page to the end of the first frame that shows the picture, its script included."""
    return driver.execute_async_script("""const done = arguments[0], loaded = performance.getEntriesByType("navigation")[0].loadEventEnd;
        new PerformanceObserver((list) => done(Math.max(loaded, ...list.getEntries().map((frame) => frame.startTime + frame.duration)) / 1000))
            .observe({type: "long-animation-frame", buffered: true});
        setTimeout(() => done(loaded / 1000), 500)""")


@pytest.mark.parametrize(("count", "most"), [(500, 2.0), (2000, 8.0)])
def test_large_networks_are_drawn_quickly(look, count, most):
    graph = chain(count)
    began = time.perf_counter()
    text = whole(graph, depth=9)
    python = time.perf_counter() - began
    seen = look(text)
    shown = painted(seen.driver)
    assert len(seen.names()) > count
    toggled = seen.run("const t = performance.now(), box = [...view.links.items.values()].find((item) => item.isBox && item.number); view.press(box); return "
                       "performance.now() - t") / 1000
    print(f"{count} bricks: {python:.2f} s in Python, {shown:.2f} s to the first paint, {toggled:.2f} s to close a block, {len(text) >> 10} KiB")
    assert python + shown < most and toggled < most / 2


def test_the_same_spec_gives_the_same_page():
    assert drawing(blocks(), ".html") == drawing(blocks(), ".html") and str(Path.cwd()) not in drawing(blocks(), ".html").decode()
