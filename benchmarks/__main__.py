"""Every figure of README in one run: `python benchmarks` (about ten minutes), or `python benchmarks waiting compiling`."""

import importlib
import sys
from pathlib import Path

ALL = ("waiting", "layout", "compiling", "training")

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1])]
    for name in sys.argv[1:] or ALL:
        print(f"-- {name}", flush=True)
        importlib.import_module(name).main()
