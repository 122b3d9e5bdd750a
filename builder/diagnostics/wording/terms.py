"""What the faults of loss terms and of the steps of training say."""

from builder.diagnostics.words import Words, did_you_mean, dims, listed, worded


@worded("unknown-wire")
def unknown_wire(name: str, near: list, wires: list) -> Words:
    return Words(f"the model has no wire named `{name}`", help=did_you_mean(near), notes=(f"wires there are: {listed(wires, 20)}",))


@worded("which-wire")
def which_wire(outputs: list) -> Words:
    return Words(f"the model has {len(outputs)} outputs, and this term does not say what it reads", help=f"`from: {outputs[0] if outputs else 'a'}`",
                 notes=(f"outputs there are: {listed(outputs)}",))


@worded("one-wire")
def one_wire(name: str, given: list) -> Words:
    return Words(f"`{name}` compares one wire with its target, but is given {len(given)}",
                 help=f"`from: {given[0]}`, and `target: {given[-1]}` if those two are compared")


@worded("no-target")
def no_target(what: str, name: str) -> Words:
    named = what if " " in what else f"`{what}`"
    return Words(f"{named} compares `{name}` with a target, but this does not say which",
                 help="`target: label` for a data field, the name of a wire, or a number",
                 notes=("an output of the model is compared with the data field of its name; other wires have none",))


@worded("idle-target")
def idle_target(what: str) -> Words:
    named = what if " " in what else f"`{what}`"
    return Words(f"{named} does not read `y_true`, so its target means nothing", help="delete `target`, or compare with `y_true` in the formula")


@worded("no-wires-term")
def no_wires_term(text: str) -> Words:
    return Words("this formula reads no wire, so nothing could be trained by it", help="name a wire of the model in it, as in `mean(square(a))`")


@worded("term-shape")
def term_shape(problem: str, made: list) -> Words:
    width = max((len(name) for name, _ in made), default=0)
    shown = "\n".join(f"{name:<{width}}   {dims(shape)}" for name, shape in made)
    return Words(f"the shapes in this formula do not fit: {problem}", notes=(shown,) if made else ())


@worded("weight-formula")
def weight_formula(problem: str) -> Words:
    return Words(f"this weight cannot be worked out while training: {problem}",
                 help="`minimum(epoch / 10, 1)`, or `where(epoch < 5, 1.0, 0.1)` in place of `if`",
                 notes=("weights of `epoch` and `step` are worked out at each step, with the functions of keras.ops",))


@worded("term-twice")
def term_twice(name: str, what: str) -> Words:
    return Words(f"two {what}s are named `{name}`, so their columns in the logs would be one", help="give one of them another `name`")


@worded("target-range")
def target_range(loss: str, value: float, wanted: str) -> Words:
    return Words(f"`{loss}` compares with {wanted}, but the target is {value:g}")


@worded("loss-and-steps")
def loss_and_steps() -> Words:
    return Words("a phase has a `loss` or `steps`, not both", "this loss would train nothing",
                 help="move it into a step: `- {update: encoder, loss: ...}`, or remove one of the two")


@worded("loss-and-follow")
def loss_and_follow(key: str) -> Words:
    if key != "loss":
        return Words(f"a step that follows a network trains nothing, so it has no `{key}`", help=f"remove `{key}`; `rate` says how fast it follows")
    return Words("one step cannot both have a loss and follow a network", help="make two steps of it: they run in order on every batch")


@worded("no-network")
def no_network(name: str, near: list, networks: list) -> Words:
    notes = (f"networks there are: {listed(networks)}",) if networks else ("the model uses no `networks`",)
    return Words(f"only networks follow one another, and the model uses none named `{name}`", help=did_you_mean(near), notes=notes)


@worded("follow-unlike")
def follow_unlike(follower: str, followed: str, weights: tuple) -> Words:
    return Words(f"`{follower}` cannot follow `{followed}`: their weights differ in shape", help="lay both from the same block",
                 notes=(f"`{follower}` has {weights[0]:,} weights, `{followed}` has {weights[1]:,}",))


@worded("update-nothing")
def update_nothing(name: str, near: list, known: list) -> Words:
    return Words(f"`update: {name}` fits no network and no layer", help=did_you_mean(near), notes=(f"networks and layers with weights: {listed(known, 20)}",))


@worded("no-path")
def no_path(name: str, terms: list, wires: list, weights: bool) -> Words:
    if not weights:
        return Words(f"this step updates `{name}`, which has no weights", help="name a network or layer that has some")
    return Words(f"this step updates `{name}`, but its loss does not depend on it, so there is no gradient",
                 help=f"let a term read a wire that `{name}` leads to",
                 notes=(f"its terms read: {listed(wires)}",))


@worded("updated-twice")
def updated_twice(layer: str, first: str, second: str) -> Words:
    return Words(f"the steps `{first}` and `{second}` both update `{layer}`", "here too",
                 help="name what each one updates, or say `shared: true` in the later step if both are meant to")


@worded("network-unused")
def network_unused(name: str, near: list, networks: list) -> Words:
    return Words(f"the model does not use the network `{name}`, so its weights are never trained",
                 help=f"use it in a step, as in `- {{use: {name}}}`, or do not export it",
                 notes=(f"networks that the model uses: {listed(networks)}",))


@worded("idle-output")
def idle_output(name: str) -> Words:
    return Words(f"no term of the loss trains the output `{name}`", help="add a term that reads it, or remove it from `outputs`",
                 notes=("it has weights that nothing else needs; they stay as they are",))


@worded("term-field")
def term_field(term: str, field: str, shape: tuple, problem: str) -> Words:
    return Words(f"`{term}` cannot be worked out with the field `{field}`, which is {dims(shape)}: {problem}",
                 help=f"name another field: `target: ...`, or reshape it: `fields: {{{field}: {{reshape: [1]}}}}`")


@worded("no-derivative")
def no_derivative(by: str, of: str, dtype: str = "") -> Words:
    if dtype:
        return Words(f"there is no gradient by `{by}`, for it is {dtype}", help=f"derive by a wire of real numbers, such as what `Rescaling` makes of `{by}`")
    if of:
        return Words(f"`{of}` does not depend on `{by}`, so there is no gradient of it", help=f"name a wire that leads to `{of}`")
    return Words("`gradient` takes what is derived, and the wire that it is derived by",
                 help="`gradient(score, image)`, both wires of the model; of a definition, one of its `inputs`")
