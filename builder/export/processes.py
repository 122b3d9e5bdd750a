"""Other Python processes, with TensorFlow's chatter kept apart from what they say."""

import os
import re
import subprocess
import sys

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"}

# How Python begins the line of an exception, and Keras the line that only says in which layer it was.
CLASS = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Fail|Invalid\w*): ")
WHERE = re.compile(r"Exception encountered when calling [\w.]+\(\)\.$")


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
    lines = [re.sub(r"\x1b\[\d*m", "", line).rstrip() for line in text.splitlines()]
    lines = [line for line in lines if line.strip() and not WHERE.search(line)] or ["no reason was given"]
    raised = [line for line in lines if CLASS.match(line)]
    told = CLASS.sub("", raised[0] if raised else lines[0].strip()).removeprefix("Exception encountered: ")
    sentence = re.split(r"(?<=[a-z)`'\"\]])\. (?=[A-Z])", told)[0]
    return sentence if len(sentence) <= most else sentence[: most - 3] + "..."
