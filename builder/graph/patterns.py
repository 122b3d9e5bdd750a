"""Patterns of names: `stem`, `encoder.*`, `block?.conv`."""

from fnmatch import fnmatchcase


def fits(name: str, pattern: str) -> bool:
    """Whether `pattern` fits `name` or one of its dotted beginnings: `encoder` is all of `encoder.*`."""
    parts = name.split(".")
    return any(fnmatchcase(".".join(parts[: end + 1]), pattern) for end in range(len(parts)))
