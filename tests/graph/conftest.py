"""Helpers of the graph's tests: a text laid with the fake catalogue, and what of a graph counts as the same."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
