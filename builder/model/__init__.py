"""Graph → keras.Model."""

from builder.model.build import build

__all__ = ["build"]
