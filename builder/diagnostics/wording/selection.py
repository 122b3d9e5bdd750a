"""What is said of examples that are kept or left out, and of classes that count more than others."""

from builder.diagnostics.words import Words, did_you_mean, listed, worded

SPLITS = {"train": "train on", "validation": "validate on", "test": "test on"}


@worded("unknown-class")
def unknown_class(name: str, field: str, near: list, classes: list) -> Words:
    return Words(f"`{field}` has no class `{name}`", help=did_you_mean(near), notes=(f"its classes: {listed(classes, 20)}",))


@worded("only-shape")
def only_shape(name: str, shape: tuple) -> Words:
    return Words(f"`only` cannot choose by `{name}`, which is no single value", notes=(f"it has the shape {tuple(shape)}",))


@worded("only-nothing")
def only_nothing(split: str, fields: list, size: int) -> Words:
    named = listed(f"`{name}`" for name in fields)
    return Words(f"`only` leaves no example to {SPLITS[split]}", help=f"choose values of {named} that are there: `build check SPEC --data` counts them",
                 notes=(f"there are {size} examples before it",))


@worded("limit-too-large")
def limit_too_large(limit: int, size: int, only: bool) -> Words:
    return Words(f"`limit: {limit}` asks for more examples to train on than there are", help=f"at most `limit: {size}`, or leave it out",
                 notes=(f"there are {size}" + (" that `only` keeps" if only else ""),))


@worded("class-weight-nothing")
def class_weight_nothing(output: str, field: str) -> Words:
    return Words(f"the classes of `{output}` cannot be weighted: it is compared with `{field}`, which is no class",
                 help="leave `class_weight` out, or name the class in the source: `label: ...`")


@worded("class-twice")
def class_twice(name: str, field: str) -> Words:
    return Words(f"the class `{name}` of `{field}` is given twice", help="name each class once, by its name or by its number")


@worded("balanced-twice")
def balanced_twice() -> Words:
    return Words("uneven classes would be made up for twice: `balance: true` draws each equally often already",
                 help="leave out `balance`, or `class_weight: balanced`")
