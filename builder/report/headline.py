"""The top of a report: what was run, how it ended, and its figures at a glance."""

from collections.abc import Mapping, Sequence
from html import escape

from builder.report.curves import is_number, number, shown
from builder.report.markup import Raw, code, duration, facts, plural, table

ENDS = {
    "finished": "finished", "interrupted": "stopped by its user; all is saved", "failed": "failed", "killed": "ended from outside, without a word",
    "running": "still running", "created": "not begun",
}
GREATER = ("acc", "auc", "precision", "recall", "sensitivity", "specificity", "f1", "fbeta", "iou", "r2", "similarity", "positives", "hits", "score", "dice",
           "bleu", "exact", "correct", "alike")
LESSER = ("loss", "false_", "error", "distance", "divergence")
TILES = 4


def headline(run, info: Mapping, rows: Sequence[Mapping]) -> str:
    """Name, description, state, when and for how long, the best figures, and the command that makes it again."""
    state = run.state
    description = f"<p>{escape(info['description'])}</p>" if info.get("description") else ""
    title = f'<h1>{escape(info.get("name") or run.name)} <span class="state {escape(state)}">{escape(state)}</span></h1>'
    return f"<header>{title}{description}{_tiles(info, rows)}{facts(_about(run, state, info, rows))}</header>"


def _about(run, state: str, info: Mapping, rows: Sequence[Mapping]) -> list[tuple[str, object]]:
    seconds = sum(row.get("seconds") or 0 for row in rows)
    trained = f"{plural(len(rows), 'epoch')}, {plural(rows[-1]['step'], 'step')} of {info.get('batch', '?')} examples" if rows else "no epoch"
    if found := info.get("members"):
        trained = f"{plural(len(found), 'member')}, {plural(info.get('epochs', 0), 'epoch')} in all"
    return [
        ("run", run.name), ("began", str(info.get("created", "")).replace("T", " ")), ("trained", f"{trained}, in {duration(seconds)}" if rows else trained),
        ("ended", ENDS.get(state, state) if state != "finished" else None), ("parameters", f"{info['parameters']:,}" if "parameters" in info else None),
        ("again with", code(info.get("command") or f"build train {run.folder.as_posix()}/spec.yaml")),
    ]


def _tiles(info: Mapping, rows: Sequence[Mapping]) -> str:
    """The figures of the evaluation, else the best of the epochs."""
    tested = {name: value for name, value in (info.get("test") or {}).items() if is_number(value)}
    if tested:
        names = sorted(tested, key=lambda name: name.endswith("loss"))[:TILES]
        where = f"{info.get('evaluated', '')} split"
        tiles = [(name, tested[name], where) for name in names]
    else:
        tiles = [(name, value, f"best, in epoch {epoch}") for name, value, epoch in _bests(rows)][:TILES]
    return '<div class="tiles">' + "".join(
        f"<div><b>{number(value)}</b><span>{escape(name)}</span><small>{escape(note)}</small></div>" for name, value, note in tiles) + "</div>" if tiles else ""


def _bests(rows: Sequence[Mapping]):
    """The best value of each metric and its epoch: of validation where it was measured; the loss comes last."""
    names = [name for name in shown(rows) if name != "learning_rate"]
    for name in sorted(names, key=lambda name: name == "loss"):
        column = f"val_{name}" if any(f"val_{name}" in row for row in rows) else name
        if found := best(rows, column):
            yield column, found[column], found["epoch"]


def is_greater_better(name: str) -> bool:
    """Whether a good value of a metric is a great one, told by its name as Keras's metrics bear it."""
    return not any(word in name for word in LESSER) and any(word in name for word in GREATER)


def best(rows: Sequence[Mapping], column: str) -> Mapping | None:
    """The row with the best value of a column; of equal ones the first."""
    known = [row for row in rows if is_number(row.get(column))]
    if not known:
        return None
    return (max if is_greater_better(column) else min)(known, key=lambda row: row[column])


def progress(rows: Sequence[Mapping]) -> str:
    """Each metric's last value in training and validation, and the best one with its epoch."""
    if not rows:
        return ""
    lines = []
    for name in (name for name in shown(rows) if name != "learning_rate"):
        column = f"val_{name}" if any(f"val_{name}" in row for row in rows) else name
        found = best(rows, column)
        lines.append((name, rows[-1].get(name), rows[-1].get(f"val_{name}"), found and found[column], found and found["epoch"]))
    return table(("metric", "last training", "last validation", "best", "in epoch"), lines)


def faults(told: Sequence[Mapping]) -> str:
    """Faults and warnings as the command line tells them: the sentence, where, what helps, and notes."""
    return "".join(_fault(fault) for fault in told)


def _fault(fault: Mapping) -> str:
    places = [f"{place['file']}:{place['line']}:{place['column']}" for place in fault.get("places") or ()]
    asides = [("at", places), ("help", fault.get("help")), *(("note", note) for note in fault.get("notes") or ())]
    kind = "warning" if fault.get("severity") == "warning" else "error"
    return (f'<div class="fault {kind}"><p><b>{kind}</b> {ticked(fault.get("message") or "")}</p>'
            f'{facts((name, Raw(ticked(", ".join(said) if isinstance(said, list) else said))) for name, said in asides if said)}</div>')


def ticked(text: str) -> str:
    """A sentence whose names in backticks are set as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 and index < len(parts) - 1 else part for index, part in enumerate(parts)).replace("\n", "<br>")
