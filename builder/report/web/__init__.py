"""The styles and scripts of the report."""

from importlib.resources import files


def asset(name: str) -> str:
    """The text of a file in this folder."""
    return (files("builder.report") / "web" / name).read_text(encoding="utf-8")
