"""A spec as coloured text."""

import re
from html import escape

_TOKEN = re.compile(r"""
    (?P<comment>(?:(?<=\s)|^)\#.*)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')
  | (?P<brick>(?<![\w.])[A-Z]\w*)
  | (?P<key>[A-Za-z_][\w.{}=+*-]*(?=\s*:(?:\s|$)))
  | (?P<formula>(?<=[\s\[{:])=[^,\]}\#]*)
  | (?P<number>(?<![\w.])-?\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?(?![\w.]))
  | (?P<word>(?<![\w.])(?:true|false|null)(?![\w.]))
""", re.VERBOSE)


def coloured(text: str) -> str:
    """A numbered listing of YAML, each token in the colour of its kind."""
    lines = "".join(f"<li>{_line(line)}</li>" for line in text.rstrip("\n").split("\n"))
    return f'<ol class="yaml code">{lines}</ol>'


def _line(text: str) -> str:
    said, at = [], 0
    for found in _TOKEN.finditer(text):
        said += [escape(text[at : found.start()]), f'<span class="y-{found.lastgroup}">{escape(found[0])}</span>']
        at = found.end()
    return "".join(said) + escape(text[at:])
