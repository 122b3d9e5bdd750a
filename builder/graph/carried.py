"""State carried from batch to batch, before anything is built: the layers that keep it, and the batches that go on."""

from collections.abc import Iterator

from builder.diagnostics import Fault
from builder.graph.graph import Graph, Layer, Recipe
from builder.graph.plans import DataPlan

STATEFUL, CARRY = "stateful", "carry"


def carried(graph: Graph, data: DataPlan | None) -> Iterator[Fault]:
    """What does not fit: a layer that keeps its state where batches do not go on, batches that do where no layer keeps any,
    and layers that see the end before the beginning."""
    kept = [layer for layer in _layers(graph) if _says(layer.recipe)]
    for layer in kept:
        if backwards := _backwards(layer.recipe):
            yield Fault("carry-backwards", layer.span, {"brick": backwards}, trail=layer.trail)
    if data is None:
        return
    places = [(recipe, span) for recipe, span in zip(data.sample, data.sample_spans, strict=True) if dict(recipe.args).get(CARRY) is True]
    if kept and not places:
        yield Fault("carry-windows", kept[0].span, {"brick": kept[0].recipe.name}, trail=kept[0].trail)
    if places and not kept:
        yield Fault("carry-nothing", places[0][1], {"sampler": places[0][0].name})


def _layers(graph: Graph) -> Iterator[Layer]:
    yield from graph.layers.values()
    for inner in graph.networks.values():
        yield from _layers(inner)


def _inner(recipe: Recipe) -> Iterator[Recipe]:
    """A recipe and those among its arguments."""
    yield recipe
    for _, value in recipe.args:
        if isinstance(value, Recipe):
            yield from _inner(value)


def _says(recipe: Recipe) -> bool:
    return any(dict(one.args).get(STATEFUL) is True for one in _inner(recipe))


def _backwards(recipe: Recipe) -> str | None:
    """The brick that goes through a sequence from its end."""
    return next((one.name for one in _inner(recipe) if one.name == "Bidirectional" or dict(one.args).get("go_backwards") is True), None)
