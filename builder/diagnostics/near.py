"""The nearest right names to a wrong one."""

import difflib
from collections.abc import Iterable


def near(wrong: object, names: Iterable[str], most: int = 3) -> list[str]:
    """Up to `most` of `names` close to `wrong`, best first; case counts little."""
    wrong = str(wrong)[:100]
    folded: dict[str, list[str]] = {}
    for name in names:
        folded.setdefault(name.lower(), []).append(name)
    found = difflib.get_close_matches(wrong.lower(), folded, n=most, cutoff=0.6 if len(wrong) > 3 else 0.5)
    return [name for match in found for name in folded[match]][:most]
