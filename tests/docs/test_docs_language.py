"""Every example of the language reference is loaded, checked and laid with the real catalogue."""

import pytest
from docs_pages import ROOT, blocks, hold, put, same

PAGE = "docs/language.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the pages' files lie: those that examples import are written first."""
    folder = tmp_path_factory.mktemp("language")
    for block in blocks(PAGE):
        if block.what == "file":
            put(block, folder)
    return folder


@pytest.mark.parametrize("block", [b for b in blocks(PAGE) if b.language == "yaml" and b.what != "file"], ids=lambda block: block.id)
def test_an_example_is_a_spec(block, folder):
    told = hold(block, folder)
    following = blocks(PAGE)[block.number + 1 :][:1]
    if following and following[0].what == "error":
        same(following[0], told)


def test_nothing_is_shown_that_is_not_run():
    for block in blocks(PAGE):
        assert block.language in ("yaml", "text", "python", ""), block.id
        assert block.language != "yaml" or block.text.strip()


def test_the_bounds_told_are_the_bounds_held():
    from builder.graph import arguments, nodes
    from builder.graph.lay import DEEPEST_BLOCKS, MOST_REPEATS
    from builder.language import formula, text
    from builder.language.load import DEEPEST_IMPORT

    table = (ROOT / PAGE).read_text(encoding="utf-8").partition("## Bounds")[2].replace(",", "")
    told = {row.split("|")[1].strip(): row.split("|")[2].strip() for row in table.splitlines() if row.startswith("| ")}
    assert [value for _, value in list(told.items())[2:]] == [
        f"{text.LARGEST_TEXT}; {text.LONGEST_SCALAR}", f"{text.DEEPEST}", f"{text.MOST_NODES}",
        f"{formula.LONGEST} {formula.DEEPEST} 10^{len(str(formula.LARGEST)) - 1} {formula.MOST_ITEMS}", f"10^{len(str(arguments.LARGEST)) - 1}",
        f"{DEEPEST_BLOCKS}", f"{MOST_REPEATS}", f"{nodes.MOST_NODES}", f"{DEEPEST_IMPORT}",
    ]


def test_every_key_of_the_sections_is_named():
    from builder.language import spec, steps

    page = (ROOT / PAGE).read_text(encoding="utf-8")
    keys = {*spec.TOP, *spec.BLOCK, *spec.NETWORK, *spec.DATA, *spec.PHASE, *steps.KINDS, *steps.BESIDE, *spec.FORMATS}
    assert not {key for key in keys if f"`{key}" not in page and f"**{key}**" not in page and f"{key}:" not in page}


def test_the_functions_of_formulas_are_named():
    from builder.language import formula

    page = (ROOT / PAGE).read_text(encoding="utf-8")
    listed = page.partition("the functions `")[2].partition("`")[0].split()
    assert set(listed) == set(formula.FUNCTIONS)
    assert all(f"`{name}(wire)`" in page for name in formula.WIRE_FUNCTIONS)
