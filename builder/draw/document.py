"""One self-contained HTML page out of parts: no network, nothing that runs but what stands in it."""

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files


@dataclass(frozen=True)
class Part:
    """A piece of a page: markup (escaped by who made it), CSS, JavaScript, and values the script reads.

    Each value of `data` becomes a block of JSON whose id is its name.
    """

    body: str = ""
    style: str = ""
    script: str = ""
    data: Mapping[str, object] = field(default_factory=dict)


def asset(name: str) -> str:
    """The text of a file in `builder/draw/web`."""
    return (files("builder.draw") / "web" / name).read_text(encoding="utf-8")


def document(title: str, parts: Iterable[Part], live: bool = False) -> str:
    """The page of these parts, in order; a `live` one may talk to the server it came from, any other to nobody.

    Styles and scripts are allowed by their digests alone, so that markup which slipped through unescaped
    could still run nothing.
    """
    parts = [Part(style=asset("base.css"), script=asset("base.js")), *parts]
    style = "\n".join(dict.fromkeys(part.style for part in parts if part.style))
    script = "\n".join(dict.fromkeys(part.script for part in parts if part.script))
    data = "\n".join(_data(name, value) for part in parts for name, value in part.data.items())
    body = "\n".join(part.body for part in parts if part.body)
    return (f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script, live)}">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
            f"<title>{html.escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n{data}\n"
            f"<script>{script}</script>\n</body>\n</html>\n")


def _policy(style: str, script: str, live: bool) -> str:
    talk = "; connect-src 'self'" if live else ""
    return (f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; img-src data:{talk}; "
            "base-uri 'none'; form-action 'none'")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _data(name: str, value: object) -> str:
    """JSON that no text in it can end early."""
    said = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{html.escape(name)}">{said}</script>'
