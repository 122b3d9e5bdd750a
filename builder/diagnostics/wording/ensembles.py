"""What is said of ensembles: their members, and what these do not have in common."""

from collections.abc import Mapping

from builder.diagnostics.words import Words, did_you_mean, dims, listed, worded


@worded("ensemble-size")
def ensemble_size(count: int, most: int) -> Words:
    if count > most:
        return Words(f"an ensemble has at most {most:,} members, not {count:,}", help=f"write `members: {most}`")
    found = {1: "one is a network by itself", 0: "this has none"}.get(count, f"not {count}")
    return Words(f"an ensemble has two members or more; {found}", help="write `members: 5`")


@worded("ensemble-weights")
def ensemble_weights(count: int, members: int) -> Words:
    return Words(
        f"there are {members} members, but `weights` has {count}",
        help="give a weight for each: `weights: [" + ", ".join(["1"] * min(members, 8)) + "]`" if members <= 8
        else "leave `weights` out: they are then learned on the validation data",
    )


@worded("unknown-member")
def unknown_member(name: str, meant: str, near: tuple[str, ...], runs: str) -> Words:
    what = {"spec": "spec", "run": "run"}.get(meant, "spec or run")
    where = (f"runs are looked for in {runs}",) if meant != "spec" else ()
    return Words(f"there is no {what} `{name}` to be a member", help=did_you_mean(near), notes=where)


@worded("ensemble-nested")
def ensemble_nested(name: str) -> Words:
    return Words(f"`{name}` is an ensemble itself, and a member is trained by itself", help="name its members here, or a run of it: `{run: " + name + "}`")


@worded("ensemble-numbers")
def ensemble_numbers(output: str, loss: str | None) -> Words:
    return Words(
        f"`{output}` has no classes to vote for",
        help="write `combine: mean`",
        notes=(f"its loss is `{loss}`" if loss else "it has no loss",),
    )


@worded("ensemble-disagrees")
def ensemble_disagrees(member: str, first: str, what: str, ours: Mapping, theirs: Mapping) -> Words:
    read = "reads other inputs than" if what == "inputs" else "gives other outputs than"
    return Words(
        f"the member `{member}` {read} `{first}`",
        help="members of one ensemble have the same inputs and outputs; only what is between them differs",
        notes=tuple(f"`{name}` {'reads' if what == 'inputs' else 'gives'} {_ports(ports)}" for name, ports in ((first, theirs), (member, ours))),
    )


def _ports(ports: Mapping) -> str:
    return listed(f"{name} {dims(spec.shape)} {spec.dtype}" for name, spec in ports.items())


@worded("ensemble-classes")
def ensemble_classes(member: str, first: str, output: str, ours: tuple[str, ...], theirs: tuple[str, ...]) -> Words:
    return Words(
        f"the members `{first}` and `{member}` know other classes of `{output}`",
        help="members of one ensemble learn the same classes, in the same order",
        notes=(f"`{first}` knows {len(theirs)}: {listed(theirs)}", f"`{member}` knows {len(ours)}: {listed(ours)}"),
    )


@worded("ensemble-unvalidated")
def ensemble_unvalidated(members: int) -> Words:
    return Words(
        "the weights of the members are learned on validation data, but there are none",
        help="set some aside: `validation: 0.1` in `data`",
        notes=(f"or give the weights: `weights: [{', '.join(['1'] * min(members, 8))}]`",),
    )


@worded("ensemble-loss")
def ensemble_loss(output: str, before: bool) -> Words:
    why = f"but that of `{output}` is worked out on wires before it" if before else f"but none compares `{output}` with a field"
    return Words(f"an ensemble is judged by the losses of its outputs, {why}", help=f"write a loss on the output itself: `from: {output}`")
