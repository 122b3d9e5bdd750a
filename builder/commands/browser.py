"""The user's browser, if there is one to open."""

import os
import sys
import webbrowser


def browse(address: str) -> bool:
    """Opens an address in a window of its own; False where there is no browser that has one.

    On Linux without a display Python would start a browser that takes over the terminal, which training has.
    """
    windows = sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    return windows and webbrowser.open(address)
