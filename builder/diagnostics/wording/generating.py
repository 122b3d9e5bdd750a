"""What the faults of `generate:` say."""

from builder.diagnostics.words import Words, did_you_mean, dims, listed, worded


@worded("generate-name")
def generate_name(key: str, name: str | None, what: str, near: list, names: list) -> Words:
    if name is None:
        asked = f"there are several to choose from: {listed(names)}" if names else "there is none"
        return Words(f"`generate` needs `{key}`, {what}: {asked}", help=f"`generate: {{{key}: {names[0]}, ...}}`" if names else None)
    return Words(f"`{key}: {name}` is not {what}", help=did_you_mean(near), notes=(f"there are: {listed(names)}",) if names else ())


@worded("generate-tokens")
def generate_tokens(name: str, shape: tuple, dtype: str) -> Words:
    return Words(f"`{name}` cannot take the tokens so far: it is {dims(shape)} of {dtype}, and tokens are (batch, time) of whole numbers",
                 help=f"`{name}: {{shape: [null], dtype: int32}}`; where texts come in, put what follows their vocabulary in a network and name that: "
                      f"`generate: {{network: decoder, ...}}`")


@worded("generate-length")
def generate_length(length: int, positions: int) -> Words:
    return Words(f"sequences of {length} tokens are longer than the {positions} positions that the network takes",
                 help=f"`length: {positions}`, or give the network more positions")


@worded("generate-stray")
def generate_stray(key: str, search: str) -> Words:
    other = "beam" if key in ("width", "length_penalty") else "sample"
    return Words(f"`{key}` belongs to `search: {other}`, and this is `search: {search}`", help=f"`search: {other}`, or leave `{key}` out")


@worded("generate-text")
def generate_text(key: str, text: str) -> Words:
    return Words(f"`{key}: {text}` is a text, and without `vocabulary` tokens are numbers",
                 help="`vocabulary: words`, the name of the `TextVectorization` or `StringLookup`")


@worded("generate-mark")
def generate_mark(key: str, mark: str, vocabulary: str, size: int, near: list) -> Words:
    return Words(f"the {key} mark `{mark}` is not in the vocabulary of `{vocabulary}`, which has {size:,} words", help=did_you_mean(near),
                 notes=("a standardisation such as the usual one of `TextVectorization` takes `<`, `>`, `[` and `]` out of the texts: `standardize: lower`",))
