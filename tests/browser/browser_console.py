"""What a page said to the console and asked of the network since it was last asked."""

import json


def clear(browser) -> None:
    browser.get("about:blank")
    browser.get_log("browser"), browser.get_log("performance")


def complaints(browser) -> list[str]:
    """Errors and warnings of the console, refusals by the content security policy among them."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def fetched(browser) -> list[str]:
    """Every address that a page asked for, beyond itself."""
    said = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [each["params"]["request"]["url"] for each in said if each["method"] == "Network.requestWillBeSent"]
    return [url for url in asked if not url.startswith(("file://", "data:", "blob:", "about:"))]
