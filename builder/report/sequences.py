"""Sequences that a model made, beside those it was to make, for the report."""

from collections.abc import Sequence
from html import escape

from builder.report.markup import Raw, plural, table
from builder.training.sequences import Sequences


def sequences(found: Sequences | None) -> str:
    """Some of them in a table, wrong ones first; empty where none were made."""
    if found is None:
        return ""
    given = any(one["given"] for one in found.shown)
    rows = [(*([one["given"]] if given else []), one["said"], Raw("&#10003;") if one["said"] == one["wanted"] else one["wanted"]) for one in found.shown]
    head = (*(["given"] if given else []), "said", "wanted")
    return f"<h3>Sequences made</h3><p>Of {plural(found.examples, 'example')}, {found.exact:.1%} exact, BLEU {found.bleu:.1f}; some of them, wrong ones first.</p>{table(head, rows)}"


def continuations(made: Sequence[dict]) -> str:
    """What a model of language goes on to say, ends of lines kept, the beginnings that it was given in bold."""
    if not made:
        return ""
    texts = "".join(f"<pre><b>{escape(one['given'])}</b>{escape(_after(one))}</pre>" for one in made)
    return f"<h3>Sequences made</h3><p>The beginnings in bold were given.</p>{texts}"


def _after(one: dict) -> str:
    return one["said"].removeprefix(one["given"])
