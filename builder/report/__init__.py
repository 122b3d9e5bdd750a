"""The report of a run: one page that can be handed in or mailed."""

from builder.report.closing import Heard, about_data, close, conclude, reported
from builder.report.gallery import with_samples
from builder.report.page import FILE, page, write
from builder.report.samples import Photographer

__all__ = ["FILE", "Heard", "Photographer", "about_data", "close", "conclude", "page", "reported", "with_samples", "write"]
