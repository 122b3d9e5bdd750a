"""Errors as a product: facts, wording, rendering."""

from builder.diagnostics.fault import Fault, Faults, Mark, SpecError, Turn, Use, fail
from builder.diagnostics.near import near
from builder.diagnostics.render import as_json, render
from builder.diagnostics.span import Source, Span
from builder.diagnostics.words import Words, did_you_mean, dims, kinds, listed, ordinal, worded, words

__all__ = [
    "Fault", "Faults", "Mark", "Source", "Span", "SpecError", "Turn", "Use", "Words", "as_json", "did_you_mean", "dims",
    "fail", "kinds", "listed", "near", "ordinal", "render", "worded", "words",
]
