"""A spec as coloured text."""

import re
from html import escape

# A word is more than text only where YAML has a value or key begin and end.
_BEGIN = r"(?:(?<=[-,:]\s)|(?<=[\[{])|(?<=^))"
_END = r"(?=\s*(?::(?:\s|$)|[,\]}]|\s\#|$))"
_TOKEN = re.compile(rf"""
    (?P<comment>(?:(?<=\s)|^)\#.*)
  | (?P<text>{_BEGIN}(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'))
  | (?P<formula>{_BEGIN}=[^,\]}}\#]*)
  | (?P<key>(?<![\w.])[a-z_][\w.*-]*(?=:(?:\s|$)))
  | (?P<brick>(?:{_BEGIN}|(?<=\s))[A-Z]\w*(?=:(?:\s|$)))
  | (?P<name>{_BEGIN}[A-Z]\w*{_END})
  | (?P<number>{_BEGIN}-?\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?{_END})
  | (?P<word>{_BEGIN}(?:true|false|null){_END})
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
