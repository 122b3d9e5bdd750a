"""What people write by habit, from Python or in haste, as the spec writes it: lines for the help of a fault."""

import re


def as_call(text: str) -> str:
    """`Conv2D(32, strides=2)` → `Conv2D: [32, strides: 2]`; empty where it is no call."""
    found = re.fullmatch(r"(\w+)\((.*)\)", text.strip())
    if not found:
        return ""
    inside = ", ".join(as_keyword(part) or part.strip() for part in found[2].split(","))
    return f"{found[1]}: [{inside}]" if inside else found[1]


def as_keyword(text: str) -> str:
    """`activation='relu'` → `activation: relu`; empty where it is no argument by name."""
    found = re.fullmatch(r"\s*([A-Za-z_]\w*)\s*=\s*([^=].*?)\s*", text)
    return f"{found[1]}: " + found[2].strip("'\"") if found else ""


def as_list(text: str) -> str:
    """`32, 3` and `(32, 3)` → `[32, 3]`; empty where it is no list."""
    inside = text.strip().removeprefix("(").removesuffix(")")
    return f"[{', '.join(as_keyword(part) or part.strip() for part in inside.split(','))}]" if "," in inside else ""


def as_number(text: str) -> str:
    """`"32"` → `32`, `50%` → `0.5`; empty where it is no number."""
    text, share = text.strip(), text.strip().endswith("%")
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        return ""
    return (f"{number / 100:g}" if share else text) if len(text) < 20 else ""


def as_step(line: str) -> str:
    """`- Dense: 10, activation: relu` → `- Dense: [10, activation: relu]`, `- TimeDistributed: Dense: 10` with braces; else empty."""
    found = re.fullmatch(r"\s*(-\s+[A-Z]\w*):\s+([^\[{].*?)\s*", line)
    if not found:
        return ""
    if re.match(r"[A-Z]\w*:\s", found[2]):
        return f"{found[1]}: {{{found[2]}}}"
    return f"{found[1]}: [{found[2]}]" if "," in found[2] else ""
