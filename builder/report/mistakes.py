"""The worst mistakes of a model, as images where its inputs can be looked at, else as rows."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from builder.report.images import classes, is_seen, picture
from builder.report.markup import Figure, Raw, cell, plural, table
from builder.training.mistakes import MOST, Mistake, plain_numbers, text_of

COLUMNS = 16
LONGEST = 300


def mistakes(found: Mapping[str, Sequence[Mistake]], info: Mapping, examples: int) -> str:
    """The worst of each output; with several outputs, fewer of each, so that the page stays small."""
    most = max(6, MOST // max(1, len(found)))
    parts = []
    for output, worst in found.items():
        title = f"<h3>{escape(output)}</h3>" if len(found) > 1 else ""
        body = _shown(worst[:most], output, info) if worst else f"<p>None among {plural(examples, 'example')}.</p>"
        parts.append(title + body)
    return "".join(parts)


def _shown(worst: Sequence[Mistake], output: str, info: Mapping) -> str:
    pictured = [name for name, value in worst[0].inputs.items() if is_seen(np.shape(value))]
    head = f"<p>{_order(worst[0])}; numbers are places in the split, from 0.</p>"
    if pictured or worst[0].maps:
        return head + f'<div class="cards">{"".join(_card(one, pictured, output, info) for one in worst)}</div>'
    return head + _rows(worst, info)


def _order(mistake: Mistake) -> str:
    if "sure" in mistake.facts:
        return "The examples told wrong most surely"
    return "The greatest errors" if "error" in mistake.facts else "The examples with the greatest share wrong"


def _card(mistake: Mistake, pictured: Sequence[str], output: str, info: Mapping) -> str:
    """One mistake with its images: the inputs, and where the output is a map, the true one and the one said."""
    given = [(name if len(pictured) > 1 or mistake.maps else "", picture(mistake.inputs[name], _span(info, name))) for name in pictured]
    if mistake.maps:
        paint = classes if mistake.maps[0].ndim == 2 else (lambda values: picture(values, _span(info, (info.get("targets") or {}).get(output))))
        given += [("true", paint(mistake.maps[0])), ("said", paint(mistake.maps[1]))]
    images = "".join(f'<figure><img alt="{escape(name or "input")} of example {mistake.index}" src="{address}">'
                     f"<figcaption>{escape(name)}</figcaption></figure>" for name, address in given)
    rest = [f"{escape(name)} {_told(value, info, name)}" for name, value in mistake.inputs.items() if name not in pictured]
    return f'<div class="card"><div class="images">{images}</div>{_verdict(mistake)}{"".join(f"<p>{one}</p>" for one in rest)}</div>'


def _verdict(mistake: Mistake) -> str:
    said = mistake.facts
    words = f'<p>said <b class="said">{cell(said["said"])}</b>{_sure(said)}<br>true <b>{cell(said["true"])}</b></p>' if "said" in said else ""
    return f'{words}<small class="nth">#{mistake.index}{_measure(said)}</small>'


def _sure(said: Mapping) -> str:
    return f" {said['sure']:.1%}" if said.get("sure") is not None else ""


def _measure(said: Mapping) -> str:
    if "wrong" in said:
        return f" · {said['wrong']:.1%} wrong"
    return f" · error {cell(said['error'])}" if "error" in said else ""


def _rows(worst: Sequence[Mistake], info: Mapping) -> str:
    """A row a mistake: what was said first, then the fields."""
    names = list(worst[0].inputs)[:COLUMNS]
    measure = next((name for name in ("sure", "error", "wrong") if name in worst[0].facts), None)
    lines = [[Raw(f'<b class="said">{cell(one.facts.get("said"))}</b>'), Raw(f'<b>{cell(one.facts.get("true"))}</b>'), _figure(one, measure),
              *(_cell(one.inputs[name], info, name) for name in names), one.index] for one in worst]
    more = len(worst[0].inputs) - len(names)
    note = f"<p>And {plural(more, 'field')} more.</p>" if more > 0 else ""
    return table(("said", "true", measure or "", *names, "number"), lines, "rows") + note


def _figure(mistake: Mistake, measure: str | None) -> object:
    value = mistake.facts.get(measure) if measure else None
    return value if value is None or measure == "error" else Figure(f"{value:.1%}")


def _cell(value: object, info: Mapping, name: str) -> Raw | Figure:
    numeric = np.size(value) == 1 and np.asarray(value).dtype.kind in "iuf" and not (info.get("fields") or {}).get(name, {}).get("classes")
    return (Figure if numeric else Raw)(_told(value, info, name))


def _told(value: object, info: Mapping, name: str) -> str:
    """A value of a field: its text, the name of its class, or its numbers."""
    value = np.asarray(value)
    if value.dtype == object or value.dtype.kind in "US":
        return escape(" · ".join(_cut(text_of(one)) for one in value.ravel()[:8]))
    names = (info.get("fields") or {}).get(name, {}).get("classes")
    if names and value.size == 1 and 0 <= int(value.item()) < len(names):
        return escape(names[int(value.item())])
    if value.size > 12:
        return f"{' × '.join(map(str, value.shape))} values"
    return cell(plain_numbers(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _span(info: Mapping, name: str | None) -> tuple[float, float] | None:
    """What is black and white in a field, by the range of its numbers."""
    found = (info.get("fields") or {}).get(name, {}).get("range")
    return tuple(found) if found else None
