"""The members of an ensemble in its report: each by itself and all together, on the same examples."""

from collections.abc import Mapping
from html import escape

from builder.report.curves import is_number, number
from builder.report.headline import is_greater_better
from builder.report.markup import Best, Figure, Raw, table

WAYS = {"mean": "the mean of what they say", "vote": "a vote, a tie going to the mean", "weighted": "the mean of what they say, some counting for more"}


def members(judged: Mapping | None, info: Mapping) -> str:
    """A row a member, their mean, and all of them together; the best of each column stands out."""
    told = (judged or {}).get("members")
    if not told:
        return ""
    links = {one["name"]: _link(one) for one in info.get("members", [])}
    seeds = {one["name"]: one.get("seed") for one in info.get("members", [])}
    names = [name for name, value in judged["metrics"].items() if is_number(value)]
    rows = [*told.items(), ("mean of the members", means(told)), ("together", judged["metrics"])]
    best = {name: (max if is_greater_better(name) else min)(row[name] for _, row in rows if name in row) for name in names}
    lines = [(links.get(who, Raw(escape(who))), seeds.get(who), *(_figure(row.get(name), best[name]) for name in names)) for who, row in rows]
    way = escape(WAYS.get(judged.get("combine", ""), ""))
    return f"<p>{len(told)} members on the {escape(judged['split'])} split, together by {way}.</p>{table(('member', 'seed', *names), lines)}{_shares(info)}"


def means(told: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The mean of each metric over the members."""
    names = dict.fromkeys(name for row in told.values() for name in row)
    return {name: sum(row[name] for row in told.values()) / len(told) for name in names if all(name in row for row in told.values())}


def _link(one: Mapping) -> Raw:
    """A member's name, leading to its own report where it was trained here."""
    name = escape(one["name"])
    return Raw(f'<a href="{escape(one["run"])}/report.html">{name}</a>' if one.get("ours") and one.get("run") else name)


def _figure(value: float | None, best: float) -> Figure | None:
    return None if value is None else (Best if value == best else Figure)(number(value))


def _shares(info: Mapping) -> str:
    """How much each member counts, where not all count alike."""
    found = info.get("weights_of_members") or {}
    rows = [(output, *(Figure(f"{share:.3f}") for share in shares)) for output, shares in found.items()]
    return "<p>How much each counts:</p>" + table(("output", *(one["name"] for one in info.get("members", []))), rows) if rows else ""
