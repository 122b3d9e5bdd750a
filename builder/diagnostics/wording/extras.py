"""What is said where an optional package is missing."""

from builder.diagnostics.words import Words, worded


@worded("missing-extra")
def missing_extra(feature: str, extra: str) -> Words:
    return Words(
        f"{feature} needs packages that are not installed",
        help=f"install them: `pip install \"keras-bricks[{extra}]\"`",
    )
