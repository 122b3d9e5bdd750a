"""YAML 1.2 core schema: which plain text is a number, a truth value or null."""

import re

_INT = re.compile(r"[-+]?[0-9]+\Z")
_HEX, _OCT = re.compile(r"0x[0-9a-fA-F]+\Z"), re.compile(r"0o[0-7]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    ".nan": float("nan"), ".NaN": float("nan"), ".NAN": float("nan"),
}
_INFINITE = re.compile(r"([-+]?)\.(inf|Inf|INF)\Z")
LONGEST_NUMBER = 40


def resolve(text: str) -> object:
    """The value of a plain scalar: `1e-3` is a number, `no` and `12:30` are text.

    A run of digits too long to be meant as a number stays text.
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > LONGEST_NUMBER:
        return text
    if _INT.match(text):
        return int(text)
    if _HEX.match(text) or _OCT.match(text):
        return int(text, 0)
    if _FLOAT.match(text):
        return float(text)
    if infinite := _INFINITE.match(text):
        return float(infinite[1] + "inf")
    return text
