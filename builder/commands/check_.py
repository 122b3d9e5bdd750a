"""`build check`: all faults, then the table of steps with shapes, parameters and work."""

import click

from builder.commands.options import json_option, set_option, spec_argument, trust_option
from builder.commands.output import complain, console, memory, say_json, short, size


@click.command(epilog="\b\nExamples:\n  build check lenet5\n  build check spec.yaml --set params.classes=100 --json")
@spec_argument
@set_option
@trust_option
@json_option
def command(spec: str, changes: dict, trust: bool, as_json: bool) -> None:
    """Find all faults of SPEC (a file, or the name of a shipped spec); then show its steps with output shapes,
    parameters and multiply-accumulates. Reads no data and makes no weights."""
    from builder.commands.schema_ import refresh
    from builder.diagnostics import as_json as fault_json
    from builder.draw import figure, table
    from builder.experiment import check
    from builder.graph.memory import training_memory

    checked = check(spec, changes, trust)
    refresh(spec)
    graph = checked.graph
    batch = checked.data.batch if checked.data else 32
    need = training_memory(graph, batch, checked.phases[0].optimizer.name if checked.phases else "Adam")
    rows = table(figure(graph))
    unread = _unread(graph)
    if as_json:
        say_json({
            "ok": True, "name": checked.spec.name, "parameters": graph.parameters, "trainable": graph.trainable, "macs": graph.macs,
            "training_memory_bytes": need, "batch": batch, "pure_yaml": not checked.spec.code,
            "inputs": {n: _spec(w) for n, w in graph.inputs.items()}, "outputs": {n: _spec(w) for n, w in graph.outputs.items()},
            "steps": [row.__dict__ | {"unread": row.path in unread} for row in rows], "warnings": [fault_json(fault) for fault in checked.warnings],
        })
        return
    complain(checked.warnings)
    _print(rows, unread)
    out = console()
    out.print(f"\n[bold]{checked.spec.name}[/]: {size(graph.parameters)} parameters, {size(graph.trainable)} trainable; "
              f"{short(graph.macs)} multiply-accumulates an example")
    out.print(f"training takes about {memory(need)} at a batch of {batch}; "
              + ("pure YAML" if not checked.spec.code else f"carries code: {', '.join(text.value for text in checked.spec.code)}"))


def _spec(wire) -> dict:
    return {"shape": list(wire.spec.shape), "dtype": wire.spec.dtype}


def _unread(graph) -> set[str]:
    """The full names of what no output depends on, boxes too: the totals leave it out."""
    found: set[str] = set()
    for one in (graph, *graph.networks.values()):
        names = {read: {node.name for node in one.nodes if (node.index in one.reached) == read} for read in (True, False)}
        boxes = {".".join(path) for path in one.scopes}
        idle = {box for box in boxes if not any(name.startswith(f"{box}.") for name in names[True])}
        found |= names[False] | idle
    return found


def _print(rows, unread: set[str]) -> None:
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name, justify in (("step", "left"), ("brick", "left"), ("output", "left"), ("parameters", "right"), ("work", "right")):
        shown.add_column(name, justify=justify, overflow="fold")
    for row in rows:
        parameters = size(row.parameters) if row.parameters else ""
        shown.add_row("  " * row.level + row.name, row.brick, row.shape, "unread" if row.path in unread else "shared" if row.shared else parameters, short(row.macs) if row.macs else "")
    console().print(shown)
