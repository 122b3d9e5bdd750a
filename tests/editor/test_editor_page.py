"""docs/editors.md: its commands are run, its marks are what the server says, its links lead somewhere."""

import re

from corpus import HOME

PAGE = (HOME / "docs" / "editors.md").read_text(encoding="utf-8")
SAID = {"a step holds one brick": "- Convv2D: 3", "`Dense` takes: units": "- Dense: {unit: 3}",
        "`padding` is one of: valid, same": "- Conv2D: [8, 3, padding: sme]",
        "a text here is a formula, such as `=width * 2`; a number stands without quotes": '- Dense: {units: "10"}'}


def test_its_commands_run(tmp_path):
    from docs_pages import blocks
    from docs_shell import run

    for block in blocks("docs/editors.md"):
        if block.language == "sh":
            run(block.text, tmp_path)
    assert (tmp_path / "digits.yaml").read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=.digits.schema.json\n")
    assert (tmp_path / ".digits.schema.json").is_file() and (tmp_path / "bricks.schema.json").is_file()


def test_the_marks_are_those_of_the_server(editor):
    from editor_help import layers

    for message, step in SAID.items():
        assert message in PAGE
        assert any(message in problem.message for problem in editor.problems(layers(step)))


def test_it_is_linked_and_links_lead_somewhere():
    assert "docs/editors.md" in (HOME / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", PAGE) if not link.startswith("http")]
    assert all((HOME / "docs" / link).exists() for link in links)
