"""Other Python processes, with TensorFlow's chatter kept apart from what they say."""

import os
import re
import subprocess
import sys

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"}


def run(*arguments: object, path: str = "") -> str:
    """Runs this Python anew, without a GPU (its memory is taken by this process); gives all that it wrote.

    Args:
        arguments: what follows `python`.
        path: a folder its imports are looked for in, before the others.

    Raises:
        subprocess.CalledProcessError: it failed; `output` is all that it wrote.
    """
    environment = {**os.environ, **QUIET}
    if path:
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [path, os.environ.get("PYTHONPATH")]))
    words = [sys.executable, *map(str, arguments)]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          env=environment, check=True)
    return done.stdout


def reason(text: str, most: int = 240) -> str:
    """The sentence of a long message that says what is wrong.

    That is what the first exception says, the cause of those after it, else the first line; cut to a sentence.
    """
    lines = [line.rstrip() for line in text.splitlines() if line.strip()] or ["no reason was given"]
    raised = [line for line in lines if re.match(r"[A-Za-z_][\w.]*(Error|Exception|Fail|Invalid\w*): ", line)]
    told = re.sub(r"^[A-Za-z_][\w.]*: ", "", raised[0]) if raised else lines[0].strip()
    told = told.removeprefix("Exception encountered: ")
    sentence = re.split(r"(?<=[a-z)`'\"\]])\. (?=[A-Z])", told)[0]
    return sentence if len(sentence) <= most else sentence[: most - 3] + "..."
