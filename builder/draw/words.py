"""How the picture writes things: counts, shapes, names and the arguments worth showing on a card."""

from builder.graph.graph import Node, Recipe, TensorSpec

SIZED = ("kernel_size", "pool_size", "size", "padding")


def count(number: int) -> str:
    """1234567 -> 1,234,567."""
    return f"{number:,}"


def rough(number: int) -> str:
    """A big count in three figures: 3.87 G, 231 M, 4.2 k."""
    for unit, power in (("T", 12), ("G", 9), ("M", 6), ("k", 3)):
        if number >= 10**power:
            value = number / 10**power
            return f"{value:.{max(0, 2 - len(str(int(value))) + 1)}f} {unit}"
    return str(number)


def shape(spec: TensorSpec) -> str:
    """A shape without its batch: 28×28×1, `?` where any size may come, the dtype where it is not float32."""
    sizes = "×".join("?" if size is None else str(size) for size in spec.shape) or "scalar"
    return sizes if spec.dtype == "float32" else f"{sizes} {spec.dtype}"


def local(name: str, scope: tuple[str, ...]) -> str:
    """A name without the path of boxes it stands in."""
    start = 0
    for part in scope:
        if not name.startswith(part + ".", start) or start + len(part) + 1 == len(name):
            break
        start += len(part) + 1
    return name[start:]


def argument(value: object) -> str:
    """One argument's value, as short as it can be read."""
    if isinstance(value, Recipe):
        inner = ", ".join(argument(item) for _, item in value.args)
        return f"{value.name}({inner})" if inner else value.name
    if isinstance(value, tuple):
        return "×".join(argument(item) for item in value)
    return "Pairs" if hasattr(value, "items") else str(value)


def arguments(recipe: Recipe | None) -> str:
    """All arguments of a recipe, for the tooltip."""
    return ", ".join(f"{name}={argument(value)}" for name, value in recipe.args) if recipe else ""


def brief(node: Node) -> str:
    """What tells this brick from another of its kind: kernel, strides, activation, or its formula."""
    if node.formula is not None:
        return clip(getattr(node.formula, "text", str(node.formula)), 34)
    given = dict(node.recipe.args) if node.recipe else {}
    if isinstance(given.get("cell"), Recipe):
        return clip(given["cell"].name, 28)
    parts = [_sized(given[name], node.brick) for name in SIZED if isinstance(given.get(name), int | tuple)]
    if given.get("strides") not in (None, 1, (1, 1)):
        parts.append(f"/{argument(given['strides'])}")
    said = [" ".join(parts)] if parts else []
    said += [argument(given[name]) for name in ("activation", "rate") if given.get(name) is not None]
    return clip(" · ".join(said), 28)


def _sized(value: object, brick: str) -> str:
    """A kernel as people say it: 3 of a `Conv2D` is 3×3."""
    rank = next((n for n in (1, 2, 3) if f"{n}D" in brick), 1)
    return "×".join([str(value)] * rank) if isinstance(value, int) else argument(value)


def clip(text: str, most: int) -> str:
    """The text, cut with an ellipsis if it is longer than `most`; control characters become blanks."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
