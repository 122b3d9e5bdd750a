"""The three ways of looking: the filters of a layer, its maps of one example, and what decided about that example."""

from collections.abc import Mapping

import numpy as np

from builder.diagnostics import fail
from builder.inside.decision import Decision
from builder.inside.filters import filters
from builder.inside.picture import image, over, shape_of_image, sheet, signed, warm
from builder.inside.view import Panel, View
from builder.inside.wires import Inside
from builder.training.examples import Example
from builder.training.prediction import outputs_of

MOST, ACROSS = 64, 16  # pictures on a sheet; filters and channels where each filter is a column of them
LONGEST = 256  # rows and columns of a matrix


def look_at_filters(inside: Inside, layer: str) -> View:
    """The learned weights of a layer: colour kernels as they are, others in grey, a picture for each channel they read.

    Raises:
        SpecError: `no-such-layer`, `no-filters`.
    """
    found, name = filters(inside, layer), inside.name(layer)
    values, (count, height, width, channels) = found.values, found.values.shape
    if found.kind == "matrix":
        panel = Panel(signed(_cut(values[0]), most := _most(values)), f"weights of {name}",
                      f"{height:,} inputs down, {width:,} units across{_first(values[0])}")
        return View(f"filters-{name}", f"{inside.graph.name}: {name}", _scale(most), (panel,), {"filters": values})
    rows = found.kind != "colour" and channels > 1
    shown = values[:ACROSS, ..., :ACROSS] if rows else values[:MOST]
    most = _most(shown)
    tiles = [signed(one[..., [at]], most) for at in range(shown.shape[-1]) for one in shown] if rows else [signed(one, most) for one in shown]
    what = f"{_of(len(shown), count, 'filter')} of {height} × {width}"
    note = f"{what} across, {_of(shown.shape[-1], channels, 'channel')} down" if rows else f"{what}{' in colour' if found.kind == 'colour' else ''}"
    panel = Panel(sheet(tiles, len(shown) if rows else None), f"filters of {name}", note)
    return View(f"filters-{name}", f"{inside.graph.name}: {name}", _scale(most), (panel,), {"filters": values})


def look_at_activations(inside: Inside, layer: str, example: Example, spans: Mapping[str, tuple]) -> View:
    """What leaves a layer for one example: maps beside the input, a vector or a sequence as a strip.

    Args:
        spans: the values of black and white of the model's inputs, where they are known.

    Raises:
        SpecError: `no-such-layer`, `no-numbers`.
    """
    name = inside.name(layer)
    values = next(outputs_of(inside.taps([name]), [example], 1))[name]
    low, high = min(0.0, float(values.min(initial=0))), float(values.max(initial=0))
    if values.ndim == 3:
        tiles = [warm(values[..., at], (low, high)) for at in range(min(MOST, values.shape[-1]))]
        note = f"{_of(len(tiles), values.shape[-1], 'map')} of {values.shape[0]} × {values.shape[1]}"
        panel = Panel(sheet(tiles), name, note)
    else:
        strip = values.reshape(-1, values.shape[-1]) if values.ndim > 1 else _folded(values)
        panel = Panel(warm(_cut(strip), (low, high)), name, f"{' × '.join(map(str, values.shape))} values{_first(strip)}")
    note = f"all on one scale: dark {low:.3g}, light {high:.3g}"
    return View(f"activations-{name}", f"{inside.graph.name}: {name}", note, (*_inputs(example.inputs, spans, example.source), panel), {"activations": values})


def look_at_decision(decision: Decision, source: str, true: str | None, spans: Mapping[str, tuple], *, saliency: bool, grad_cam: str | None,
                     smooth: int = 0) -> View:
    """Which pixels spoke for a class, beside the input.

    Args:
        true: the class that the data give, where they are known.
        grad_cam: the layer whose maps are weighed, "" for the last one; None leaves it out.
        smooth: copies with noise that the saliency is the mean over.

    Raises:
        SpecError: `no-picture`, and as `Decision.gradient` and `Decision.grad_cam`.
    """
    inputs = {name: value[0] for name, value in decision.inputs.items()}
    pictures = {name: shape for name, value in inputs.items() if (shape := shape_of_image(value.shape)) and value.dtype.kind in "fiub"}
    if not pictures:
        raise fail("no-picture", decision.inside.graph.span, inputs={name: tuple(value.shape) for name, value in inputs.items()})
    panels, values = [*_inputs(inputs, spans, source)], {}
    for name, shape in pictures.items():
        of = f" of {name}" if len(pictures) > 1 else ""
        if saliency:
            values[f"saliency{of}"] = gradient = decision.gradient(name, smooth)
            kind = f"mean gradient of {smooth} noisy copies" if smooth else "gradient of the score, its size at each pixel"
            panels.append(Panel(warm(np.abs(gradient.reshape(shape)).max(-1)), f"saliency{of}", kind))
    if grad_cam is not None:
        layer, values["grad_cam"] = decision.grad_cam(grad_cam or None)
        height, width = values["grad_cam"].shape
        first = next(iter(pictures))
        lit = over(image(inputs[first].reshape(pictures[first]), spans.get(first)), values["grad_cam"])
        panels.append(Panel(lit, "Grad-CAM", f"{layer}, {height} × {width}" + ("" if values["grad_cam"].any() else "; nothing speaks for the class")))
    name = "-".join([*(["saliency"] if saliency else []), *(["grad-cam"] if grad_cam is not None else [])])
    return View(name, f"{decision.inside.graph.name}: what speaks for {decision.class_name}", _verdict(decision, true), tuple(panels), values)


def _verdict(decision: Decision, true: str | None) -> str:
    said = f"said {decision.said} ({_share(decision.probabilities.max())})"
    asked = f"; {decision.class_name} has {_share(decision.probability)}" if decision.class_name != decision.said else ""
    return f"{said}{asked}{f'; true {true}' if true is not None else ''}"


def _share(probability: float) -> str:
    return "less than 0.1%" if probability < 0.001 else f"{probability:.1%}"


def _inputs(inputs: Mapping[str, np.ndarray], spans: Mapping[str, tuple], source: str) -> list[Panel]:
    """The inputs that can be looked at."""
    shapes = {name: shape_of_image(np.shape(value)) for name, value in inputs.items() if np.asarray(value).dtype.kind in "fiub"}
    return [Panel(image(np.reshape(inputs[name], shape), spans.get(name)), name, source) for name, shape in shapes.items() if shape]


def _folded(values: np.ndarray) -> np.ndarray:
    """A vector in rows, about as many as columns where it is long; what is lacking in the last one is 0."""
    across = len(values) if len(values) <= 32 else int(np.ceil(np.sqrt(len(values))))
    return np.pad(values, (0, -len(values) % across)).reshape(-1, across)


def _cut(matrix: np.ndarray) -> np.ndarray:
    return matrix[:LONGEST, :LONGEST]


def _first(matrix: np.ndarray) -> str:
    return "" if max(matrix.shape[:2]) <= LONGEST else f"; the first {LONGEST} are shown"


def _most(values: np.ndarray) -> float:
    return float(np.abs(values).max(initial=0))


def _scale(most: float) -> str:
    return f"middle grey is 0, white {most:.3g}, black −{most:.3g}"


def _of(shown: int, count: int, what: str) -> str:
    """`6 filters`, `64 of 512 filters`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}" if shown == count else f"{shown} of {count:,} {what}s"
