"""What is said of weights that a step asks for and does not get."""

from builder.diagnostics.words import Words, did_you_mean, listed, worded


@worded("weights-file")
def weights_file(file: str, problem: str) -> Words:
    return Words(f"the weights cannot be read from `{file}`: {problem}", "asked for here",
                 "name the `.keras` file of a trained model: `weights: runs/lenet5/20260101-120000/model.keras`")


@worded("weights-layer")
def weights_layer(layer: str, near: list[str], layers: list[str]) -> Words:
    return Words(f"the file of weights has no layer named `{layer}`", "asked for here",
                 did_you_mean(near) or "name the layer behind the file: `weights: model.keras#conv1`", (f"its layers: {listed(layers)}",))


@worded("weights-shape")
def weights_shape(layer: str, have: list[tuple], want: list[tuple]) -> Words:
    return Words(f"the weights in the file do not fit `{layer}`", "asked for here", notes=(f"the file has {listed(have)}", f"the layer has {listed(want)}"))
