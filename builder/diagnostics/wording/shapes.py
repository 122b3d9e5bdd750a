"""What the faults of shapes say: which inputs do not fit together, where each was made, what may help."""

from builder.diagnostics.words import Words, dims, worded


@worded("shape-mismatch")
def shape_mismatch(brick: str, made: list, message: str, axis: int | None = None) -> Words:
    """`made` is (name, shape, line) of each input; `axis`, with the batch counted, is where they are joined."""
    shapes = [shape for _, shape, _ in made]
    apart = _apart(shapes, axis)
    along = f" along axis {axis}" if axis is not None else ""
    title = f"`{brick}` cannot {'join' if axis is not None else 'combine'} inputs of these shapes{along}"
    said = () if apart else (f"Keras says: {message}",)
    return Words(title, help=_help(made, apart), notes=(_table(made, apart, axis), *said))


@worded("refused")
def refused(brick: str, made: list, message: str) -> Words:
    title = f"`{brick}` cannot be laid here: {message}" if len(message) < 120 else f"`{brick}` cannot be laid here"
    notes = () if len(message) < 120 else (f"Keras says: {message}",)
    return Words(title, notes=(*((f"it reads\n{_table(made, (), None)}",) if made else ()), *notes))


def _apart(shapes: list[tuple], axis: int | None) -> tuple[int, ...]:
    """The positions, batch not counted, in which shapes of one rank differ and must not."""
    rank = len(shapes[0])
    if any(len(shape) != rank for shape in shapes):
        return ()
    free = None if axis is None else axis - 1 if axis > 0 else rank + axis
    return tuple(i for i in range(rank) if i != free and len({shape[i] for shape in shapes}) > 1)


def _table(made: list, apart: tuple[int, ...], axis: int | None) -> str:
    """Names, shapes and lines in columns, carets under the sizes that do not fit."""
    name_width = max(len(name) for name, _, _ in made)
    sizes = [["batch", *("?" if size is None else str(size) for size in shape)] for _, shape, _ in made]
    columns = max(len(row) for row in sizes)
    widths = [max((len(row[i]) for row in sizes if i < len(row)), default=0) for i in range(columns)]
    shown = ["(" + ", ".join(size.rjust(width) for size, width in zip(row, widths)) + ")" for row in sizes]
    across = max(map(len, shown))
    lines = [f"{name:<{name_width}}   {text:<{across}}   line {line}" for (name, _, line), text in zip(made, shown)]
    if apart:
        carets = " " + "  ".join(("^" if i - 1 in apart else " ") * width for i, width in enumerate(widths))
        reason = "must be equal" + (f"; only axis {axis} may differ" if axis is not None else "")
        lines.append(" " * name_width + "   " + f"{carets:<{across}}   {reason}")
    return "\n".join(lines)


def _help(made: list, apart: tuple[int, ...]) -> str:
    """A step that would make two inputs fit, where one can be named."""
    if len(made) != 2 or not apart:
        return ""
    (first, a, _), (second, b, _) = made
    rank = len(a)
    if rank in (2, 3, 4) and rank - 1 not in apart and all(a[i] and b[i] for i in apart):
        name, small, large = (second, b, a) if b[apart[0]] < a[apart[0]] else (first, a, b)
        factors = {large[i] / small[i] for i in apart}
        size = " x ".join(str(n) for n in large[: rank - 1])
        if len(factors) == 1 and (factor := factors.pop()).is_integer():
            return f"bring `{name}` to {size} first: `- UpSampling{rank - 1}D: {factor:.0f}`"
    if apart == (rank - 1,) and rank in (1, 3):
        brick = f"Dense: {a[-1]}" if rank == 1 else f"Conv2D: [{a[-1]}, 1]"
        return f"give `{second}` {a[-1]} channels first: `- {brick}`"
    return ""
