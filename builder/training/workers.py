"""Several processes on this machine that train one model together: started, heard, and ended as one."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from builder.diagnostics import Fault
from builder.training.cluster import CONFIG, LAUNCHED, cluster

LOST = 75  # how a launched worker ends whose fellow is lost: the launcher tells it
WORD = "lost.json"
LINES = 12
# Seconds: between two looks; for the chief to notice a death; for the others to end after the chief has, or has died.
LOOK, NOTICE, END, DEAD = 0.05, 20.0, 5.0, 0.5


@dataclass(frozen=True)
class Worker:
    """One of the processes; `log` is what it printed, None for the chief, who prints here."""

    number: int
    process: subprocess.Popen
    log: Path | None = None

    @property
    def code(self) -> int | None:
        return self.process.poll()

    def send(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def last_lines(self) -> tuple[str, ...]:
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log else ""
        return tuple(line for line in text.splitlines() if line.strip())[-LINES:]


def command_of(words: Sequence[str]) -> list[str]:
    """The command of one worker, out of the words that asked for several."""
    kept, rest = [], iter(words)
    for word in rest:
        if word == "--workers":
            next(rest, None)
        elif not word.startswith("--workers="):
            kept.append(word)
    chosen = any(word == "--device" or word.startswith("--device=") for word in kept)
    return [sys.executable, "-m", "builder", *kept, *([] if chosen else ["--device", "multiworker"])]


def asked_for(device: str | None) -> str:
    """The option by which this process came to its device."""
    if LAUNCHED in os.environ:
        return f" --workers {len(cluster().workers)}"
    return "" if device is None else f" --device {device}"


def launch(command: Sequence[str], count: int) -> tuple[int, list[Fault]]:
    """Runs `command` in so many processes that know of each other by TF_CONFIG, until all have ended.

    The first is the chief: it alone prints and keeps the run. Ctrl-C and SIGTERM are passed on to it.
    Gives the exit code, and `worker-died` where one ended that should not have.
    """
    with tempfile.TemporaryDirectory(prefix="bricks-workers-") as folder:
        workers = [_started(command, number, addresses, Path(folder)) for addresses in [free_addresses(count)] for number in range(count)]
        try:
            with _passing_on(workers[0]):
                dead = _watch(workers)
        finally:
            for worker in workers:
                worker.send(signal.SIGKILL)
                worker.process.wait()
        return _outcome(workers, dead, Path(folder))


def free_addresses(count: int) -> list[str]:
    """Addresses on this machine whose ports nobody listens on."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]


def _started(command: Sequence[str], number: int, addresses: list[str], folder: Path) -> Worker:
    config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": number}}
    # A session of their own: Ctrl-C in the terminal must reach them through the launcher alone.
    how = {"env": _environment(config, folder, len(addresses)), "start_new_session": True}
    if number == 0:
        return Worker(number, subprocess.Popen(command, **how))
    log = folder / f"worker-{number}.log"
    with open(log, "wb") as file:
        return Worker(number, subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, **how), log)


def _environment(config: dict, folder: Path, count: int) -> dict[str, str]:
    """What a worker sees; the workers share the cores, or each would want all of them."""
    here = str(Path(__file__).parents[2])
    path = os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH", "")) if part)
    threads = str(max(1, (os.cpu_count() or 1) // count))
    return {"TF_NUM_INTRAOP_THREADS": threads, **os.environ, CONFIG: json.dumps(config), LAUNCHED: str(folder),
            "TMPDIR": str(folder), "PYTHONPATH": path}


@contextlib.contextmanager
def _passing_on(chief: Worker):
    """Ctrl-C goes to the chief, which stops all workers after the same step; a second one ends it at once."""
    def hear(number: int, _frame: object) -> None:
        chief.send(number)

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(workers: list[Worker]) -> Worker | None:
    """Waits for all to end; gives the worker that died first, if one did."""
    dead, deadline = None, None
    while any(worker.code is None for worker in workers):
        time.sleep(LOOK)
        dead = dead or next((worker for worker in workers if _is_death(worker)), None)
        if deadline is None and (dead or workers[0].code is not None):
            deadline = time.monotonic() + _patience(workers[0].code)
        if deadline is not None and time.monotonic() > deadline:
            break
    return dead


def _patience(chief: int | None) -> float:
    return NOTICE if chief is None else END if chief in (0, 130) else DEAD


def _is_death(worker: Worker) -> bool:
    return worker.code not in (None, 0, LOST, 130)


def _outcome(workers: list[Worker], dead: Worker | None, folder: Path) -> tuple[int, list[Fault]]:
    chief, told = workers[0].code, folder / WORD
    epochs = json.loads(told.read_text())["epochs"] if told.exists() else None
    if chief == LOST and dead is None:
        return 1, [Fault("worker-lost", None, {"workers": len(workers), "epochs": epochs or 0})]
    if dead is None or chief >= 0 and chief != LOST:  # the chief had all it needed, or has told its own fault
        return chief, []
    facts = {"worker": dead.number, "workers": len(workers), "code": dead.code, "epochs": epochs, "lines": dead.last_lines()}
    return 1, [Fault("worker-died", None, facts)]


def leave_word(faults: Sequence[Fault]) -> bool:
    """Whether this process was launched and its fault is that another is gone; then the launcher is left word of it."""
    folder = os.environ.get(LAUNCHED)
    lost = next((fault for fault in faults if fault.kind == "worker-lost"), None)
    if not folder or lost is None:
        return False
    with contextlib.suppress(OSError):
        (Path(folder) / WORD).write_text(json.dumps({"epochs": lost.facts["epochs"]}))
    return True
