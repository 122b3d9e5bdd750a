"""What is said where a trained model cannot be looked into as asked."""

from builder.diagnostics.words import Words, did_you_mean, dims, listed, worded


@worded("no-such-layer")
def no_such_layer(name: str, near: tuple[str, ...], names: tuple[str, ...]) -> Words:
    return Words(f"the model has no layer or wire named `{name}`", help=did_you_mean(near) or "`build check` lists the names of a spec",
                 notes=(f"its names: {listed(names)}",))


@worded("no-filters")
def no_filters(name: str, brick: str, there: tuple[str, ...]) -> Words:
    return Words(f"`{name}` has no filters to show: `{brick}` is no convolution, `Dense` or recurrent layer", "made here",
                 f"look at one that has: `--filters {there[0]}`" if there else "", (f"layers with filters: {listed(there)}",))


@worded("no-maps")
def no_maps(name: str | None, shape: tuple | None, there: tuple[str, ...]) -> Words:
    helped = f"take one that has: `--grad-cam {there[-1]}`" if there else "`--saliency` needs no maps"
    if name is None:
        return Words("no layer of this model gives maps, (height, width, channels), which Grad-CAM weighs", help=helped)
    return Words(f"`{name}` gives {dims(shape)}, and Grad-CAM weighs maps, (batch, height, width, channels)", "made here", helped,
                 (f"layers with maps: {listed(there)}",))


@worded("no-gradient")
def no_gradient(output: str, name: str) -> Words:
    return Words(f"the scores of `{output}` do not hang on `{name}` in a way that can be differentiated",
                 help="take a layer between the input and the output that deals in fractions")


@worded("not-a-classifier")
def not_a_classifier(outputs: tuple[str, ...]) -> Words:
    return Words("no output of this model tells classes, so nothing speaks for one",
                 help="look at what a layer gives instead: `--activations LAYER`", notes=(f"its outputs: {listed(outputs)}",))


@worded("no-such-class")
def no_such_class(name: str, near: tuple[str, ...], classes: tuple[str, ...]) -> Words:
    return Words(f"the model knows no class `{name}`", help=did_you_mean(near), notes=(f"its classes: {listed(classes)}",))


@worded("no-picture")
def no_picture(inputs: dict) -> Words:
    return Words("no input of this model is an image, so there are no pixels to show", help="look at what a layer gives instead: `--activations LAYER`",
                 notes=(f"its inputs: {listed(f'{name} {dims(shape)}' for name, shape in inputs.items())}",))


@worded("no-example")
def no_example(files: list[str]) -> Words:
    return Words(f"there is no example in {listed(files)}", help="give an image, or a file with a row or a line")


@worded("no-such-example")
def no_such_example(number: int, split: str, size: int) -> Words:
    return Words(f"the {split} split has no example {number}", help=f"its {size:,} examples have the numbers 0 to {size - 1}")


@worded("no-such-split")
def no_such_split(name: str, near: tuple[str, ...], splits: tuple[str, ...]) -> Words:
    return Words(f"the data have no split `{name}`", help=did_you_mean(near), notes=(f"there are: {listed(splits)}",))


@worded("no-numbers")
def no_numbers(name: str) -> Words:
    return Words(f"text flows from `{name}`, and an embedding is of numbers", "made here", "take a layer behind it")


@worded("uneven-embedding")
def uneven_embedding(name: str, shapes: tuple) -> Words:
    return Words(f"`{name}` gives another size for one example than for another", "made here", "take a layer behind pooling, or give images of one size",
                 (f"shapes: {listed(dims(shape) for shape in shapes)}",))


@worded("embedding-format")
def embedding_format(suffix: str, formats: tuple[str, ...]) -> Words:
    title = f"there is no format of embeddings `{suffix}`" if suffix else "the name of an embedding's file must end in its format"
    return Words(title, help="end the name in one of: " + listed(f"`{name}`" for name in formats))


@worded("no-labels")
def no_labels(fields: tuple[str, ...]) -> Words:
    return Words("the data have no classes that neighbours could share",
                 help="write the embedding instead: `build predict RUN --split test --layer LAYER -o embedding.npy`",
                 notes=(f"fields: {listed(fields)}",))


@worded("no-threshold")
def no_threshold(run: str) -> Words:
    return Words(f"no distance is known up to which `{run}` tells examples alike", help=f"find it: `build evaluate {run} --layer LAYER`")


@worded("no-such-group")
def no_such_group(name: str, near: tuple[str, ...], fields: tuple[str, ...]) -> Words:
    return Words(f"the data have no field `{name}`", help=did_you_mean(near), notes=(f"there are: {listed(fields)}",))


@worded("too-many-ways")
def too_many_ways(ways: int, group: str | None) -> Words:
    where = f"no `{group}` has {ways} classes" if group else f"there are no {ways} classes"
    return Words(f"{where} to draw a one-shot trial from", help="ask for fewer `--ways`")


@worded("nothing-to-judge")
def nothing_to_judge() -> Words:
    return Words("every example is trained on, so each would be its own nearest neighbour", help="set some aside: `test: 0.2` in `data`")


@worded("too-many-neighbours")
def too_many_neighbours(neighbours: int, size: int) -> Words:
    return Words(f"there are no {neighbours:,} neighbours among {size:,} training examples", help=f"ask for at most `--neighbours {size}`")
