"""What a person waits for before anything happens: `build --help` and a fault of the language against importing Keras."""

import subprocess
import sys
import tempfile
from pathlib import Path

from side_by_side import ratio, timed

WRONG = "name: wrong\nmodel:\n  inputs: {x: [4]}\n  layers:\n    - Dens: 10\n"


def process(*words: str) -> float:
    """Seconds that a Python process takes from its start to its end."""
    return timed(lambda: subprocess.run([sys.executable, *words], capture_output=True, check=False))


def main(quick: bool = False) -> None:
    spec = Path(tempfile.mkdtemp()) / "wrong.yaml"
    spec.write_text(WRONG)
    process("-m", "builder", "check", str(spec))  # the catalogue of signatures is made once and kept
    keras = lambda: process("-c", "import keras")
    rounds, against = 3 if quick else 5, '`python -c "import keras"`'
    ratio("`build --help`", against, lambda: process("-m", "builder", "--help"), keras, rounds)
    ratio("a language error", against, lambda: process("-m", "builder", "check", str(spec)), keras, rounds)


if __name__ == "__main__":
    main()
