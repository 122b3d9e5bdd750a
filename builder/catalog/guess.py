"""What an argument takes, told by its name, its default and the first words of its help; unsure means unsaid."""

import ast
import re

from builder.graph.catalogue import REQUIRED

BY_SUFFIX = ("initializer", "regularizer", "constraint", "optimizer", "activation", "layer")
BY_NAME = {"seed": "int", "dtype": "str", "learning_rate": "schedule", "schedule": "schedule", "data_format": "str",
           "depthwise_activation": "activation"}
FILLER = re.compile(r"^((\(?optional\)?[.,;:]?|an?|the|python|single|positive|unsigned|keyword)\s+)+", re.I)
SEVERAL = re.compile(r"^\w+,?\s*(or|/)?\s*(an?\s+|a single\s+)?(python\s+)?(tuple|list)", re.I)
OTHERWISE = re.compile(r"^[\w ]{0,24}?(,| or)\s*(or\s+)?(an?\s+)?"
                       r"(string|str\b|tensor|list|tuple|dict|callable|array|bool|int|float|`?[\"']|`keras|`false|`true)",
                       re.I)
COUNT = re.compile(r"^(\w+\s+){0,3}(number|size|dimensionality) of\b", re.I)
ITEM = re.compile(r"`?([\"'])([\w\-]+)`?\1`?|`([a-z]\w*)`|`?None`?")
BETWEEN = re.compile(r"\s*(\([^()]*\))?\s*(,\s*(or\b|and\b)?|\bor\b|\band\b|/|\|)\s*")
LISTING = re.compile(r"(^|^(?:a )?string,|to use:|one of|either|can be|can take|supported values|supported options|"
                     r"supports|supported|options include|acceptable values|available methods|available options|"
                     r"options|values|allowed values)(?:\s+(?:are|is|include))?\s*:?\s*(?:one of|either)?\s*`?\{?\s*"
                     r"(?=[`\"'])", re.I)
NOT_ONLY_TEXT = re.compile(r"^whether|`(True|False)`|^.{0,40}\b(int|integer|bool|boolean)\b", re.I)
BULLET = re.compile(r"^[-*] `?[\"']([\w\-]+)[\"']`?", re.M)


def guess_type(name: str, default: object, help: str, kind: str = "layer") -> str:
    """The type of an argument as `Parameter.type` names it, or "" where nothing is sure."""
    named = BY_NAME.get(name) or next((kind for kind in BY_SUFFIX if re.fullmatch(rf"(\w+_)?{kind}", name)), "")
    if named:
        return named
    words = FILLER.sub("", help.strip()).replace("**", "")
    # An operation's count is often one for each axis, and its help does not say so.
    if kind == "op" and COUNT.match(words) and not words.lower().startswith("int"):
        return ""
    if default is REQUIRED or default is None:
        return _by_help(name, words, whether=default is REQUIRED)
    return _by_default(name, default, words)


def guess_choices(help: str, default: object) -> tuple[str, ...]:
    """The texts that a help lists as the values there are; none if the default is not among them."""
    found = [text for start in LISTING.finditer(help) for text in _run(help, start.end())]
    found = list(dict.fromkeys(found + BULLET.findall(help)))
    wrong = isinstance(default, str) and default not in found
    return () if wrong or len(found) < 2 else tuple(found)


def annotated(annotation: ast.expr) -> tuple[str, tuple[str, ...], bool]:
    """Type, choices and whether None is right, by a type annotation such as `int | None` or `Literal["a", "b"]`."""
    parts = _union(annotation)
    none = any(isinstance(part, ast.Constant) and part.value is None for part in parts)
    parts = [part for part in parts if not (isinstance(part, ast.Constant) and part.value is None)]
    heads = {ast.unparse(part.value if isinstance(part, ast.Subscript) else part) for part in parts}
    if heads == {"Literal"}:
        return "choice", tuple(ast.literal_eval(c) for part in parts for c in _elements(part.slice)), none
    whole = {ast.unparse(part) for part in parts} <= {"int", "tuple[int, ...]", "tuple[int, int]", "list[int]"}
    if whole and heads & {"tuple", "list"}:
        return "ints", (), none
    head = "list" if heads <= {"list", "tuple"} else heads.pop() if len(heads) == 1 else ""
    return head if head in ("int", "float", "bool", "str", "list", "dict") else "", (), none


def _union(node: ast.expr) -> list[ast.expr]:
    return _union(node.left) + _union(node.right) if isinstance(node, ast.BinOp) else [node]


def _elements(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def may_be_none(default: object, help: str) -> bool:
    return default is None or bool(re.search(r"\bNone\b", help))


def fits(type: str, value: object) -> bool:
    """Whether a plain value is of a type that `guess_type` gives; objects may be given by their names."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    whole = isinstance(value, int) and not isinstance(value, bool)
    tests = {
        "int": whole, "float": number, "bool": isinstance(value, bool), "str": isinstance(value, str),
        "ints": whole or _whole_list(value), "list": isinstance(value, tuple | list), "dict": isinstance(value, dict),
        "schedule": number,
    }
    return tests.get(type, True)


def _whole_list(value: object) -> bool:
    return isinstance(value, tuple | list) and all(fits("int", part) for part in value)


def _by_default(name: str, default: object, words: str) -> str:
    said = _by_help(name, words, whether=False)
    if isinstance(default, bool):
        return "" if said in ("int", "float", "str", "list") else "bool"
    if isinstance(default, str):
        return "" if NOT_ONLY_TEXT.search(words) else "str"
    if isinstance(default, float):
        return "float" if said in ("", "float") and not SEVERAL.match(words) and "tuple" not in words[:60] else ""
    if isinstance(default, int):
        return said if said in ("int", "float", "ints") else ""
    if isinstance(default, tuple | list):
        whole = _whole_list(default) and said in ("", "int", "ints") and "float" not in words[:60]
        return "ints" if whole and said else "" if said != "list" else "list"
    return "dict" if isinstance(default, dict) else ""


def _by_help(name: str, words: str, whether: bool) -> str:
    """What the first words say, the leading articles being taken off."""
    words = words.removeprefix("Target shape. ")
    if words.startswith("Block of the spec"):
        return "block"
    if re.match(r"(int(eger)?s?\b)", words, re.I):
        return _whole(words)
    if re.match(r"(float(ing)?\b|scalar\b|number\b(?! of))", words, re.I):
        several = SEVERAL.match(words) or re.search(r"\bor an? (list|tuple)", words[:120], re.I)
        return "" if several or OTHERWISE.match(words) else "float"
    if re.match(r"bool(ean)?\b", words, re.I) or (whether and words.lower().startswith("whether")):
        return "" if OTHERWISE.match(words) else "bool"
    if re.match(r"(str(ing)?\b)(?! or (list|tuple|int|bool))", words, re.I):
        return "str"
    if re.match(r"(list|tuple|sequence)\b", words, re.I):
        return _listed(name, words)
    if re.match(r"dict(ionary)?\b", words, re.I):
        return "dict"
    return "int" if COUNT.match(words) and not name.endswith("size") else ""


def _listed(name: str, words: str) -> str:
    if re.search(r"\bor an? (single )?(float|int)", words, re.I) or name == "axis":
        return ""
    return "ints" if re.match(r"(list|tuple|sequence) of (\w+ )?int", words, re.I) else "list"


def _whole(words: str) -> str:
    if re.search(r"tuples? of \d? ?tuples|tensor|dictionary", words[:80], re.I):
        return ""
    if re.search(r"\b(or|if)( it is)?( an?)? (array|1-?d|sequence)", words, re.I):
        return ""
    if SEVERAL.match(words) or re.match(r"int(eger)?,? tuple", words, re.I):
        return "ints"
    return "" if OTHERWISE.match(words) else "int"


def _run(text: str, at: int) -> list[str]:
    """The quoted words that stand one after another from `at` on."""
    found: list[str] = []
    while item := ITEM.match(text, at):
        found += [word for word in (item[2] or item[3],) if word]
        between = BETWEEN.match(text, item.end())
        if not between:
            break
        at = between.end()
    return found if len(found) > 1 else []
