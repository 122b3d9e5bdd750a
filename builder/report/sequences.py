"""Sequences that a model made, beside those it was to make and what it looked at meanwhile, for the report."""

from collections.abc import Sequence
from html import escape

from builder.report.figures import SHADES
from builder.report.markup import Raw, plural, table
from builder.training.sequences import Sequences


def sequences(found: Sequences | None) -> str:
    """Some of them in a table, wrong ones first; empty where none were made."""
    if found is None:
        return ""
    given = any(one["given"] for one in found.shown)
    rows = [(*([one["given"]] if given else []), one["said"], Raw("&#10003;") if one["said"] == one["wanted"] else one["wanted"]) for one in found.shown]
    head = (*(["given"] if given else []), "said", "wanted")
    said = f"<h3>Sequences made</h3><p>Of {plural(found.examples, 'example')}, {found.exact:.1%} exact, BLEU {found.bleu:.1f}; some of them, wrong ones first.</p>"
    return said + table(head, rows) + _looked_at([one["attention"] for one in found.shown if "attention" in one])


def _looked_at(some: Sequence[dict]) -> str:
    """What was looked at for each word said: a table for each of some examples, words given across and words said down."""
    if not some:
        return ""
    tables = "".join(f"<div>{_weights(one)}</div>" for one in some)
    return f'<h3>What was looked at</h3><p>For each word said, a row, the words given: the stronger the colour, the more (<code>{escape(some[0]["wire"])}</code>).</p><div class="looks">{tables}</div>'


def _weights(one: dict) -> str:
    head = "".join(f"<th><span>{escape(word)}</span></th>" for word in one["across"])
    rows = "".join(f"<tr><th>{escape(word)}</th>{''.join(map(_shaded, row))}</tr>" for word, row in zip(one["down"], one["weights"], strict=True))
    return f'<table class="matrix turned"><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _shaded(share: float) -> str:
    return f'<td class="h{round(share * SHADES)}" title="{share:.0%}"></td>'


def continuations(made: Sequence[dict]) -> str:
    """What a model of language goes on to say, ends of lines kept, the beginnings that it was given in bold."""
    if not made:
        return ""
    texts = "".join(f"<pre><b>{escape(one['given'])}</b>{escape(_after(one))}</pre>" for one in made)
    return f"<h3>Sequences made</h3><p>The beginnings in bold were given.</p>{texts}"


def _after(one: dict) -> str:
    return one["said"].removeprefix(one["given"])
