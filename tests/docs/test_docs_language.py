"""Every example of the language reference is loaded, checked and laid with the real catalogue."""

import pytest
from docs_pages import ROOT, blocks, hold, put, same

from builder.graph import arguments, frame, lay, nodes  # noqa: F401
from builder.language import formula, load, text

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
