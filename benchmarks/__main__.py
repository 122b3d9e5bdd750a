"""Every figure of README in one run: `python benchmarks`; some of them: `python benchmarks waiting compiling`.

`--quick` takes fewer rounds and epochs; `--write` brings README's table, or the rows of some of them, up to what was found.
"""

import importlib
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ALL = ("waiting", "first_step", "epochs", "training", "programs", "cells", "streaming", "images", "compiling", "layout", "picture")


def main(words: list[str]) -> None:
    quick, write = "--quick" in words, "--write" in words
    names = [word for word in words if not word.startswith("--")] or ALL
    unknown = {word for word in words if word.startswith("--")} - {"--quick", "--write"} | set(names) - set(ALL)
    if unknown or write and quick:
        sys.exit(f"python benchmarks [--quick] [{' | '.join(ALL)}], or a run with --write that is not quick")
    for name in names:
        print(f"-- {name}", flush=True)
        importlib.import_module(name).main(quick)
    if write:
        from readme import write as put
        from side_by_side import FOUND

        put(FOUND, whole=set(names) == set(ALL))


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1])]
    main(sys.argv[1:])
