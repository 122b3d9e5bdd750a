"""What the faults of bricks and their arguments say."""

import re

from builder.diagnostics.habits import as_call, as_keyword, as_list, as_number
from builder.diagnostics.words import Words, did_you_mean, listed, worded

WANTED = {
    "int": "a whole number", "float": "a number", "bool": "`true` or `false`", "str": "a text", "ints": "a whole number or a list of them",
    "list": "a list", "dict": "a mapping", "layer": "a brick", "schedule": "a number or a schedule",
    **{kind: f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}" for kind in (
        "initializer", "regularizer", "constraint", "loss", "metric", "optimizer", "activation")},
}
WANTED_PLAIN = ("int", "float", "bool", "str", "ints", "list", "dict")
PLACES = {"optimizer": "`optimizer: {}` under `train`", "loss": "`loss: {}` under `train`", "metric": "`metrics: [{}]` under `train`",
          "callback": "`callbacks: [{}]` under `train`", "source": "`source: {}` under `data`",
          "sampler": "`sample: {}` under `data`"}
BESIDE = ("from", "as", "repeat", "when", "else", "merge")
KINDS = {"op": "operation", "layer": "brick", "source": "data source"}


@worded("unknown-brick")
def unknown_brick(name: str, kind: str, near: list, elsewhere: str | None) -> Words:
    noun = KINDS.get(kind, kind)
    if call := as_call(name):
        return Words(f"`{name}` is written as in Python", help=f"write `{call}`")
    if name == "Lambda":
        return Words("there is no brick `Lambda`, for a function of Python cannot stand in a spec",
                     help="write the function as an equation of wires: `- formula: abs(a - b) / 2`")
    if " " in name:
        return Words(f"there is no {noun} named `{name}`", help=f"a colon is missing: `{name.split()[0]}:`, and one after each key below it")
    if elsewhere:
        article = "an" if elsewhere[0] in "aeiou" else "a"
        place = "a layer of the model" if kind == "layer" else f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
        help = f"it belongs elsewhere: {PLACES[elsewhere].format(name)}" if elsewhere in PLACES else did_you_mean(near)
        return Words(f"`{name}` is {article} {KINDS.get(elsewhere, elsewhere)}, not {place}", help=help)
    return Words(f"there is no {noun} named `{name}`", help=did_you_mean(near), notes=() if near else (f"all there are: `build list {_list(kind)}`",))


def _list(kind: str) -> str:
    return {"loss": "losses", "optimizer": "optimizers", "metric": "metrics", "callback": "callbacks", "source": "sources",
            "sampler": "samplers"}.get(kind, "bricks")


@worded("missing-argument")
def missing_argument(brick: str, missing: list, example: str, takes: list) -> Words:
    named = " and ".join(filter(None, [", ".join(f"`{name}`" for name in missing[:-1]), f"`{missing[-1]}`"]))
    return Words(f"`{brick}` needs {named}", help=f"write `{example}`", notes=(_takes(brick, takes),) if len(takes) > len(missing) else ())


@worded("too-many-arguments")
def too_many_arguments(brick: str, most: int, takes: list) -> Words:
    if not most:
        return Words(f"`{brick}` takes no arguments without a name", help="what it reads stands beside it: `from: [a, b]`")
    return Words(f"`{brick}` takes at most {most} argument{'s' * (most > 1)}", "one too many", notes=(_takes(brick, takes),))


@worded("argument-twice")
def argument_twice(name: str, brick: str) -> Words:
    return Words(f"`{name}` of `{brick}` is given twice", "and again here", help="delete one of the two")


@worded("unknown-argument")
def unknown_argument(brick: str, name: str, near: list, takes: list) -> Words:
    notes = (_takes(brick, takes),) if takes else (f"`{brick}` takes no arguments",)
    beside = f"`{name}` is a key of the step: it stands on a line of its own below `{brick}`" if name in BESIDE else ""
    pasted = as_keyword(name)
    return Words(f"`{brick}` has no argument named `{name}`", help=f"write `{pasted}`" if pasted else beside or did_you_mean(near), notes=notes)


def _takes(brick: str, takes: list) -> str:
    return f"`{brick}` takes: {listed(takes, 6)}" + (f" (all: `build describe {brick}`)" if len(takes) > 6 else "")


@worded("wrong-type")
def wrong_type(parameter: str, brick: str, wanted: str, found: str, value: object) -> Words:
    kind = found.split(' "')[0] if found.startswith("text") else found
    return Words(
        f"`{parameter}` of `{brick}` must be {WANTED.get(wanted, wanted)}, but {'this is ' * (not found.startswith('the formula'))}{kind}",
        found if found != kind else "", help=_typed(parameter, wanted, value))


def _typed(parameter: str, wanted: str, value: object) -> str:
    """A line to paste, where it can be known."""
    if isinstance(value, str):
        return _typed_text(parameter, wanted, value)
    if wanted == "bool" and value in (0, 1):
        return f"write `{parameter}: {str(bool(value)).lower()}`"
    if wanted == "regularizer" and isinstance(value, (int, float)):
        return f"write `{parameter}: {{L2: {value}}}`"
    if value.__class__.__name__ == "Pairs" and wanted not in WANTED_PLAIN and len(value.items) == 1:
        return f"a brick begins with a capital letter: `{parameter}: {{{value.items[0][0].capitalize()}: ...}}`"
    return f"write `{parameter}: [{value}]`" if wanted == "list" and isinstance(value, (int, float)) else ""


def _typed_text(parameter: str, wanted: str, value: str) -> str:
    if value.startswith("(") and not value.endswith(")"):  # YAML has cut it at its comma
        return f"a list stands in brackets: `{parameter}: [{value[1:]}, ...]`"
    if wanted == "bool" and value.lower() in ("yes", "on", "y", "true", "no", "off", "n", "false"):
        return f"write `{parameter}: {str(value.lower() in ('yes', 'on', 'y', 'true')).lower()}`"
    if wanted not in ("int", "float", "ints", "schedule"):
        return ""
    if number := as_number(value):
        return f"write `{parameter}: {number}`" if value.endswith("%") else f"remove the quotes: `{parameter}: {number}`"
    if pasted := as_keyword(value) or as_list(value):
        return f"write `{pasted}`" + ("; arguments stand in brackets" if pasted.startswith("[") else "")
    return f"a param or a formula begins with `=`: `={value}`" if value.isidentifier() else ""


@worded("out-of-range")
def out_of_range(name: str, value: object, lowest: object, highest: object) -> Words:
    bounds = f"between {_bound(lowest)} and {_bound(highest)}" if not isinstance(lowest, str) else f"{lowest} and {highest}"
    return Words(f"`{name}` must be {bounds}, but it is {value}")


def _bound(number: float) -> str:
    """A limit as people write it: 10^12 rather than its zeros."""
    text = str(number)
    zeros = len(text) - len(text.rstrip("0"))
    return f"{text[:-zeros][:-1]}10^{zeros}" if zeros >= 6 and text.lstrip("-").startswith("10") else text


@worded("unknown-choice")
def unknown_choice(name: str, what: str, near: list, choices: list) -> Words:
    call = as_call(name)
    pasted = as_keyword(name) or (call and f"{{{call[:1].upper()}{call[1:]}}}")
    listed_so = what == "a dtype" and (name.startswith("(") or re.fullmatch(r"\d+(x\d+)+", name))
    help = "a shape stands in brackets, as in `[28, 28, 1]`" if listed_so else f"write `{pasted}`" if pasted else did_you_mean(near)
    return Words(f"`{name}` is not {what}", help=help, notes=(f"there are: {listed(choices)}",))
