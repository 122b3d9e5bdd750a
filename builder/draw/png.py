"""The SVG as PNG, through resvg and with a font that does not depend on the machine."""

import math
import re

from builder.diagnostics import fail

LARGEST, PIXELS = 16_000, 80_000_000


def to_png(svg: str, zoom: float = 2.0) -> bytes:
    """Renders an SVG of ours; very long pictures are drawn smaller than `zoom` asks, so that they fit in memory.

    Raises:
        SpecError: `missing-extra` where resvg-py is not installed.
    """
    try:
        import resvg_py
    except ImportError:
        raise fail("missing-extra", feature="drawing PNG", extra="png") from None
    fonts = _fonts()
    return bytes(resvg_py.svg_to_bytes(
        svg_string=svg, zoom=_fitting(svg, zoom), font_dirs=fonts, sans_serif_family="DejaVu Sans",
        font_family="DejaVu Sans", skip_system_fonts=bool(fonts),
    ))


def _fonts() -> list[str]:
    """Matplotlib, which training's curves need anyway, brings DejaVu Sans."""
    try:
        import matplotlib
    except ImportError:
        return []
    return [matplotlib.get_data_path() + "/fonts/ttf"]


def _fitting(svg: str, zoom: float) -> float:
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
    width, height = (float(size[1]), float(size[2])) if size else (1.0, 1.0)
    return min(zoom, LARGEST / max(width, height), math.sqrt(PIXELS / (width * height)))
