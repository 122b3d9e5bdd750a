"""Text → tree → spec; formulas; overrides."""

from builder.language.load import load, read_source, shipped

__all__ = ["load", "read_source", "shipped"]
