"""Exports: SavedModel, .keras, ONNX and LiteRT, each proved equal to the model in a fresh process."""

from builder.export.exporting import Exported, export
from builder.export.formats import FORMATS
from builder.export.interface import network_of

__all__ = ["FORMATS", "Exported", "export", "network_of"]
