"""Originals beside what a model made of them, and what it makes of other latents, for the report."""

from collections.abc import Mapping
from html import escape

import numpy as np

from builder.report.images import sheet
from builder.training.reconstructions import Latents, Reconstruction

COLUMNS = 15


def reconstructions(found: Mapping[str, Reconstruction]) -> str:
    """The examples of each wire that is compared with images, the original first; empty where there is none."""
    return "".join(_reconstruction(one) for one in found.values())


def figures_of(one: Reconstruction, name: str) -> str:
    """`mean squared error 0.0169, 17.7 dB` of a wire of images; empty where it has none."""
    if name not in one.errors:
        return ""
    decibels = one.psnr(name)
    return f"mean squared error {one.errors[name]:.4g}" + ("" if decibels is None else f", {decibels:.1f} dB")


def _reconstruction(one: Reconstruction) -> str:
    names = [*((name, "what the network got") for name in one.given), (one.wire, "what it made")]
    strips = (_strip(one, name, role, one.images[name], figures_of(one, name)) for name, role in names)
    rows = "".join([_strip(one, one.target, "original", one.originals), *strips])
    note = (f"<p>The first examples of the split. Errors are means over all of it; decibels (PSNR) take the original's range, {one.span[1] - one.span[0]:g}, "
            f"for the peak.</p>")
    return f"<h3>{escape(one.wire)} beside {escape(one.target)}</h3>{note}{rows}{_latents(one, one.latents) if one.latents else ''}"


def _strip(one: Reconstruction, name: str, role: str, images: np.ndarray, figures: str = "") -> str:
    # what reaches beyond the original's range is cut off, as a screen would
    said = f"<b>{escape(role)}</b> <code>{escape(name)}</code>{f' · {figures}' if figures else ''}"
    return _figure(said, f"{role}: {len(images)} images", sheet(images, len(images), one.span), "strip")


def _latents(one: Reconstruction, latents: Latents) -> str:
    rows, columns = latents.walk.shape[:2]
    images = latents.walk.reshape(rows * columns, *latents.walk.shape[2:])
    walk = _figure(f"<b>a walk through the latents</b> {_way(latents)}", "a walk through the latents", sheet(images, columns, one.span),
                   "walk" if rows == columns else "strip")
    if latents.samples is None:
        return walk
    drawn = f"<b>samples</b> of latents drawn by chance from the normal distribution, {latents.size} numbers each"
    return walk + _figure(drawn, "samples of random latents", sheet(latents.samples, COLUMNS, one.span), "strip")


def _way(latents: Latents) -> str:
    if latents.size != 2:
        return f"of {latents.size} numbers: each row on a straight way from one example to another"
    spread = "the normal distribution" if latents.normal else "the latents of the examples"
    return f"the first number growing to the right, the second upward, in steps of equal shares of {spread}"


def _figure(caption: str, alternative: str, address: str, kind: str) -> str:
    return f'<figure class="sheet {kind}"><figcaption>{caption}</figcaption><img alt="{escape(alternative)}" src="{address}"></figure>'
