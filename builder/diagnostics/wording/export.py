"""What is said of exports: what a format cannot hold, and what did not come back as it was."""

from builder.diagnostics.words import Words, did_you_mean, listed, worded

TITLES = {"saved_model": "SavedModel", "keras": "`.keras`", "onnx": "ONNX", "litert": "LiteRT", "generate": "SavedModel's `generate`"}


def _named(names: tuple[str, ...]) -> str:
    return listed((f"`{name}`" for name in names), 6)


@worded("unknown-format")
def unknown_format(format: str, near: tuple[str, ...], formats: tuple[str, ...]) -> Words:
    return Words(
        f"there is no export format named `{format}`",
        help=did_you_mean(near),
        notes=(f"formats: {listed(formats)}",),
    )


@worded("export-text")
def export_text(format: str, layers: tuple[str, ...], inputs: tuple[str, ...]) -> Words:
    why = f"it reads text: {_named(inputs)}" if inputs else f"it looks words up: {_named(layers)}"
    return Words(
        f"{TITLES[format]} cannot hold this model, for {why}",
        help="export it as a SavedModel, which takes text: `--format saved_model`",
    )


@worded("export-operations")
def export_operations(format: str, operations: tuple[str, ...]) -> Words:
    return Words(
        f"{TITLES[format]} lacks {_named(operations)}, which this model needs",
        help="export it as a SavedModel: `--format saved_model`",
    )


@worded("export-refused")
def export_refused(format: str, reason: str) -> Words:
    return Words(f"this model cannot be written as {TITLES[format]}: {reason}")


@worded("export-unloadable")
def export_unloadable(format: str, reason: str) -> Words:
    return Words(
        f"the {TITLES[format]} export could not be run in a fresh process: {reason}",
        notes=("nothing was written to the folder",),
    )


@worded("export-differs")
def export_differs(format: str, output: str, difference: float, allowed: float) -> Words:
    told = "in shape or text" if difference == float("inf") else f"by {difference:.2g}"
    return Words(
        f"the {TITLES[format]} export, reloaded, gives another `{output}` than the model: it differs {told}",
        help="try another format, such as `--format saved_model`" if format not in ("saved_model", "generate") else "",
        notes=(f"at most {allowed:.2g} is allowed", "nothing was written to the folder"),
    )


@worded("export-examples")
def export_examples(reason: str, real: bool) -> Words:
    return Words(
        f"the model cannot be run on the inputs that its exports are compared on: {reason}",
        help="" if real else "export a run instead of a spec, so that its own data are used",
    )


@worded("export-unadapted")
def export_unadapted(layers: tuple[str, ...]) -> Words:
    return Words(
        f"{_named(layers)} cannot be exported before {'it has' if len(layers) == 1 else 'they have'} learned from data",
        help="train the spec, and export the run: `build train SPEC`, then `build export latest`",
    )


@worded("export-network")
def export_network(name: str, near: tuple[str, ...], networks: tuple[str, ...]) -> Words:
    return Words(f"the model has no network named `{name}`", help=did_you_mean(near), notes=(f"networks in it: {listed(networks)}",))


@worded("export-collision")
def export_collision(names: tuple[str, str]) -> Words:
    return Words(
        f"the inputs `{names[0]}` and `{names[1]}` cannot be told apart by name in an exported model",
        help="rename one of them",
        notes=("only letters, digits and `_` count there, and `A` is the same as `a`",),
    )


@worded("export-folder")
def export_folder(folder: str, reason: str) -> Words:
    return Words(f"nothing can be exported to {folder}: {reason}", help="choose another folder: `--output FOLDER`")


@worded("export-full")
def export_full(folder: str) -> Words:
    return Words(
        f"the disk that holds {folder} is full",
        help="free some space and export again",
        notes=("what lay in the folder before is as it was",),
    )


@worded("export-renamed")
def export_renamed(renamed: dict[str, str]) -> Words:
    told = listed(f"`{name}` is called `{key}`" for name, key in renamed.items())
    return Words(f"in the exported model the input {told}", notes=("only letters, digits and `_` can stand there",))


@worded("export-fixed")
def export_fixed(shapes: dict[str, tuple[int, ...]]) -> Words:
    told = listed(f"{name} {tuple(shape)}" for name, shape in shapes.items())
    return Words(
        "LiteRT takes this model's inputs one example at a time, in a fixed shape",
        notes=(f"inputs: {told}", "a recurrent layer of free length needs operations that LiteRT lacks"),
    )


@worded("export-random")
def export_random(format: str) -> Words:
    return Words(
        f"this model gives something else at each call, so only the shapes of its {TITLES[format]} export were compared"
    )
