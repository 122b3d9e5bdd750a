"""Exports: SavedModel, .keras, ONNX and LiteRT, each proved equal to the model in a fresh process."""

from builder.export.exporting import Exported, export
from builder.export.formats import FORMATS

__all__ = ["FORMATS", "Exported", "export"]
