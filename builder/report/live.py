"""`train --live`: a reporter that shows a run in the browser while it trains, on the page that its report will be."""

import contextlib
import functools
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Self

from builder.diagnostics import Fault, SpecError, words
from builder.draw.document import Part
from builder.report.boundary import Camera, Film, Frame, camera, kept
from builder.report.events import Stream, Throttle
from builder.report.page import FILE, page
from builder.report.serve import Server, listen
from builder.report.web import asset
from builder.training import Interrupted
from builder.training.log import read_log
from builder.training.reporter import Silent, Started
from builder.training.run import Run

SAID = 50  # notes and warnings kept for who comes later
FRAMES, SHARE = 0.5, 0.05  # seconds between frames of the plane at least, and their share of all time at most
STEPS = 0.1  # seconds between two signs of progress
RECENT = 5  # epochs that tell how long the next ones will take


class Scene:
    """What a viewer who comes now must know; `hear` takes an event in, as `live.js` does on the page."""

    def __init__(self, run: Mapping, rows: list[dict], film: Film | None):
        self.run, self.rows, self.film = dict(run), list(rows), film
        self.at: Mapping | None = None
        self.said: list[Mapping] = []
        self.end: Mapping | None = None

    def hear(self, kind: str, facts: Mapping) -> None:
        if kind == "row":
            self.rows.append(dict(facts))
        elif kind == "frame":
            self.film.add(Frame(**facts))
        elif kind == "said":
            self.said = [*self.said, facts][-SAID:]
        elif kind in ("at", "end"):
            setattr(self, kind, facts)

    def whole(self) -> dict:
        film = self.film.as_json() if self.film else None
        return {"run": self.run, "rows": list(self.rows), "film": film, "at": self.at, "said": list(self.said), "end": self.end}


class Live(Silent):
    """Serves a run's page from the moment that it starts; the port is taken at once.

    Args:
        port: None takes the well-known one, or the next that is free.
        opened: called with the address once there is a page to look at.

    Raises:
        SpecError: `port-refused`.
    """

    def __init__(self, port: int | None = None, opened: Callable[[str], None] = lambda address: None):
        self.server: Server = listen(port)
        self.opened = opened
        self.early: list[Mapping] = []
        self.graph = self.folder = self.scene = self.stream = self.camera = None
        self.phase = 1
        self.steps, self.frames = Throttle(STEPS), Throttle(FRAMES, SHARE)

    def checked(self, what) -> None:
        self.graph = what.graph

    def started(self, what: Started) -> None:
        self.folder = what.folder
        self.camera = camera(what.model, what.data, what.plans[-1]) if what.model else None
        self.scene = Scene(_about(what), _earlier(what), _film(self.camera, what))
        first, self.stream = self.stream is None, Stream(self.scene)
        for facts in self.early:
            self.stream.tell("said", facts)
        self.server.serve(functools.cache(lambda: page(Run(what.folder), self.graph, live=part())), self.stream)
        if first:
            self.opened(self.server.address)

    def epoch_started(self, epoch: int, epochs: int, steps: int, phase: int) -> None:
        self.phase = phase
        self._at(epoch, 0, steps, {})

    def step(self, epoch: int, batch: int, steps: int, logs: Mapping[str, float]) -> None:
        self._at(epoch, batch, steps, logs)

    def _at(self, epoch: int, batch: int, steps: int, logs: Mapping) -> None:
        """Where training stands; of very short epochs not each."""
        if self.steps.due():
            self.steps.took(time.monotonic())
            left = time_left(self.scene.rows, self.scene.run["epochs"], batch / steps)
            self.stream.tell("at", {"phase": self.phase, "epoch": epoch, "batch": batch, "steps": steps, "logs": dict(logs), "left": left})

    def epoch_ended(self, epoch: int, epochs: int, row: Mapping[str, object]) -> None:
        self.stream.tell("row", row)
        if self.camera and self.frames.due():
            self._shoot(epoch)

    def _shoot(self, epoch: int) -> None:
        """A frame of the plane, kept in the run folder at once: whatever ends the run, its report has it."""
        began = time.monotonic()
        self.stream.tell("frame", vars(self.camera.frame(epoch)))
        with contextlib.suppress(OSError):  # what watches training does not end it
            self.scene.film.save(self.folder)
        self.frames.took(began)

    def warning(self, fault: Fault) -> None:
        self._say({"kind": "warning", "text": words(fault).title})

    def note(self, sentence: str) -> None:
        self._say({"kind": "note", "text": sentence})

    def _say(self, facts: Mapping) -> None:
        if self.stream is None:
            self.early.append(facts)
        else:
            self.stream.tell("said", facts)

    def finished(self, folder: Path, row: Mapping[str, object]) -> None:
        if self.camera and row:
            self._shoot(row["epoch"])

    def close(self, error: BaseException | None = None) -> None:
        """Tells how the run has ended and where its report is, and stops serving; the page keeps what it shows."""
        if self.stream is not None:
            report = self.folder / FILE
            self.stream.tell("end", {**_ending(error), "folder": str(self.folder), "report": str(report) if report.is_file() else None})
        self.server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self.close(error)


def part() -> Part:
    """The top of the live page: name, state, progress, what was said; `live.js` fills it."""
    return Part(_BODY, asset("live.css"), asset("live.js"))


def time_left(rows: list[dict], epochs: int, begun: float) -> float | None:
    """Seconds of training still to come, by the epochs just past; None before the first of them.

    Args:
        begun: how much of the next epoch is done, from 0 to 1.
    """
    recent = [row["seconds"] for row in rows[-RECENT:] if isinstance(row.get("seconds"), float)]
    if not recent:
        return None
    return round(max(0.0, epochs - len(rows) - begun) * median(recent), 1)  # the first one also traces


def _about(what: Started) -> dict:
    return {"name": what.folder.parent.name, "run": Run(what.folder).name, "epochs": what.epochs, "phases": what.phases,
            "resumed": what.resumed, "parameters": what.model.count_params() if what.model else None}


def _earlier(what: Started) -> list[dict]:
    """The epochs of a run that goes on."""
    return [row for row in read_log(what.folder) if row["epoch"] <= what.epoch] if what.resumed else []


def _film(camera: Camera | None, what: Started) -> Film | None:
    """A film to add frames to: the model untrained, or what the run that goes on has kept; None without a camera.

    A frame is taken in any case, for the first one takes long.
    """
    if camera is None:
        return None
    film, first = Film(camera.plane), camera.frame(0)
    for frame in kept(what.folder, what.epoch) if what.resumed else [first]:
        film.add(frame)
    return film


def _ending(error: BaseException | None) -> dict:
    if error is None:
        return {"state": "finished", "text": "The run has finished."}
    if isinstance(error, Interrupted):
        return {"state": "interrupted", "text": f"Stopped in epoch {error.epoch} after batch {error.batch}; all is saved, and `--resume` goes on."}
    if isinstance(error, SpecError):
        return {"state": "failed", "text": " ".join(f"{words(fault).title}." for fault in error.faults)}
    return {"state": "failed", "text": "The run has failed; the terminal says why."}


_BODY = """<header class="live">
<h1><span id="live-name"></span> <span id="live-state" class="state" role="status">connecting</span></h1>
<div class="live-bar"><progress id="live-progress" max="1" value="0" aria-label="training done"></progress></div>
<p id="live-at" class="live-at"></p>
<div id="live-figures" class="tiles"></div>
<p id="live-end" hidden></p>
<ul id="live-said" class="live-said" hidden></ul>
<noscript><p>This page needs JavaScript to follow the run.</p></noscript>
</header>"""
