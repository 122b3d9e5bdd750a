"""What is said where a report cannot be made; the run itself is whole then."""

from builder.diagnostics.words import Words, dims, listed, worded


@worded("report-unwritten")
def _(path: str, problem: str, run: str) -> Words:
    return Words(f"the report `{path}` cannot be written: {problem}", help=f"mend that, then write it again: `build evaluate {run}`",
                 notes=("everything else of the run is kept",))


@worded("report-unjudged")
def _(run: str, problem: str) -> Words:
    return Words(f"the trained model could not be evaluated: {problem}", help=f"try again: `build evaluate {run}`",
                 notes=("the run is finished, and its model is saved",))


@worded("sheet-format")
def _(suffix: str) -> Words:
    if suffix == ".png":
        return Words("no field of this data is an image, so there is nothing to draw as PNG", help="end the name in `.html`")
    title = f"a contact sheet cannot be `{suffix}`" if suffix else "the name of a contact sheet must end in its format"
    return Words(title, help="end the name in `.html`, or, for images, in `.png`")


@worded("made-format")
def made_format(suffix: str, formats: tuple[str, ...]) -> Words:
    title = f"what a model makes is not written as `{suffix}`" if suffix else "the name of a file must end in its format"
    return Words(title, help="end the name in one of: " + listed(f"`{name}`" for name in formats))


@worded("made-unseen")
def made_unseen(outputs: dict) -> Words:
    return Words("no output of this model is an image or a point in the plane, so there is nothing to draw", help="write its numbers: `-o made.npy`",
                 notes=(f"its outputs: {listed(f'{name} {dims(shape)}' for name, shape in outputs.items())}",))


@worded("made-uneven")
def made_uneven(output: str, shapes: tuple) -> Words:
    return Words(f"what `{output}` makes of these is not all of one size, so it does not fit into one file",
                 help="predict them one by one", notes=(f"sizes: {listed(map(dims, shapes))}",))
