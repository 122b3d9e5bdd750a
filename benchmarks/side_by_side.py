"""Two ways of doing one thing, timed in turn: what is quoted is the ratio of a pair, for machines are noisy."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

FOUND: list["Figure"] = []


@dataclass(frozen=True)
class Figure:
    """One row of README: what of ours against what, the median ratio of the pairs, its range, and the same in absolute numbers."""

    ours: str
    against: str
    ratio: float
    low: float
    high: float
    told: str = ""


def ratio(ours: str, against: str, one: Callable[[], float], other: Callable[[], float], rounds: int = 5) -> float:
    """Prints, keeps and gives the median of ours / theirs over pairs run one after the other; each call gives its seconds."""
    pairs = [(one(), other()) if i % 2 == 0 else (other(), one())[::-1] for i in range(rounds)]
    ratios = sorted(a / b for a, b in pairs)
    a, b = (statistics.median(side) for side in zip(*pairs, strict=True))
    return keep(Figure(ours, against, statistics.median(ratios), ratios[0], ratios[-1], f"{seconds(a)} against {seconds(b)}")).ratio


def keep(figure: Figure) -> Figure:
    """Prints a figure and keeps it for README's table."""
    FOUND.append(figure)
    print(f"{figure.ours} against {figure.against}\n    {figure.ratio:.3f}   ({figure.low:.3f} to {figure.high:.3f};  {figure.told})", flush=True)
    return figure


def seconds(value: float) -> str:
    """A time for a person."""
    return f"{value:.1f} s" if value >= 10 else f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"


def timed(work: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def worked(work: Callable[[], object]) -> float:
    """Seconds that processors work on one call: what else runs on the machine takes none of them."""
    start = time.process_time()
    work()
    return time.process_time() - start
