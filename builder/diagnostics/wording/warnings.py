"""What the warnings of a graph say: legal, but nearly always wrong."""

from builder.diagnostics.words import Words, worded


@worded("unread-step")
def unread_step(name: str) -> Words:
    return Words(f"nothing reads the output of `{name}`", help="read it with `from`, name it in `outputs`, or delete the step",
                 notes=("a step is read by the one after it, unless that one says `from`",))


@worded("unread-input")
def unread_input(name: str) -> Words:
    return Words(f"nothing reads the input `{name}`", help=f"read it with `from: {name}`, or delete it")


@worded("unused-param")
def unused_param(name: str, where: str) -> Words:
    return Words(f"nothing in {where} reads the param `{name}`", help=f"read it in a formula, as in `={name}`, or delete it")


@worded("unused-network")
def unused_network(name: str) -> Words:
    return Words(f"nothing uses the network `{name}`", help=f"lay it with `- use: {name}`, or delete it")


@worded("softmax-twice")
def softmax_twice(output: str, loss: str, activation: str) -> Words:
    return Words(f"`{loss}` expects logits, but the output `{output}` already went through {activation}", "with from_logits: true",
                 help="delete one of the two: `from_logits: true` here, or the activation there",
                 notes=("training would run, but learn slowly and report a wrong loss",))


@worded("logits-unsaid")
def logits_unsaid(output: str, loss: str, activation: str, wanted: str) -> Words:
    help = f"give the step `activation: {wanted}`"
    help += f", or say `{loss}: [from_logits: true]`" if activation == "linear" else ""
    return Words(f"`{loss}` expects probabilities, but the output `{output}` is not put through {wanted}", "without from_logits", help=help,
                 notes=("training would run, and learn next to nothing",))


@worded("accuracy-of-number")
def accuracy_of_number(output: str, loss: str) -> Words:
    return Words(f"`accuracy` counts answers that are right to the last digit, but by `{loss}` the output `{output}` is a number",
                 help="write `metrics: [mae]`; for classes give the output a sigmoid or softmax, and its cross-entropy as the loss")


@worded("softmax-of-one")
def softmax_of_one(output: str) -> Words:
    return Words(f"softmax over the one unit of `{output}` is always 1",
                 help="for two classes write `Dense: [1, activation: sigmoid]` with `BinaryCrossentropy`")
