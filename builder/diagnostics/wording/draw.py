"""What is said when a picture cannot be drawn."""

from builder.diagnostics.words import Words, listed, worded


@worded("picture-format")
def picture_format(suffix: str, formats: tuple[str, ...]) -> Words:
    title = f"there is no picture format `{suffix}`" if suffix else "the name of a picture must end in its format"
    return Words(title, help="end the name in one of: " + listed(f"`{name}`" for name in formats))


@worded("no-browser")
def no_browser(path: str) -> Words:
    return Words(f"no browser could be opened here; the picture is written to `{path}`",
                 help="copy it to where a browser is, or set BROWSER to the command of one")
