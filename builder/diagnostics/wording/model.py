"""What is said of weights that a step, a network or the model asks for and does not get."""

from builder.diagnostics.words import Words, did_you_mean, listed, worded

MOST = 8


@worded("weights-file")
def weights_file(file: str, problem: str) -> Words:
    return Words(f"the weights cannot be read from `{file}`: {problem}", "asked for here",
                 "name a run, or a `.keras`, `.weights.h5`, `.npz` or `.safetensors` file: `weights: lenet5/20260101-120000`")


@worded("weights-layer")
def weights_layer(layer: str, near: list[str], layers: list[str]) -> Words:
    return Words(f"the file of weights has no layer named `{layer}`", "asked for here",
                 did_you_mean(near) or "name the layer behind the file: `weights: model.keras#conv1`", (f"its layers: {listed(layers)}",))


@worded("weights-shape")
def weights_shape(layer: str, why: str) -> Words:
    return Words(f"the weights in the file do not fit `{layer}`", "asked for here",
                 "give it the shape that the file has, name another layer of the file with `FILE#LAYER`, or leave `weights` out so that it begins fresh",
                 (why,))


@worded("weights-nothing")
def weights_nothing(file: str, layers: list[str], theirs: list[str]) -> Words:
    if not layers:
        return Words("nothing here takes weights from a file", "asked for here")
    return Words(f"no layer gets its weights from `{file}`", "asked for here", 'say which names become which: `map: {"old.*": "new.*"}`',
                 (f"layers here: {listed(layers)}", f"layers in the file: {listed(theirs)}"))


@worded("weights-gap")
def weights_gap(file: str, missing: list[str], skipped: dict[str, str], near: dict[str, list[str]]) -> Words:
    told = [f"`{name}` is not in the file" + (f"; near it: {listed(near[name])}" if name in near else "") for name in missing]
    told += [f"`{name}`: {why}" for name, why in skipped.items()]
    count = len(told)
    notes = (*told[:MOST], *((f"and {count - MOST} more",) if count > MOST else ()))
    return Words(f"{count} layer{'s' if count > 1 else ''} did not get weights from `{file}`", "asked for here",
                 f"say so if they are to begin fresh: `skip: [{', '.join([*missing, *skipped][:3])}]`", notes)


@worded("weights-pattern")
def weights_pattern(pattern: str, near: list[str]) -> Words:
    return Words(f"`{pattern}` fits no layer", help=did_you_mean(near))


@worded("weights-download")
def weights_download(brick: str, url: str, folder: str, reason: str) -> Words:
    file = url.rpartition("/")[2]
    return Words(f"the weights of `{brick}` cannot be downloaded", "with `weights: imagenet`, which is what Keras does unless told otherwise",
                 f"put the file `{file}` into `{folder}`, or begin fresh: `weights: null`", (f"Keras looks for it at {url}", f"it fails: {reason}"))
