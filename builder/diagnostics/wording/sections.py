"""What the faults of a spec's sections say: keys, steps, names."""

from builder.diagnostics.habits import as_brick, as_number
from builder.diagnostics.words import Words, did_you_mean, listed, worded

NAMES = {
    "a block": ("a capital letter begins it, as in `Residual`"),
    "a loss": ("a capital letter begins it, as in `Contrastive`"),
    "a parameter": ("letters, digits and `_`, as in `filters`, that mean nothing else in formulas"),
    "a step": ("letters, digits and `_`, not beginning with a digit, as in `stem`; `previous` and `input` are taken"),
    "a name": ("each `{` needs its `}`, as in `stage{i}`"),
}


@worded("wrong-shape")
def wrong_shape(what: str, found: str, example: str) -> Words:
    subject, comma, wanted = what.partition(", ")
    if not comma:
        return Words(f"{subject} cannot be {found}", help=_pasted(example))
    text = found[6:-1] if found.startswith('text "') else ""
    if "number" in wanted and (number := as_number(text)):
        example = f"{example.partition(':')[0]}: {number}"
    return Words(f"{subject} must be {wanted}, but this is {found}", help=_pasted(as_brick(text, example) if "Keras" in wanted else example))


@worded("unknown-key")
def unknown_key(key: str, where: str, near: list, allowed: list) -> Words:
    return Words(f"{where} has no key `{key}`", help=_moved(key, where) or did_you_mean(near), notes=(f"keys there are: {listed(allowed, 14)}",))


HOMES = {
    "model": ("inputs", "layers", "outputs"),
    "data": ("source", "validation", "test", "augment", "batch", "sample"),
    "train": ("loss", "optimizer", "metrics", "epochs", "callbacks", "steps", "freeze"),
}
ELSEWHERE = {
    "batch_size": "`batch: 32` under `data` says it", "validation_split": "`validation: 0.1` under `data` says it",
    "learning_rate": "the optimizer takes it: `optimizer: {Adam: 1e-3}`", "lr": "the optimizer takes it: `optimizer: {Adam: 1e-3}`",
    "loss_weights": "each loss has its own: `loss: {label: {MeanSquaredError: {}, weight: 0.3}}`",
    "early_stopping": "it is a callback: `callbacks: [EarlyStopping: [patience: 3]]`",
    "shuffle": "training examples are shuffled anew in each epoch; `order: true` under `data` keeps them in order",
}


def _moved(key: str, where: str) -> str:
    """Where a key belongs that stands in another section, or goes by another name elsewhere."""
    home = next((home for home, keys in HOMES.items() if key in keys and f"`{home}`" != where), None)
    if home and where in ("a spec", *(f"`{home}`" for home in HOMES)):
        return f"`{key}` stands under `{home}`: " + ("indent it" if where == "a spec" else "move it there")
    return ELSEWHERE.get(key, "") if where in ("a spec", "`data`", "`train`") else ""


@worded("missing-key")
def missing_key(key: str, where: str, example: str) -> Words:
    return Words(f"{where} needs `{key}`", help=_pasted(example, "add "))


@worded("bad-name")
def bad_name(name: str, what: str) -> Words:
    return Words(f"`{name}` cannot be the name of {what}" if what != "a name" else f"`{name}` cannot be a name", help=NAMES.get(what, ""))


@worded("not-a-step")
def not_a_step(found: str, near: list) -> Words:
    if not found:
        return Words("this step has no brick", help="say what is laid, as in `- Dense: 10`",
                     notes=("a step is a brick, or one of: use, formula, layers, branches, for",))
    return Words(f"`{found}` is not a step: a brick begins with a capital letter",
                 help=did_you_mean(near or [_camel(found)] if found.isidentifier() else []) or "write it as Keras does, as in `- Flatten`")


@worded("unknown-step-key")
def unknown_step_key(key: str, near: list, allowed: list, brick: str | None) -> Words:
    if brick is None:
        return Words(f"`{key}` is not a brick: a brick begins with a capital letter",
                     help=f"did you mean `{_camel(key)}`?" if not near else did_you_mean([_camel(key), *near]))
    inside = f"an argument of `{brick}` stands within it: `- {brick}: {{..., {key}: ...}}`" if brick[:1].isupper() else ""
    return Words(f"a step has no key `{key}`", help=did_you_mean(near) or inside, notes=(f"beside its brick a step may carry: {listed(allowed, 14)}",))


def _camel(name: str) -> str:
    """max_pooling2d → MaxPooling2D, as Keras writes it."""
    found = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    return found[:-1] + "D" if found[-2:-1].isdigit() and found.endswith("d") else found


@worded("two-bricks")
def two_bricks(first: str, second: str) -> Words:
    return Words(f"one step cannot be both `{first}` and `{second}`", help=f"give `{second}` a line of its own: `- {second}: ...`")


@worded("stray-key")
def stray_key(key: str, needs: str) -> Words:
    return Words(f"`{key}` means nothing here without `{needs}`", help=f"add `{needs}`, or delete `{key}`")


def _pasted(example: str, verb: str = "write ") -> str:
    """An example as help: one line in backticks, several as they are."""
    if "\n" in example:
        return verb.strip() + "\n" + example
    return f"{verb}`{example}`" if example else ""


@worded("bad-rename")
def bad_rename(old: str, new: str) -> Words:
    return Words(f"`{old}: {new}` needs one `*` on both sides, or on none", help='what `*` stands for is kept: `map: {"old.*": "new.*"}`')
