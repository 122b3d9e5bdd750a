"""What the faults of a laid graph say: names, wires, blocks, networks, outputs."""

from builder.diagnostics.words import Words, did_you_mean, dims, listed, worded


@worded("carry-backwards")
def carry_backwards(brick: str) -> Words:
    return Words(f"`{brick}` begins at the end of a sequence, so no state of it can go on into the next batch",
                 help="take `stateful: true` out, or read forwards alone: `LSTM: [64, stateful: true]`")


@worded("carry-windows")
def carry_windows(brick: str) -> Words:
    return Words(f"`{brick}` keeps its state from batch to batch, but the batches do not go on from one another",
                 help="lay them so: `sample: {Windows: [length: 64, carry: true]}` under `data`, or take `stateful: true` out")


@worded("carry-nothing")
def carry_nothing(sampler: str) -> Words:
    return Words(f"`{sampler}` lays batches that go on from one another, but no layer keeps its state",
                 help="let a recurrent layer keep it: `LSTM: [64, stateful: true]`, or take `carry: true` out")


@worded("undefined-name")
def undefined_name(name: str, near: list, reach: list, lines: dict, reader: str, left_out: bool, below: int | None) -> Words:
    line = lines.get(near[0]) if near else None
    help = f"did you mean `{near[0]}`, named on line {line}?" if line else did_you_mean(near)
    reads = "this output is" if reader == "output" else "this step reads from"
    if left_out:
        return Words(f"{reads} `{name}`, but that step is left out here, for its `when` does not hold",
                     help=f"give it an `else`, which then bears the name, or put what reads `{name}` under the same `when`",
                     notes=(f"names in reach: {listed(reach, 20)}",))
    if below:
        help = f"line {below} gives that name; a step reads what stands above it"
    return Words(f"{reads} `{name}`, but nothing has that name here", help=help, notes=(f"names in reach: {listed(reach, 20)}",))


@worded("unknown-network")
def unknown_network(name: str, near: list, networks: list) -> Words:
    notes = (f"networks there are: {listed(networks)}",) if networks else ("there are no `networks` in this spec",)
    return Words(f"`use` finds no network and no earlier layer named `{name}`", help=did_you_mean(near), notes=notes)


@worded("duplicate-name")
def duplicate_name(name: str) -> Words:
    return Words(f"the name `{name}` is given twice", "first here", help="give one of them another name")


@worded("param-without-value")
def param_without_value(name: str) -> Words:
    return Words(f"the param `{name}` has no value", help=f"write `{name}: 10`, or give it with `--set params.{name}=10`")


@worded("bad-repeat")
def bad_repeat(count: object, most: int) -> Words:
    return Words(f"`repeat` must be a whole number from 0 to {most:,}, but it is {count!r}", help="`repeat: 3`")


@worded("named-from")
def named_from(what: str) -> Words:
    return Words(f"{what} cannot read inputs by name", help="give them in order: `from: [a, b]`")


@worded("loop-list")
def loop_list(name: str, found: str) -> Words:
    return Words(f"the loop variable `{name}` needs a list, but this is {found}", help=f"`for: {{{name}: [1, 2, 3]}}`, or `{name}: =range(3)`")


@worded("loop-lengths")
def loop_lengths(lengths: dict) -> Words:
    shown = ", ".join(f"`{name}` has {count}" for name, count in lengths.items())
    return Words("the lists of a `for` are taken in step, so they must be equally long", notes=(f"{shown}",))


@worded("too-many-blocks")
def too_many_blocks(name: str, limit: int) -> Words:
    return Words(f"`{name}` is laid inside itself more than {limit} levels deep",
                 help="end the recursion with a `when`, as in `when: =depth > 0`, and pass `=depth - 1`")


@worded("too-nested")
def too_nested() -> Words:
    return Words("the blocks and groups of this spec are nested too deeply to be laid", help="lower the depth of its recursive blocks")


@worded("too-many-bricks")
def too_many_bricks(limit: int) -> Words:
    return Words(f"this spec lays more than {limit:,} bricks", help="lower its `repeat`s and the depth of its recursive blocks")


@worded("block-inputs")
def block_inputs(name: str, inputs: list, given: list) -> Words:
    wants = f"{len(inputs)} inputs ({listed(inputs)})" if len(inputs) > 1 else f"one input (`{inputs[0]}`)" if inputs else "no input"
    example = "from: {" + ", ".join(f"{name}: ..." for name in inputs) + "}" if len(inputs) > 1 else "from: stem"
    return Words(f"`{name}` wants {wants}, but is given {listed(given) if given else 'another number of them'}", help=f"`{example}`")


@worded("unknown-input")
def unknown_input(brick: str, name: str, near: list, takes: list) -> Words:
    return Words(f"`{brick}` has no input named `{name}`", help=did_you_mean(near), notes=(f"inputs there are: {listed(takes)}",))


@worded("wrong-count")
def wrong_count(given: int, outputs: int) -> Words:
    return Words(f"`as` names {given} output{'s' * (given != 1)}, but this step gives {outputs}")


@worded("network-cycle")
def network_cycle(name: str, chain: list) -> Words:
    return Words(f"the network `{name}` uses itself", notes=("the way: " + " uses ".join(f"`{one}`" for one in chain),),
                 help="networks share their weights, so they cannot recur; a block can")


@worded("bad-shape")
def bad_shape(name: str, shape: object) -> Words:
    return Words(f"the shape of the input `{name}` must be a list of whole numbers above 0", help=f"`{name}: [28, 28, 1]`; `null` for a size that is free",
                 notes=("the batch dimension is not written",))


@worded("list-of-wires")
def list_of_wires(name: str, count: int) -> Words:
    return Words(f"`{name}` stands for {count} wires, and an output is one", help="join them with `merge: Concatenate`, or name each with `as: [a, b]`")


@worded("network-shape")
def network_shape(network: str, input: str, wants: tuple, given: tuple) -> Words:
    return Words(f"the network `{network}` takes {dims(wants)} as `{input}`, but is given {dims(given)}", f"given {dims(given)}")


@worded("missing-loss")
def missing_loss(name: str, given: list) -> Words:
    return Words(f"output `{name}` has no loss, so training would ignore it", "an output",
                 help=f"add `{name}: MeanSquaredError`, or `{name}: null` if it must not be trained")


@worded("which-output")
def which_output(outputs: list) -> Words:
    example = ", ".join(f"{name}: ..." for name in outputs[:3])
    return Words(f"the model has {len(outputs)} outputs, and this does not say which one it is for", help=f"`{{{example}}}`",
                 notes=(f"outputs there are: {listed(outputs)}",))


@worded("unknown-output")
def unknown_output(name: str, near: list, outputs: list) -> Words:
    return Words(f"the model has no output named `{name}`", help=did_you_mean(near), notes=(f"outputs there are: {listed(outputs)}",))
