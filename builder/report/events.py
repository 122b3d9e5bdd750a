"""What happens in a run as a stream of events that any number of viewers read, each at its own pace."""

import json
import math
import secrets
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

KEPT = 256  # events a viewer may lie behind before it is told the whole state anew


@dataclass(frozen=True)
class Event:
    """One event: its number, counted from 1, its kind, and its facts as JSON."""

    number: int
    kind: str
    data: str


class Stream:
    """The events of one server, and the state they lead to.

    Training only appends to a bounded list; viewers wait for it and copy from it, so that none of them can hold
    training up. Who is new, or has fallen too far behind, first gets `whole`: the state after all events so far.

    Args:
        state: anything with `hear(kind, facts)`, which takes an event in, and `whole()`, the state as plain values that
            later events leave alone.
    """

    def __init__(self, state):
        self.state = state
        self.name = secrets.token_hex(4)  # a viewer of an earlier server has the numbers of another stream
        self.count = 0
        self.events: deque[Event] = deque(maxlen=KEPT)
        self.changed = threading.Condition()
        self.closed = False

    def tell(self, kind: str, facts: Mapping) -> None:
        """Appends an event."""
        with self.changed:
            self.state.hear(kind, facts)
            self.count += 1
            self.events.append(Event(self.count, kind, as_text(facts)))
            self.changed.notify_all()

    def close(self) -> None:
        """No event comes any more."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def after(self, number: int | None, patience: float) -> list[Event]:
        """The events after `number` (None: all), as soon as there are any; none where `patience` seconds bring none, or at the end."""
        with self.changed:
            if number is not None and self._joins(number):
                self.changed.wait_for(lambda: self.count > number or self.closed, patience)
                if self._joins(number):
                    return [event for event in self.events if event.number > number]
            count, whole = self.count, self.state.whole()
        return [Event(count, "whole", as_text(whole))]  # a long text, made while training goes on

    def ended(self, number: int | None) -> bool:
        """Whether nothing comes after this number any more."""
        return self.closed and number == self.count

    def _joins(self, number: int) -> bool:
        """Whether the events kept go on from this number."""
        return number <= self.count and self.count - number <= len(self.events)

    def written(self, event: Event) -> bytes:
        """An event as server-sent events are written."""
        return f"id: {self.name}-{event.number}\nevent: {event.kind}\ndata: {event.data}\n\n".encode()

    def number_of(self, last: str | None) -> int | None:
        """The number in a `Last-Event-ID`; None where it is not one of this stream's."""
        name, _, number = (last or "").partition("-")
        return int(number) if name == self.name and number.isascii() and number.isdecimal() and len(number) < 16 else None


def as_text(facts: object) -> str:
    """JSON in one line; what is not a number is null, as JSON has no word for it."""
    return json.dumps(_finite(facts), separators=(",", ":"), allow_nan=False)


def _finite(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class Throttle:
    """Lets something through at most every so many seconds, and rarer where it takes long: at most a share of all time."""

    def __init__(self, seconds: float, share: float = 1.0, clock=time.monotonic):
        self.seconds, self.share, self.clock = seconds, share, clock
        self.next = -math.inf

    def due(self) -> bool:
        return self.clock() >= self.next

    def took(self, began: float) -> None:
        """Hears when what was let through began; it has just ended."""
        now = self.clock()
        self.next = now + max(self.seconds, (now - began) / self.share)
