"""How wide a text will be, without a font: widths of a wide sans serif, so that a narrower one always fits."""

import unicodedata

# Hundredths of the font size in DejaVu Sans, about as wide as Verdana and wider than Arial, Segoe UI and Roboto.
_WIDTHS = {
    27: "'", 28: "ijl", 29: "IJ", 32: " ,.·", 34: "/:;\\|", 35: "f", 36: "-", 39: "()[]t", 41: "r!", 46: '"', 50: "*_`",
    52: "sz", 53: "?", 55: "c", 56: "L", 58: "Fk", 59: "vxy", 61: "PTYao", 63: "ESbdeghnpqu", 64: "$0123456789{}",
    66: "K", 68: "AV", 70: "BCRXZ", 75: "UHN", 78: "DG&", 79: "OQ", 82: "w", 84: "#+<=>^~×→", 86: "M", 97: "%m",
    100: "W@…",
}
_WIDTH = {char: width / 100 for width, chars in _WIDTHS.items() for char in chars}
BOLD = 1.15


def width(text: str, size: float, bold: bool = False) -> float:
    """An upper bound of the width of `text` at a font size, in the same unit."""
    return sum(_WIDTH.get(char) or _other(char) for char in text) * size * (BOLD if bold else 1.0)


def _other(char: str) -> float:
    """Wide scripts and emoji take a full em, marks that combine take nothing."""
    if unicodedata.combining(char):
        return 0.0
    return 1.05 if unicodedata.east_asian_width(char) in "WF" else 0.82


def fitted(text: str, most: float, size: float, bold: bool = False) -> str:
    """The text, its middle left out if it would be wider than `most`: both ends of a path tell something."""
    if width(text, size, bold) <= most:
        return text
    keep = len(text)
    while keep > 2 and width(text[: (keep + 1) // 2] + "…" + text[len(text) - keep // 2 :], size, bold) > most:
        keep -= max(1, keep // 8)
    return text[: (keep + 1) // 2] + "…" + text[len(text) - keep // 2 :]
