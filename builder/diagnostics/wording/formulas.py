"""What the faults of formulas say."""

from builder.diagnostics.habits import as_function
from builder.diagnostics.words import Words, did_you_mean, listed, worded

LIMITS = {"levels": "is nested deeper than {} levels", "characters": "is longer than {} characters", "items": "gives more than {} items",
          "in size": "gives a number beyond {}"}


@worded("bad-formula")
def bad_formula(problem: str, help: str) -> Words:
    return Words(problem, help=help)


@worded("formula-comma")
def formula_comma(text: str) -> Words:
    return Words("YAML has cut this formula at its comma", help=f'put it in quotes: `"{text}"`',
                 notes=("inside `[...]` and `{...}` YAML splits at every comma",))


@worded("formula-limit")
def formula_limit(what: str, limit: int) -> Words:
    shown = "10^18" if limit == 10**18 else f"{limit:,}"
    return Words("this formula " + LIMITS[what].format(shown))


@worded("formula-not-allowed")
def formula_not_allowed(what: str, wire: str = "", method: str = "") -> Words:
    help = f"a wire within a box is read under a name of its own: `from: {{{wire.rpartition('.')[2]}: {wire}}}`" if wire else ""
    help = help or method and f"write `{as_function(method)}`"
    return Words(f"formulas have no {what}", help=help, notes=(
        "they have numbers, texts, lists, params, arithmetic, comparisons,\n"
        "`and or not`, `a if b else c`, indexing, mappings to pick from and a fixed list of functions",))


@worded("formula-key")
def formula_key(key: object, keys: list, near: list) -> Words:
    return Words(f"the mapping has no entry for {key}", help=did_you_mean(near), notes=(f"it has: {listed(keys, 20)}",))


@worded("formula-failed")
def formula_failed(problem: str) -> Words:
    return Words(f"this formula cannot be worked out: {problem}")


@worded("unknown-name")
def unknown_name(name: str, near: list, reach: list) -> Words:
    return Words(f"this formula reads `{name}`, but nothing has that name here", help=did_you_mean(near), notes=(f"names in reach: {listed(reach, 20)}",))


@worded("unknown-function")
def unknown_function(name: str, near: list, known: list) -> Words:
    return Words(f"there is no function `{name}`", help=did_you_mean(near), notes=(f"functions of formulas: {listed(known, 30)}",) if known else ())


@worded("no-wires")
def no_wires(text: str) -> Words:
    return Words("this step's formula reads no wire, so it gives a number and not a tensor",
                 help=f"as a value it is written `={text}`, in the arguments of a brick")
