"""Ctrl-C: the first one asks training to finish its step and save, the second quits at once."""

import signal
import threading
from pathlib import Path
from typing import Self


class Interrupted(Exception):
    """Training was asked to stop and has saved; `folder` is the run to go on with."""

    def __init__(self, folder: Path, epoch: int, batch: int):
        self.folder, self.epoch, self.batch = Path(folder), epoch, batch
        super().__init__(f"stopped in epoch {epoch} after batch {batch}; saved in {folder}")


class Asked:
    """Whether the user has asked to stop; listens to SIGINT and SIGTERM while it is entered."""

    signals = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.stop = False
        self.before: dict = {}

    def __enter__(self) -> Self:
        # Only the main thread may set handlers; elsewhere (a notebook's worker) signals stay as they are.
        if threading.current_thread() is threading.main_thread():
            self.before = {number: signal.signal(number, self.hear) for number in self.signals}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def hear(self, number: int, _frame: object) -> None:
        self.stop = True
        # The system's own handler ends the process even inside a long operation of TensorFlow.
        signal.signal(number, signal.SIG_DFL)
