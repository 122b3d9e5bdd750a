"""Sequences that a model made of texts, images or films, beside those it was to make and what it looked at meanwhile, for the report."""

from collections.abc import Sequence
from html import escape

import numpy as np

from builder.report.figures import SHADES
from builder.report.images import is_film, is_seen, picture
from builder.report.markup import Raw, plural, table
from builder.training.sequences import Sequences


def sequences(found: Sequences | None) -> str:
    """Some of them in a table, wrong ones first; empty where none were made."""
    if found is None:
        return ""
    said = (f"<h3>Sequences made</h3><p>Of {plural(found.examples, 'example')}, {found.exact:.1%} exact, BLEU {found.bleu:.1f}; some of them, wrong ones "
            f"first.</p>")
    looked = _looked_at([one["attention"] for one in found.shown if "attention" in one])
    return said + (_pictured(found) or _rows(found.shown)) + _swapped(found.swapped) + looked


def _rows(shown: Sequence[dict]) -> str:
    given = any(one["given"] for one in shown)
    rows = [(*([one["given"]] if given else []), one["said"], Raw("&#10003;") if one["said"] == one["wanted"] else one["wanted"]) for one in shown]
    return table((*(["given"] if given else []), "said", "wanted"), rows)


def _pictured(found: Sequences) -> str:
    """Cards of the images that sequences were made of, of a film its frames in a row; empty where they were made of neither."""
    seen = {name: is_film(np.shape(value)) for name, value in (found.inputs[0] if found.inputs else {}).items() if is_seen(np.shape(value))}
    cards = "".join(_card(one, "".join(_image(inputs[name], name) for name in seen)) for one, inputs in zip(found.shown, found.inputs))
    return f'<div class="cards told{" films" if any(seen.values()) else ""}">{cards}</div>' if seen else ""


def _card(one: dict, images: str) -> str:
    right = one["said"] == one["wanted"]
    said, wanted = (escape(one[name]) or "<i>nothing</i>" for name in ("said", "wanted"))
    words = f"<p>{said} &#10003;</p>" if right else f'<p>said <b class="said">{said}</b><br>wanted <b>{wanted}</b></p>'
    given = f"<p>{escape(one['given'])}</p>" if one["given"] else ""
    return f'<div class="card"><div class="images">{images}</div>{given}{words}</div>'


def _image(values: np.ndarray, name: str) -> str:
    return f'<figure><img alt="{escape(name)}" src="{picture(values)}"></figure>'


def _swapped(found: Sequence[dict]) -> str:
    """Which words were said in place of which."""
    if not found:
        return ""
    rows = [(one["wanted"] or Raw("<i>nothing</i>"), one["said"] or Raw("<i>nothing</i>"), one["times"], one["of"] or None) for one in found]
    note = "<p>How many times, and of how many that the word was wanted; words were laid beside those of the right sequence.</p>"
    return f"<h3>Words said in place of others</h3>{note}{table(('wanted', 'said', 'times', 'of'), rows)}"


def _looked_at(some: Sequence[dict]) -> str:
    """What was looked at for each word said: a table for each of some examples, words given across and words said down."""
    if not some:
        return ""
    tables = "".join(f"<div>{_weights(one)}</div>" for one in some)
    return (f'<h3>What was looked at</h3><p>For each word said, a row, the words given: the stronger the colour, the more '
            f'(<code>{escape(some[0]["wire"])}</code>).</p><div class="looks">{tables}</div>')


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
