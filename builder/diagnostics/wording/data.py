"""What the faults of data say: fields, splits, windows, and whether they fit the model."""

from math import prod

from builder.diagnostics.words import Words, did_you_mean, listed, plural, tupled, worded


def _flow(shape: tuple) -> str:
    """A shape as the spec writes it."""
    return "[" + ", ".join("null" if n is None else str(n) for n in shape) + "]"


@worded("unknown-field")
def unknown_field(name: str, fields: list, near: list) -> Words:
    return Words(
        f"the source has no field named `{name}`", help=did_you_mean(near), notes=(f"its fields: {listed(fields, 20)}",))


@worded("field-taken")
def field_taken(name: str, source: str) -> Words:
    if source == "the formula":
        return Words(f"a formula cannot give `{name}`: the source has a field of that name",
                     help=f"rename that one: `fields: {{given: {name}, {name}: {{formula: ...}}}}`, where the formula reads `given`")
    return Words(
        f"`{source}` cannot be renamed to `{name}`: the source has a field of that name",
        help=f"rename that one too: `fields: {{{name}: {source}, other: {name}}}`")


@worded("field-reshape")
def field_reshape(name: str, shape: tuple, wanted: tuple) -> Words:
    sizes = f"{tupled(shape)} has {prod(shape)} values"
    sizes += f", {tupled(wanted)} has {prod(wanted)}" if -1 not in wanted else ""
    return Words(f"`{name}` cannot be reshaped from {tupled(shape)} to {tupled(wanted)}", notes=(sizes,))


@worded("field-formula")
def field_formula(name: str, formula: str, problem: str) -> Words:
    one = problem == "it gives one value for all examples"
    return Words(f"the field `{name}` cannot be worked out by `{formula}`: {problem}",
                 help="say which axes, of which the first counts the examples: `mean(image, axis=[1, 2, 3])`" if one else None)


@worded("split-share")
def split_share(split: str, share: float, total: float) -> Words:
    if 0 < share < 1:
        return Words(f"the shares together are {total:g}, so nothing is left to train on", help=f"lower `{split}`")
    return Words(f"`{split}` must be a share between 0 and 1, but it is {share:g}", help=f"`{split}: 0.1`")


@worded("split-empty")
def split_empty(split: str, size: int, share: float) -> Words:
    if split == "train":
        return Words(f"{plural(size, 'example')} are too few: none is left to train on", help="lower the shares")
    return Words(f"a share of {share:g} of {plural(size, 'example')} leaves `{split}` empty",
                 help=f"raise it, or leave `{split}` out")


@worded("class-too-small")
def class_too_small(field: str, classes: list, splits: int) -> Words:
    name, count = classes[0]
    others = [f"`{n}` ({c})" for n, c in classes[1:]]
    return Words(
        f"the class `{name}` of `{field}` has {plural(count, 'example')}, too few for {splits} splits",
        help="gather more examples of it, leave it out, or give `validation` and `test` as sources of their own",
        notes=(f"so have: {listed(others)}",) if others else ())


@worded("windows-long")
def windows_long(split: str, length: int, horizon: int, rows: int, by: str | None) -> Words:
    of = f"the longest series of the {split} split, by `{by}`," if by else f"the {split} split"
    return Words(
        f"a window of {length} and its target, {plural(horizon, 'row')} on, do not fit into {of} of {plural(rows, 'row')}",
        help=f"a shorter one: `length: {max((rows - horizon) // 2, 1)}`" if rows > horizon else f"a smaller `horizon`, or a greater share for `{split}`",
        notes=("no window lies in two splits",) if not by else ())


@worded("windows-few")
def windows_few(split: str, windows: int, batch: int, rows: int, length: int) -> Words:
    return Words(
        f"the {split} split has {plural(windows, 'window')}, too few for {batch} texts side by side", help=f"`batch: {windows}`, or a shorter `length`",
        notes=(f"where state is carried, each row of a batch goes through a part of its own; {plural(rows, 'row')} make {windows} windows of {length}",))


@worded("windows-mixed")
def windows_mixed(by: str) -> Words:
    return Words(f"the rows of one `{by}` do not stand together, so they are no series", help="sort the file by it, and by time")


@worded("window-column")
def window_column(field: str, dtype: str, classes: bool, shape: tuple) -> Words:
    what = f"is of shape {tupled(shape)}" if shape else "is a class" if classes else f"is {'text' if dtype == 'string' else dtype}"
    return Words(f"`{field}` {what}, and a window is of single numbers", help="name the fields of numbers: `columns: [...]`, and `target: ...`")


@worded("window-nothing")
def window_nothing(fields: list) -> Words:
    return Words("there is no field of numbers, or text in pieces, to take windows of", notes=(f"its fields: {listed(fields, 20)}",))


@worded("order-unread")
def order_unread(field: str, value: str) -> Words:
    return Words(f"`{field}` cannot be put in order: `{value}` is no date such as 2020-12-31",
                 help="put the rows in order in the file, and say `order: true`")


@worded("split-differs")
def split_differs(split: str, field: str, why: str) -> Words:
    return Words(f"the source of `{split}` does not fit the training source: `{field}` there {why}")


@worded("augment-nothing")
def augment_nothing(fields: dict) -> Words:
    shapes = ", ".join(f"{name} {tupled(shape)}" for name, shape in fields.items())
    return Words("`augment` has nothing to change: no input is an image", notes=(f"inputs: {shapes}",))


@worded("balance-nothing")
def balance_nothing(fields: list) -> Words:
    return Words("`balance` has nothing to balance: no field is a class", help="leave it out, or name the class in the source: `label: ...`",
                 notes=(f"its fields: {listed(fields, 20)}",))


@worded("mix-input")
def mix_input(mix: str, name: str, shape: tuple) -> Words:
    return Words(f"`{mix}` mixes whole examples, but the input `{name}` is no image", help=f"leave `{mix}` out of `augment`",
                 notes=(f"`{name}` has the shape {tupled(shape)}; an image has height, width and channels",))


@worded("mix-target")
def mix_target(mix: str, output: str, field: str, loss: str | None, shape: tuple) -> Words:
    return Words(
        f"`{mix}` cannot mix `{field}`, which the output `{output}` is compared with", help=f"leave `{mix}` out of `augment`",
        notes=(f"classes and vectors of numbers can be mixed; `{field}` has the shape {tupled(shape)}",))


@worded("mix-sparse")
def mix_sparse(mix: str, name: str, instead: str) -> Words:
    return Words(f"`{mix}` mixes labels into shares of classes, but `{name}` takes one class an example", help=f"use `{instead}`")


@worded("missing-field")
def missing_field(field: str, role: str, name: str, fields: list, near: list) -> Words:
    if role == "input":
        title, help = f"the input `{name}` has no field of its name", f"rename a field: `fields: {{{field}: ...}}`"
    elif role == "term":
        title, help = f"`{name}` is compared with the field `{field}`, but there is none", "`target: ...`"
    else:
        title = f"the output `{name}` is compared with the field `{field}`, but there is none"
        help = "give the step that makes it `name: ...`, or the loss of this output `target: ...`"
    help = help.replace("...", near[0] if near else fields[0])
    return Words(title, help=help, notes=(f"fields there are: {listed(fields, 20)}",))


@worded("data-shape")
def data_shape(name: str, shape: tuple, wanted: tuple, at_input: bool) -> Words:
    wants, has = f"the input wants {tupled(wanted)}", f"the data has {tupled(shape)}"
    return Words(
        f"the field `{name}` does not fit the input `{name}`", wants if at_input else has,
        help=_shape_help(name, shape, wanted), notes=(has if at_input else wants,))


def _shape_help(name: str, shape: tuple, wanted: tuple) -> str:
    reshape = f"`fields: {{{name}: {{reshape: {_flow(wanted)}}}}}`"
    if wanted == (*shape, 1):
        return f"add the channel axis: {reshape}"
    if None not in (*shape, *wanted) and prod(shape) == prod(wanted):
        return f"reshape it: {reshape}"
    own = f"`inputs: {{{name}: {_flow(shape)}}}`"
    if len(shape) == len(wanted) == 3 and shape[-1] == wanted[-1]:
        return f"say {own} and begin the model with `- Resizing: {_flow(wanted[:2])}`"
    return f"say what the data has: {own}"


@worded("data-dtype")
def data_dtype(name: str, dtype: str, wanted: str, why: str) -> Words:
    title = f"the input `{name}` wants {wanted}, but its field holds {why}"
    if wanted == "string":
        return Words(title, help="leave out `dtype: string` of the input")
    if why == "text":
        return Words(title, help=f"say so and look the texts up in the model:\n"
                     f"`inputs: {{{name}: {{shape: [], dtype: string}}}}`, then `StringLookup` or `TextVectorization`")
    return Words(title, help="leave the input float32")


@worded("text-target")
def text_target(output: str, field: str, loss: str | None) -> Words:
    return Words(
        f"the output `{output}` is compared with `{field}`, which is text", help=f"make it a class: `label: {field}` in the source")


@worded("target-shape")
def target_shape(output: str, field: str, loss: str, shape: tuple, wanted: tuple, classes: int | None, last: tuple[str, str] | None) -> Words:
    help = ""
    if last:
        help = f"for each of the {shape[0]} steps: `return_sequences: true` for the `{last[0]}` `{last[1]}`, which gives its last step alone"
    elif len(wanted) > len(shape) + 1:
        help = "make one vector of each example before the step that gives the output: `- Flatten`"
    elif classes and loss.startswith("Categorical"):
        help = f"for class numbers use `Sparse{loss}`"
    elif classes and not loss.startswith("Sparse"):
        help = "for class numbers use `SparseCategoricalCrossentropy`"
    elif loss.startswith("Sparse") and shape == wanted:
        help = f"for a value for each class use `{loss.removeprefix('Sparse')}`"
    wants = f"whole numbers of shape {tupled(wanted[:-1])}" if loss.startswith("Sparse") else tupled(wanted)
    return Words(
        f"`{loss}` cannot compare the output `{output}` with the field `{field}`", help=help,
        notes=(f"the output has the shape {tupled(wanted)}, the field {tupled(shape) if shape else 'one value'}; the loss wants {wants}",))


@worded("target-gaps")
def target_gaps(output: str, field: str, loss: str | None, missing: int) -> Words:
    return Words(
        f"the output `{output}` is compared with `{field}`, which has {plural(missing, 'missing value')}",
        help=f"leave such rows out: `label: {field}, numbers: {field}` in the source and `skip_bad: true` under `data`",
        notes=("one of them makes the loss of its batch, and then every weight, not a number",))


@worded("class-as-number")
def class_as_number(loss: str, field: str, classes: tuple[str, ...]) -> Words:
    return Words(
        f"`{loss}` compares with the values of `{field}`, but it is a class, so these are its places among {len(classes)} classes",
        help=f"keep its values: `numbers: {field}` in a `Csv`, or take it out of `label`",
        notes=(f"`{classes[0]}` is class 0 and `{classes[-1]}` is class {len(classes) - 1}",))


@worded("one-class")
def one_class(output: str, field: str, name: str) -> Words:
    return Words(
        f"`{field}` has one class only, `{name}`, so the output `{output}` has nothing to tell apart",
        help="give examples of another class, where classes are folders in a folder of its own")


@worded("batch-too-large")
def batch_too_large(batch: int, size: int, split: str) -> Words:
    return Words(f"a batch of {batch} is larger than the {split} split of {plural(size, 'example')}",
                 help=f"`batch: {size}` or less")


@worded("label-range")
def label_range(output: str, field: str, loss: str, split: str, value: float, low: float, units: int, classes: int | None) -> Words:
    last = f"0 to {units - 1}"
    help = f"give the output {classes} units" if classes and classes > units and not loss.startswith("Binary") else ""
    if not classes and low == 1 and value == units:
        help = f"classes count from 0: `fields: {{given: {field}, {field}: {{formula: given - 1}}}}` under `data`"
    if not help and classes and loss.startswith("Binary"):
        help = f"give the output {classes} units and use `SparseCategoricalCrossentropy`"
    return Words(
        f"the field `{field}` holds {value:g}, but the output `{output}` knows only {last}", help=help,
        notes=(f"found in the {split} split" + (f", of {classes} classes" if classes else ""),))


@worded("loss-classes")
def loss_classes(output: str, field: str, loss: str | None, split: str, value: float, low: float, known: int, classes: int | None) -> Words:
    return Words(
        f"the field `{field}` holds {value:g}, but this loss has been told of {known} classes", help=f"`classes: {classes}`" if classes else "",
        notes=(f"found in the {split} split" + (f", of {classes} classes" if classes else ""),))
