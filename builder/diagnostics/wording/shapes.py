"""What the faults of shapes say: which inputs do not fit together, where each was made, what may help."""

import re
from collections.abc import Iterable
from math import prod

from builder.diagnostics.habits import by_number
from builder.diagnostics.words import Words, did_you_mean, dims, worded

SHORT = 160  # letters of what Keras says that stand in the sentence itself


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
def refused(brick: str, made: list, message: str, near: Iterable = ()) -> Words:
    """What Keras refuses of one call; `near` are choices close to the argument it speaks of."""
    message = re.sub(r"\{\{[^}]*\}\} ?", "", message.replace("(None,", "(batch,"))
    found = next(((said, match) for pattern, said in _REFUSALS if (match := re.search(pattern, message))), None)
    title, help = found[0](brick, made, found[1]) if found else (_short(brick, message), "")
    notes = () if found or len(message) <= SHORT else (message if message.startswith("Keras") else f"Keras says: {message}",)
    return Words(title, help=did_you_mean(near) or help, notes=(*_inputs(made), *notes))


def _short(brick: str, message: str) -> str:
    lower = message[1:2].islower() and not message.startswith("Keras")
    said = (message[:1].lower() + message[1:] if lower else message).rstrip(".")
    return f"`{brick}` cannot be laid here" + (f": {said}" if len(message) <= SHORT else "")


def _inputs(made: list) -> tuple[str, ...]:
    if len(made) == 1:
        name, shape, line = made[0]
        return (f"its input is `{name}` {dims(shape)}, from line {line}",)
    return (f"its inputs are\n{_table(made, (), None)}",) if made else ()


def _dimensions(brick: str, made: list, match: re.Match) -> tuple[str, str]:
    wanted, given = int(match[2]), int(match[3])
    name, _, line = made[0] if made else ("", (), 0)
    help = ""
    if given > wanted == 2:
        help = f"put `- Flatten` before this `{brick}`"
    elif given < wanted and name.rpartition(".")[2].startswith("flatten"):
        help = f"put this `{brick}` before the `Flatten` on line {line}"
    elif given < wanted:
        help = "give the missing dimensions with `- Reshape: [...]`"
    return f"`{brick}` {match[0].removeprefix('it ')}", help


def _too_small(brick: str, made: list, match: re.Match) -> tuple[str, str]:
    return f"the input of `{brick}` is smaller than its window", "keep the size with `padding: same`, or leave out a pooling or a stride before it"


def _values(brick: str, made: list, match: re.Match) -> tuple[str, str]:
    given, wanted = ([int(n) for n in group.split(",") if n.strip().isdecimal()] for group in match.groups())
    return f"`{brick}` must keep the number of values: it is given {prod(given):,}, and ({match[2]}) holds {prod(wanted):,}", ""


def _single(brick: str, made: list, match: re.Match) -> tuple[str, str]:
    return f"`{brick}` joins several inputs, but is given one", f"name them: `from: [{made[0][0] if made else 'a'}, other]`"


def _too_many(brick: str, made: list, match: re.Match) -> tuple[str, str]:
    wanted, given = int(match[1]), match[2]
    name = made[0][0] if made else "stem"
    help = f"say which with `from: {name}`, or join them first with `- Concatenate`" if wanted == 1 else ""
    return f"`{brick}` takes {wanted} input{'s' * (wanted != 1)}, but is given {given}", help


def _lacking(brick: str, made: list, match: re.Match) -> tuple[str, str]:
    name = made[0][0] if made else "stem"
    return f"`{brick}` also needs the input `{match[1]}`", f"give its inputs by name: `from: {{..., {match[1]}: {name}}}`"


def _batch(brick: str, made: list, match: re.Match) -> tuple[str, str]:
    return f"`{brick}` gives one tensor of {match[1]} for the whole batch, not one for each example", \
        "axis 0 is the batch: count the axes from 1, or from the end with -1"


def _open(brick: str, made: list, match: re.Match) -> tuple[str, str]:
    return f"`{brick}` must know a size that its input leaves open (`?`)", "say the size in `inputs`, or fix it with `- Resizing` or `- Reshape`"


def _features(brick: str, made: list, match: re.Match) -> tuple[str, str]:
    return (f"`{brick}` cannot be laid here: it has weights for each feature, and how many features come in is not known",
            "give each `null` in the input's shape a size; one in front that was to stand for the batch is left out, as in `image: [28, 28, 1]`")


def _memory(brick: str, made: list, match: re.Match) -> tuple[str, str]:
    return f"`{brick}` does not fit into memory: it needs a tensor of {match[1].replace(',', ' x ')}", "make it, or what it reads, smaller"


def _truth(brick: str, made: list, match: re.Match) -> tuple[str, str]:
    pasted = by_number(brick)
    return f"`{brick}` asks whether a wire is true, and of a batch some may be and some not", f"choose for each number: `formula: {pasted}`" if pasted else ""


_REFUSALS = (
    (r"cannot be used as a boolean", _truth),
    (r"^it takes (at least |at most )?(\d+) dimensions with the batch, and gets (\d+).*", _dimensions),
    (r"should be called on a list of", _single),
    (r"expects (\d+) input\(s\), but it received (\d+)", _too_many),
    (r"missing a required argument: '(\w+)'", _lacking),
    (r"gives one (\([^)]*\)) for the whole batch", _batch),
    (r"'NoneType' (?:and|object)", _open),
    (r"how many there are is not known", _features),
    (r"OOM when allocating tensor with shape\[([\d,]+)\]", _memory),
    (r"output size would be (?:zero or )?negative|Negative dimension size", _too_small),
    (r"total size of the tensor must be unchanged.*input_shape=\(([\d, ]*)\), target_shape=\(([\d, ]*)\)", _values),
)


def _apart(shapes: list[tuple], axis: int | None) -> tuple[int, ...]:
    """The positions, batch not counted, in which shapes of one rank differ and must not."""
    rank = len(shapes[0])
    if any(len(shape) != rank for shape in shapes):
        return ()
    free = None if axis is None else axis - 1 if axis > 0 else rank + axis
    if free is not None and not 0 <= free < rank:
        return ()
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
