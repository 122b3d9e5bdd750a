"""Time a brick for laying out and drawing chains of 500, 2,000 and 8,000 bricks; it should stay flat."""

import gc
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "draw")]

import fakes
from side_by_side import Figure, keep

from builder.draw import figure, layout, svg

LENGTHS = (500, 2000, 8000)
ROUNDS = 5


def once(graph, length: int) -> float:
    """Processor microseconds a brick from graph to SVG text."""
    gc.collect()
    start = time.process_time()
    svg(layout(figure(graph)))
    return (time.process_time() - start) / length * 1e6


def main(quick: bool = False) -> None:
    for name, make in (("chain", fakes.chain), ("residual chain", fakes.residual_chain)):
        graphs = {length: make(length) for length in LENGTHS}
        rounds = [[once(graph, length) for length, graph in graphs.items()] for _ in range(2 if quick else ROUNDS)]
        times = [min(column) for column in zip(*rounds, strict=True)]
        told = ", ".join(f"{length:,}: {each:.1f} µs" for length, each in zip(LENGTHS, times, strict=True))
        growth = sorted(one[-1] / one[0] for one in rounds)
        keep(Figure(f"laying out and drawing a {name} of 8,000, time a brick", "500", times[-1] / times[0], growth[0], growth[-1], told))


if __name__ == "__main__":
    main()
