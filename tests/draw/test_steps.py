"""Which lines of a text a step takes up, whatever the way it is written."""

import pytest

from builder.diagnostics import Source, Span
from builder.draw.steps import Files, step

TEXT = """model:
  layers:
    - Dense: 1

    # about the next
    - name: two
      Dense:
        units: 2
        activation: relu
    - branches:
        - - Conv2D: 1
            name: one
          - Conv2D: 2
        - - Conv2D: 3
      merge: Add
    - {Dense: 4, name: four}
    - [Flatten,
       Dense]
networks: {}
"""
SOURCE = Source("/home/someone/net.yaml", TEXT)


@pytest.mark.parametrize(("found", "lines"), [
    ("Dense: 1", (3, 3)), ("Dense:\n        units", (6, 9)), ("Conv2D: 1", (11, 12)), ("Conv2D: 2", (13, 13)), ("Conv2D: 3", (14, 14)),
    ("branches", (10, 15)), ("Dense: 4", (16, 16)), ("Flatten", (17, 18)), ("model", (1, 18)), ("layers", (2, 18)),
])
def test_a_step_is_its_line_and_what_is_deeper(found, lines):
    line = TEXT[: TEXT.index(found)].count("\n") + 1
    assert step(Span(SOURCE, line, 1, line, 2)) == lines


def test_files_are_numbered_as_met_and_told_apart_without_the_folders_of_the_machine():
    files = Files(SOURCE)
    other = Source("C:\\elsewhere\\net.yaml", "x\n")
    assert files.lines(Span(other, 1, 1, 1, 2)) == (1, 1, 1) and files.lines(Span(SOURCE, 3, 1, 3, 2)) == (0, 3, 3) and files.lines(None) is None
    assert [each["name"] for each in files.texts()] == ["someone/net.yaml", "elsewhere/net.yaml"]
    assert [each["name"] for each in Files(SOURCE).texts()] == ["net.yaml"]
