"""What the faults of recurrent cells say."""

from builder.diagnostics.words import Words, did_you_mean, dims, listed, worded


@worded("cell-not-a-block")
def cell_not_a_block(given: str, keras: bool, near: list, cells: list) -> Words:
    if keras:
        return Words(f"`cell` takes a block, and `{given}` is a layer of Keras",
                     help=f"`RNN: {{cell: {{{given}: 32}}}}` runs a cell of Keras; a block that can be a cell is `{cells[0]}`")
    return Words(f"`cell` takes a block with its arguments, but this is {given}", help=did_you_mean(near) or f"`Recurrent: {{cell: {{{cells[0]}: 32}}}}`",
                 notes=(f"blocks that can be cells: {listed(cells, 20)}",))


@worded("cell-ports")
def cell_ports(name: str, inputs: list, outputs: list) -> Words:
    states = inputs[1:] or ["h"]
    example = f"inputs: [{', '.join([*inputs[:1], *states] if inputs else ['x', *states])}]` and `outputs: [y, {', '.join(states)}]"
    if len(inputs) < 2:
        has = "has no state" if inputs else "has only the one `input`"
        return Words(f"`{name}` cannot be a recurrent cell: it {has}, and a cell reads a step and the states before it", help=f"`{example}`")
    what = f"{len(outputs)} `outputs`" if outputs else "no `outputs`"
    return Words(f"`{name}` cannot be a recurrent cell: it has {len(inputs)} `inputs` and {what}, and a cell gives its output and each state anew",
                 help=f"`{example}`")


@worded("cell-state")
def cell_state(name: str, state: str, wire: str, given: tuple, back: tuple, stated: bool) -> Words:
    help = f"give back `{state}` with the shape that `states` says, or say there what comes back" if stated else \
        f"mend `{wire}`, or say in the block what shape the state has: `states: {{{state}: [=units]}}`"
    return Words(f"the state `{state}` of `{name}` goes in as {dims(given)} and comes back as {dims(back)}", "this is the next state", help=help)


@worded("cell-nested")
def cell_nested(cell: str) -> Words:
    return Words(f"`Recurrent` with the cell `{cell}` must be a step of its own, or what a `Bidirectional` runs, not an argument of another brick",
                 help=f"`- Recurrent: {{cell: {cell}}}` as a step; for each of several sequences it can stand in a network that is used for each")


@worded("cell-sequence")
def cell_sequence(shape: tuple | None) -> Words:
    found = "several wires" if shape is None else "single numbers"
    return Words(f"`Recurrent` reads one sequence, (time, ...), and here {'are' if shape is None else 'come'} {found}",
                 help="`from: {sequences: x, initial_state: [h]}` names what is read" if shape is None
                 else "`- ops.expand_dims: -1` makes a sequence of numbers one of vectors")


@worded("cell-initial")
def cell_initial(wanted: list, given: list) -> Words:
    asked = ", ".join(f"`{name}` {dims(shape)}" for name, shape in wanted)
    shown = ", ".join(dims(shape) for shape in given)
    return Words(f"`initial_state` gives {shown}, and the cell's states are {asked}", help="give one wire for each state, in the order of the block's `inputs`")


@worded("needs-time")
def needs_time(brick: str, name: str, recurrent: str) -> Words:
    return Words(f"`{brick}` reads a sequence, and `{name}` gives only its last step", "needs every step",
                 help=f"`return_sequences: true` for the `{recurrent}` `{name}`")


@worded("mask-lost")
def mask_lost(name: str, maker: str, reader: str, argument: str) -> Words:
    return Words(f"the mask of `{maker}` is lost at `{name}`: `{reader}` then counts padding as if it were said",
                 help=f"put `{name}` behind `{reader}`, or give the mask by name: `from: {{..., {argument}: ...}}`")


@worded("list-of-one")
def list_of_one(brick: str, name: str) -> Words:
    return Words(f"`{brick}` reads one wire, and this is a list of one", help=f"`from: {name}`, without the brackets")
