"""The report of a run: everything about it on one page, for the screen, for paper, and without a network."""

import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from pathlib import Path

from builder.draw import drawing, picture
from builder.draw.document import Part, document
from builder.graph.graph import Graph
from builder.report import boundary, curves, gallery
from builder.report.embeddings import kept
from builder.report.figures import figures
from builder.report.headline import faults, headline, progress, ticked
from builder.report.markup import Raw, code, facts, plural, section, table
from builder.report.members import members
from builder.report.mistakes import mistakes
from builder.report.reconstructions import reconstructions
from builder.report.sequences import continuations, sequences
from builder.report.web import asset
from builder.report.yaml import coloured
from builder.training.environment import PACKAGES
from builder.training.evaluation import Evaluation
from builder.training.files import read_json, write_text
from builder.training.run import Run

FILE = "report.html"
LISTED = 40
SHEET = 1500  # pixels of a picture's height that can still be read on paper
TITLES = {"trouble": "What went wrong", "network": "Network", "curves": "Training", "boundary": "Decision boundary", "samples": "Samples", "members": "Members",
          "evaluation": "Evaluation", "embedding": "Embedding",
          "mistakes": "Worst mistakes", "data": "Data", "spec": "Spec", "environment": "Environment"}


def write(run: Run, graph: Graph | None = None, evaluation: Evaluation | None = None) -> Path:
    """Writes `report.html` in a run's folder, whole or not at all, and gives its path.

    Args:
        graph: for the interactive picture; without it the folder's still one is shown.
        evaluation: with its mistakes; without it the page has no figures of a test.

    Raises:
        OSError: the folder cannot be written to, or its disk is full.
    """
    path = run.folder / FILE
    write_text(path, page(run, graph, evaluation), lasting=False)
    return path


def page(run: Run, graph: Graph | None = None, evaluation: Evaluation | None = None, live: Part | None = None) -> str:
    """The report as HTML, of a few megabytes at most; arguments as for `write`.

    With `live`, the page of a run that goes on: that part stands at its top, what moves comes next, and its script moves it.
    """
    info, rows = run.info, list(run.history.rows)
    sections = _moving() if live else {}
    sections |= {name: made for name, made in _sections(run, graph, evaluation, info, rows).items() if name not in sections}
    parts = [_section(name, part) for name, part in sections.items()]
    there = [name for name, part in sections.items() if part.body]
    kit = Part(style=asset("report.css"), script=asset("report.js"))
    return document(f"{info.get('name', run.name)} · report",
                    [kit, _contents(there), Part("<main>"), live or Part(headline(run, info, rows)), *parts, Part("</main>")], live=live is not None)


def _moving() -> dict[str, Part]:
    """The sections of a live page that its script fills."""
    return {"curves": curves.part(()), "boundary": boundary.part()}


def _sections(run: Run, graph: Graph | None, evaluation: Evaluation | None, info: Mapping, rows: list[dict]) -> dict[str, Part]:
    """The sections by name; one without a body is left out of the page."""
    judged = evaluation.as_json() if evaluation else None
    return {
        "trouble": Part(faults([*(info.get("faults", []) if run.state == "failed" else []), *info.get("warnings", [])])),
        "network": _network(run, graph),
        "curves": _training(info, rows),
        "boundary": boundary.part_of(run.folder),
        "samples": gallery.part_of(run.folder),
        "members": Part(members(judged, info)),
        "evaluation": Part(figures(judged) + sequences(evaluation.sequences) + continuations(evaluation.continuations)
                           + reconstructions(evaluation.reconstructions) if judged else ""),
        "embedding": Part(kept(run.folder)),
        "mistakes": Part(mistakes(evaluation.mistakes, info, evaluation.examples) if evaluation else ""),
        "data": Part(about_fields(info)),
        "spec": _spec(run),
        "environment": Part(_environment(info, read_json(run.folder / "environment.json", {}) or {})),
    }


def _section(name: str, part: Part) -> Part:
    title = TITLES[name] if name != "trouble" or 'class="fault error"' in part.body else "Warnings"
    return Part(section(name if name != "curves" else "training", title, part.body), part.style, part.script, part.data)


def _contents(names: list[str]) -> Part:
    links = "".join(f'<a href="#{name if name != "curves" else "training"}">{TITLES[name]}</a>' for name in names if name != "trouble")
    return Part(f'<nav class="screen">{links}<button id="theme" hidden title="light or dark">◐</button></nav>')


def _network(run: Run, graph: Graph | None) -> Part:
    """The picture to click through; on paper, or without scripts, a still one, as an image: its styles are its own."""
    drawn = base64.b64encode(_still(run, graph)).decode()
    kind = "still" if graph is None else "still paper"
    still = f'<img class="{kind}" alt="the network of {escape(run.name)}" src="data:image/svg+xml;base64,{drawn}">' if drawn else ""
    moving = Part() if graph is None else picture(graph)
    return replace(moving, body=moving.body + still)


def _still(run: Run, graph: Graph | None) -> bytes:
    """The picture of the run's folder; one too tall to be read on a sheet of paper is drawn with its blocks closed."""
    try:
        drawn = (run.folder / "graph.svg").read_bytes()
    except OSError:
        drawn = b""
    for depth in (2, 1, 0) if graph else ():
        if drawn and _height(drawn) <= SHEET:
            break
        drawn = drawing(graph, ".svg", depth)
    return drawn


def _height(drawn: bytes) -> float:
    found = re.search(rb'<svg[^>]* height="([\d.]+)"', drawn)
    return float(found[1]) if found else 0.0


def _training(info: Mapping, rows: list[dict]) -> Part:
    if not rows and info.get("members"):
        return Part()  # each member has a report of its own
    if not rows:
        return Part("<p>No epoch was finished, so there are no curves.</p>")
    drawn = curves.part(rows)
    return Part(drawn.body + progress(rows) + facts(_pace(info, rows)), drawn.style, drawn.script, drawn.data)


def _pace(info: Mapping, rows: list[dict]) -> list[tuple[str, object]]:
    """How training was executed, and the share of its time that it waited for data."""
    execution = info.get("execution") or {}
    waited = [(row["waited"], row["seconds"]) for row in rows if "waited" in row and row.get("seconds")]
    total = sum(seconds for _, seconds in waited)
    share = sum(part * seconds for part, seconds in waited) / total if total else None
    return [
        ("waiting for data", None if share is None else f"{share:.0%} of the time"),
        ("steps a call", execution.get("steps_per_execution")),
        ("compiled by XLA", execution.get("jit_compile")),
        ("phases", max(row["phase"] for row in rows)),
    ]


def about_fields(info: Mapping) -> str:
    """The fields, the splits and how often each class is in them, and what was decided or left out."""
    told = info.get("data") or {}
    kept = info.get("fields") or {}
    read = {**{name: "input" for name in info.get("inputs") or {}}, **{field: "target" for field in (info.get("targets") or {}).values()}}
    rows = [(name, _shape(field.get("shape") or ()), field.get("dtype"), _values(field), read.get(name, "not read")) for name, field in kept.items()]
    fields = table(("field", "shape", "dtype", "values", "role"), rows) if rows else ""
    splits = [(name, f"{size:,} examples") for name, size in (told.get("splits") or {}).items()]
    left = [("left out", plural(told["skipped"], "bad example"))] if told.get("skipped") else []
    source = next(iter((info.get("source") or {}).get("source") or {}), None)
    counts = "".join(_counts(name, by_split, (kept.get(name) or {}).get("classes") or ()) for name, by_split in (told.get("classes") or {}).items())
    notes = "".join(f"<li>{ticked(note)}</li>" for note in told.get("notes") or ())
    return facts([("source", source), *splits, *left]) + f'<div class="sides">{fields}{counts}</div>' + (f"<ul>{notes}</ul>" if notes else "")


def _shape(shape) -> str:
    return " × ".join("?" if size is None else str(size) for size in shape) or "one value"


def _values(field: Mapping) -> str | None:
    if names := field.get("classes"):
        return ", ".join(names) if len(names) <= 12 else f"{len(names)} classes"
    return f"{curves.number(field['range'][0])} to {curves.number(field['range'][1])}" if field.get("range") else None


def _counts(field: str, by_split: Mapping[str, list[int]], names) -> str:
    """How many examples of each class there are in each split."""
    count = max(map(len, by_split.values()), default=0)
    if count > LISTED:
        said = "; ".join(f"{split}: {min(counts):,} to {max(counts):,} examples a class" for split, counts in by_split.items())
        return f"<p>{escape(field)}: {count} classes; {escape(said)}.</p>"
    rows = [(names[i] if i < len(names) else str(i), *(counts[i] if i < len(counts) else 0 for counts in by_split.values())) for i in range(count)]
    return table((field, *by_split), rows, "narrow")


def _spec(run: Run) -> Part:
    try:
        text = (run.folder / "spec.yaml").read_text(encoding="utf-8")
    except OSError:
        return Part()
    return Part(f"<p>With imports and overrides worked in; it trains again as it stands.</p>{coloured(text)}" if text.strip() else "")


def _environment(info: Mapping, environment: Mapping) -> str:
    compute, versions = environment.get("compute") or {}, environment.get("versions") or {}
    threads, git = compute.get("threads") or {}, environment.get("git") or {}
    limits = [f"{name} {count}" for name, count in threads.items() if count]
    return facts([
        *((name, versions[name]) for name in PACKAGES if name in versions),
        ("Python", environment.get("python")), ("platform", environment.get("platform")),
        ("device", Raw(" · ".join(map(escape, [str(compute.get("device", "")), *compute.get("gpus", [])]))) if compute else None),
        ("processors", compute.get("cpus")), ("threads", limits or ("as TensorFlow chooses" if compute else None)),
        ("deterministic", compute.get("deterministic")), ("seed", environment.get("seed")),
        ("variables", [f"{name}={value}" for name, value in (environment.get("variables") or {}).items()]),
        ("git", code(git["commit"][:12] + (" and changes not committed" if git.get("changed") else "")) if git.get("commit") else None),
        ("data", code(environment["data"][:16]) if environment.get("data") else None),
        ("command", code(info["command"]) if info.get("command") else None),
    ])
