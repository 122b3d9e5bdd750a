"""`weights:` worked out: which trained weights a step, a network or the model asks for."""

from collections.abc import Callable

from builder.diagnostics import Fault
from builder.graph.frame import Frame
from builder.graph.graph import WeightsPlan
from builder.language.sections import Weights
from builder.language.tree import Node


def weights_plan(weights: Weights, evaluated: Callable[[Node], object], frame: Frame, strict: bool) -> WeightsPlan | Fault | None:
    """What `weights` asks for; a formula may say that nothing is.

    Args:
        evaluated: works out a node in this frame.
        strict: whether a gap is an error where `weights` does not say.
    """
    source = evaluated(weights.source)
    if source is None:
        return None
    if not isinstance(source, str) or not source:
        return weights.source.error("wrong-shape", what="`weights`, a file or a run", found=f"the formula gives {source}", example="weights: old.keras")
    file, _, part = source.partition("#")
    strict = strict if weights.strict is None else bool(evaluated(weights.strict))
    renames = tuple((str(old.value), str(new.value)) for old, new in weights.renames)
    skip = tuple(text.value for text in weights.skip)
    places = tuple((str(text.value), text.span) for text in (*(old for old, _ in weights.renames), *weights.skip))
    return WeightsPlan(file, weights.source.span, part, frame.path, renames, skip, strict, frame.trail, places)
