"""What the faults of samplers say."""

from builder.diagnostics.words import Words, listed, worded

SPLITS = {"train": "to train on", "validation": "to validate on", "test": "to test on"}


@worded("sample-by")
def sample_by(sampler: str, field: str, dtype: str, classes: list) -> Words:
    kind = "text" if dtype == "string" else "numbers"
    help = f"a field that is a class: `{sampler}: [by: {classes[0]}]`" if classes else "name the column of the classes in the source: `label: ...`"
    return Words(f"`{sampler}` draws by classes, but the field `{field}` holds {kind}", help=help,
                 notes=(f"its fields that are classes: {listed(classes, 20)}",) if classes else ())


@worded("sample-few")
def sample_few(sampler: str, split: str, field: str, classes: list, least: int, most: int) -> Words:
    name, count = classes[0]
    others = [f"`{n}` ({c})" for n, c in classes[1:]]
    return Words(f"the class `{name}` of `{field}` has {count} {'example' if count == 1 else 'examples'} {SPLITS[split]}, and `{sampler}` draws {least} of a "
                 f"class",
                 help=_few(sampler, least, most), notes=(f"so have: {listed(others, 20)}",) if others else ())


def _few(sampler: str, least: int, most: int) -> str:
    if sampler == "Balanced":
        return f"at most `each: {most}`, or `rare: repeat`" if most < least else "leave such classes out: `rare: skip`; or `rare: repeat`"
    return "leave out the examples of such classes: `rare: skip`" if most >= least else "gather more examples of a class, or choose another field for `by`"


@worded("sample-one-class")
def sample_one_class(sampler: str, split: str, field: str, name: str) -> Words:
    return Words(f"`{sampler}` draws examples of different classes, but all {SPLITS[split]} have the `{field}` `{name}`",
                 help="choose another field for `by`, or give that split more classes")


@worded("sample-taken")
def sample_taken(sampler: str, name: str) -> Words:
    help = f"give it another name: `{sampler}: [name: other]`" if sampler in ("Noise", "Mismatch") else "give its fields other names: `names` of the sampler"
    return Words(f"`{sampler}` gives a field `{name}`, but there is one of that name already", help=help)


@worded("sample-first")
def sample_first(sampler: str, before: str) -> Words:
    return Words(f"`{sampler}` draws from the examples themselves, but `{before}` has drawn them anew before it",
                 help=f"leave out one of the two: `{before}` or `{sampler}`")


@worded("sample-mix")
def sample_mix(sampler: str, mix: str) -> Words:
    return Words(f"`{mix}` mixes the examples of a batch, so that what `{sampler}` draws would fit no more", help=f"leave `{mix}` out of `augment`")


@worded("sample-balance")
def sample_balance(sampler: str) -> Words:
    return Words(f"`{sampler}` chooses the classes of every batch itself, so there is nothing left to balance", help="leave out `balance: true`")


@worded("sample-batch")
def sample_batch(classes: int, each: int, batch: int) -> Words:
    product = classes * each
    other = f", or `Balanced: [classes: {batch // each}, each: {each}]`" if batch % each == 0 and batch >= each else ""
    return Words(f"{classes} classes of {each} examples make a batch of {product}, but `batch` is {batch}",
                 help=f"write `batch: {product}` under `data`{other}")


@worded("sample-classes")
def sample_classes(classes: int, there: int, field: str, each: int) -> Words:
    return Words(f"a batch is to have {classes} classes, but only {there} of `{field}` can be drawn from", help=f"at most `classes: {there}`",
                 notes=(f"a class is drawn from that has {each} examples to train on",))


@worded("sample-others")
def sample_others(count: int, there: int, split: str, by: str | None) -> Words:
    of = f"of another `{by}` " if by else ""
    return Words(f"`Mismatch` draws {count} others for every example, but there are {there} {of}{SPLITS[split]}",
                 help=f"at most `count: {there}`" if there > 0 else "")
