"""`build check`: all faults, then the table of steps with shapes, parameters and work."""

from dataclasses import dataclass
from pathlib import Path

import click

from builder.commands.options import force_option, json_option, set_option, spec_argument, trust_option, unless_there
from builder.commands.output import complain, console, memory, say_json, short, size

LISTED = 10  # files that were left out
SHOWN = 12  # classes that are counted one by one


@click.command(epilog="\b\nExamples:\n  build check lenet5\n  build check spec.yaml --set params.classes=100 --json\n  "
                      "build check spec.yaml --data -o batch.png")
@spec_argument
@click.option("--data", "looked", is_flag=True, help="Read the data too: tell of their fields and classes, and draw a contact sheet of a training batch.")
@click.option("-o", "--output", metavar="FILE", help="With --data, draw the sheet into FILE: .html or, of images, .png. Left out: a page in a temporary file.")
@set_option
@trust_option
@json_option
@force_option
def command(spec: str, looked: bool, output: str | None, changes: dict, trust: bool, as_json: bool, force: bool) -> None:
    """Find all faults of SPEC (a file, or the name of a shipped spec); then show its steps with output shapes,
    parameters and multiply-accumulates. Makes no weights, and reads no data without --data."""
    from builder.commands.schema_ import refresh
    from builder.experiment import check

    if output and not looked:
        raise click.UsageError("-o is for the sheet of --data; `build show SPEC -o FILE` draws the network")
    if output:
        unless_there(output, force)
    checked = check(spec, changes, trust)
    refresh(spec)
    data = _look(checked, output) if looked else {}
    if as_json:
        say_json({**_as_json(checked, _Worked.out(checked)), **data})
        return
    complain(checked.warnings)
    _tell(checked, _Worked.out(checked))
    if looked:
        _print_data(data)


@dataclass(frozen=True)
class _Worked:
    """What is worked out of a checked spec: its steps as rows, those that nothing reads, what training updates, and the bytes that it takes."""

    rows: list
    unread: set[str]
    program: list
    batch: int
    need: int

    @classmethod
    def out(cls, checked) -> "_Worked":
        from builder.draw import figure, table
        from builder.graph.memory import training_memory
        from builder.graph.updates import updates

        graph, batch = checked.graph, checked.data.batch if checked.data else 32
        need = training_memory(graph, batch, checked.phases[0].optimizer.name if checked.phases else "Adam")
        return cls(table(figure(graph)), _unread(graph), list(updates(graph, checked.phases or ())), batch, need)


def _as_json(checked, worked: _Worked) -> dict:
    from builder.diagnostics import as_json

    graph = checked.graph
    return {
        "ok": True, "name": checked.spec.name, "parameters": graph.parameters, "trainable": graph.trainable, "macs": graph.macs,
        "training_memory_bytes": worked.need, "batch": worked.batch, "pure_yaml": not checked.spec.code,
        "inputs": {n: _spec(w) for n, w in graph.inputs.items()}, "outputs": {n: _spec(w) for n, w in graph.outputs.items()},
        "steps": [row.__dict__ | {"unread": row.path in worked.unread} for row in worked.rows],
        "program": [dict(vars(update)) for update in worked.program], "warnings": [as_json(fault) for fault in checked.warnings],
    }


def _tell(checked, worked: _Worked) -> None:
    graph, code, out = checked.graph, [text.value for text in checked.spec.code], console()
    _print(worked.rows, worked.unread)
    out.print(f"\n[bold]{checked.spec.name}[/]: {size(graph.parameters)} parameters, {size(graph.trainable)} trainable; "
              f"{short(graph.macs)} multiply-accumulates an example")
    out.print(f"training takes about {memory(worked.need)} at a batch of {worked.batch}; " + (f"carries code: {', '.join(code)}" if code else "pure YAML"))
    for update in worked.program:
        out.print(_program(update, len(checked.phases)), markup=False)


def _spec(wire) -> dict:
    return {"shape": list(wire.spec.shape), "dtype": wire.spec.dtype}


def _look(checked, output: str | None) -> dict:
    """What there is to tell of the data, the sheet drawn."""
    from builder.commands.show_ import temporary
    from builder.data import missing_values
    from builder.experiment import look
    from builder.report import about_data
    from builder.report.sheet import write_sheet

    data, batch = look(checked)
    path = Path(output) if output else temporary(checked.spec.name)
    write_sheet(path, batch, data, checked.spec.name)
    fields = {name: {"shape": field.shape, "dtype": field.dtype, "classes": field.classes, "missing": missing_values(data, field)}
              for name, field in data.fields.items()}
    return {"data": {"fields": fields, **about_data(data, batch.targets), "left_out": list(data.left_out), "sheet": str(output or path)}}


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
        shown.add_row("  " * row.level + row.name, row.brick, row.shape, "unread" if row.path in unread else "shared" if row.shared else parameters,
                      short(row.macs) if row.macs else "")
    console().print(shown)


def _program(update, phases: int) -> str:
    """A step of training in one line: `generator updates 354 parameters by Adam, every 2 batches: fake_score_loss`."""
    where = ", ".join([*([f"phase {update.phase}"] if phases > 1 else []), *([update.step] if not update.alone else [])]) or "training"
    often = f", every {update.every} batches" if update.every > 1 else ""
    if update.follows:
        return f"{where} moves {size(update.parameters)} parameters toward {update.follows}{often}"
    return f"{where} updates {size(update.parameters)} parameters by {update.optimizer}{often}: {', '.join(update.terms)}"


def _print_data(told: dict) -> None:
    """The fields, the splits with how often each class is in them, what was left out, and where the sheet is."""
    from rich.table import Table

    data, out = told["data"], console()
    fields = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("field", "shape", "dtype", "values"):
        fields.add_column(name, overflow="fold")
    for name, field in data["fields"].items():
        shape = "×".join("?" if size is None else str(size) for size in field["shape"])
        values = f"{len(field['classes'])} classes" if field["classes"] else f"{size(field['missing'])} missing" if field["missing"] else ""
        fields.add_row(name, shape or "one value", field["dtype"], values)
    out.print()
    out.print(fields)
    out.print()
    out.print(_counts(data))
    for note in data["notes"]:
        out.print(note, markup=False)
    for name in data["left_out"][:LISTED]:
        out.print(f"  left out: {name}", markup=False)
    out.print(f"the first training batch as the network will see it: {data['sheet']}", markup=False, soft_wrap=True)


def _counts(data: dict):
    """A row a split, a column a class; of many classes the least and the most examples that one has."""
    from rich.table import Table

    found = Table(box=None, pad_edge=False, header_style="bold")
    found.add_column("split")
    found.add_column("examples", justify="right")
    names = {name: data["fields"][name]["classes"] for name in data["classes"]}
    heads = [head for name, classes in names.items() for head in (classes if len(classes) <= SHOWN else (f"each of {len(classes)} classes",))]
    for head in heads:
        found.add_column(str(head), justify="right", overflow="fold")
    for split, examples in data["splits"].items():
        cells = [cell for name, classes in names.items() for cell in _cells(data["classes"][name][split], len(classes))]
        found.add_row(split, size(examples), *cells)
    return found


def _cells(counts: list[int], classes: int) -> list[str]:
    counts = counts + [0] * (classes - len(counts))
    return [size(count) for count in counts] if classes <= SHOWN else [f"{size(min(counts))} to {size(max(counts))}"]
