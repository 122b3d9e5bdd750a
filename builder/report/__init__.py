"""The report of a run: one page that can be handed in or mailed."""

from builder.report.closing import Heard, about_data, close, conclude, reported
from builder.report.page import FILE, page, write

__all__ = ["FILE", "Heard", "about_data", "close", "conclude", "page", "reported", "write"]
