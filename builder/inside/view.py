"""What was looked at as a picture in a file: PNG, SVG, or a page that needs nothing else."""

import base64
import io
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import numpy as np

from builder.diagnostics import fail
from builder.draw.document import Part, document
from builder.inside.picture import enlarged
from builder.training.curves import INK, MUTED
from builder.training.files import write_whole

FORMATS = (".png", ".svg", ".html")
HIGH, EDGE, TOP = 3.4, 0.45, 1.0  # inches: a panel, the space round it, the room for the title
STYLE = """\
.inside { max-width: 1200px; margin: 0 auto; padding: 28px 20px 60px; }
.inside h1 { font-size: 1.45rem; margin: 0 0 4px; }
.inside > p { color: var(--grey); margin: 0 0 20px; }
.inside div { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 1fr)); gap: 24px; align-items: start; }
.inside figure { margin: 0; }
.inside img { display: block; max-width: 100%; max-height: 85vh; border: 1px solid var(--rule); image-rendering: pixelated; }
.inside figcaption { padding-top: 6px; max-width: 30rem; }
.inside small { display: block; color: var(--grey); }
"""


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture, uint8 (height, width, 3), its heading and what it shows."""

    image: np.ndarray
    title: str
    note: str = ""


@dataclass(frozen=True, eq=False)
class View:
    """Pictures side by side. `values` are the numbers behind them, by name; `name` is good for a file."""

    name: str
    title: str
    note: str
    panels: tuple[Panel, ...]
    values: Mapping[str, np.ndarray] = field(default_factory=dict)

    def save(self, path: str | Path) -> Path:
        """Writes the picture, whole or not at all; the ending of the name picks the format: .png, .svg or .html.

        Raises:
            SpecError: `picture-format` for another ending.
            OSError: the file cannot be written.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in FORMATS:
            raise fail("picture-format", suffix=suffix, formats=FORMATS)
        data = self.page().encode() if suffix == ".html" else self._drawn(suffix[1:])
        write_whole(path, lambda temporary: temporary.write_bytes(data), lasting=False)
        return path

    def page(self) -> str:
        """The pictures as HTML that needs no network."""
        figures = "".join(f'<figure><img alt="{escape(panel.title)}" src="{_address(panel.image)}"><figcaption>{escape(panel.title)}'
                          f"<small>{escape(panel.note)}</small></figcaption></figure>" for panel in self.panels)
        body = f'<main class="inside"><h1>{escape(self.title)}</h1><p>{escape(self.note)}</p><div>{figures}</div></main>'
        return document(self.title, [Part(body, STYLE)])

    def _drawn(self, kind: str) -> bytes:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        widths = [HIGH * min(3.5, max(0.6, panel.image.shape[1] / panel.image.shape[0])) for panel in self.panels]
        width, height = max(sum(widths) + EDGE * (len(widths) + 1), 6.0), HIGH + TOP + EDGE
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        figure.text(EDGE / width, 1 - 0.35 / height, self.title, color=INK, fontsize=12)
        figure.text(EDGE / width, 1 - 0.6 / height, self.note, color=MUTED, fontsize=9)
        for place, panel in enumerate(self.panels):
            left = EDGE * (place + 1) + sum(widths[:place])
            axis = figure.add_axes((left / width, EDGE / height, widths[place] / width, HIGH / height), anchor="NW")
            axis.imshow(enlarged(panel.image), interpolation="nearest")
            axis.set_title(panel.title, color=INK, fontsize=10, loc="left")
            axis.set_xlabel(textwrap.fill(panel.note, max(36, int(widths[place] * 14))), color=MUTED, fontsize=8, loc="left")
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
        file = io.BytesIO()
        with matplotlib.rc_context({"svg.hashsalt": "bricks"}):  # the same bytes for the same picture
            figure.savefig(file, format=kind, dpi=130, **({"metadata": {"Date": None}} if kind == "svg" else {}))
        return file.getvalue()


def _address(picture: np.ndarray) -> str:
    from PIL import Image  # Matplotlib brings it

    file = io.BytesIO()
    Image.fromarray(enlarged(picture)).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
