"""Two ways of doing one thing, timed in turn: what is quoted is the ratio of a pair, for machines are noisy."""

import statistics
import time
from collections.abc import Callable


def ratio(name: str, ours: Callable[[], float], theirs: Callable[[], float], rounds: int = 5) -> float:
    """Prints and gives the median of ours / theirs over pairs run one after the other; each call gives its seconds."""
    pairs = [(ours(), theirs()) if i % 2 == 0 else (theirs(), ours())[::-1] for i in range(rounds)]
    ratios = sorted(a / b for a, b in pairs)
    middle = statistics.median(ratios)
    a, b = (statistics.median(side) for side in zip(*pairs))
    print(f"{name:<58} {middle:6.3f}   ({ratios[0]:.3f} to {ratios[-1]:.3f};  {a * 1000:.1f} ms against {b * 1000:.1f} ms)", flush=True)
    return middle


def timed(work: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
