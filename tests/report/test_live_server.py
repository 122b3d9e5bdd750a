"""The live page's server, asked as a browser asks: events in order to everybody, and nothing to whom it is not meant for."""

import json
import socket
import threading
import time
from contextlib import closing, contextmanager

import pytest

from builder.diagnostics import SpecError, render
from builder.report import events, serve
from builder.report.events import Stream, Throttle


class Counted:
    """The simplest state: how many events there were."""

    def __init__(self):
        self.heard = []

    def hear(self, kind, facts):
        self.heard.append(kind)

    def whole(self):
        return {"heard": len(self.heard)}


@contextmanager
def serving():
    """A server on a free port with a page, and its stream."""
    server, stream = serve.listen(0), Stream(Counted())
    server.serve(lambda: "<p>the page</p>", stream)
    try:
        yield server, stream
    finally:
        server.close()


def ask(server, line: str = "GET / HTTP/1.1", host: str | None = None, *more: str) -> socket.socket:
    """A connection on which a request has been sent."""
    connection = socket.create_connection(("127.0.0.1", server.server_port), timeout=10)
    lines = [line, f"Host: {host or f'127.0.0.1:{server.server_port}'}", *more, "", ""]
    connection.sendall("\r\n".join(lines).encode())
    return connection


def answer(connection: socket.socket) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of an answer that ends."""
    with closing(connection), connection.makefile("rb") as file:
        head, _, body = file.read().decode().partition("\r\n\r\n")
    status, *lines = head.split("\r\n")
    return int(status.split()[1]), dict(line.split(": ", 1) for line in lines), body


class Viewer:
    """Reads events as `EventSource` does."""

    def __init__(self, server, *more: str):
        self.connection = ask(server, "GET /events HTTP/1.1", None, *more)
        self.file = self.connection.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass

    def event(self) -> dict[str, str]:
        """The next event that has data; empty at the end."""
        found: dict[str, str] = {}
        for line in self.file:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name in ("id", "event", "data"):
                found[name] = value
            elif not name and "data" in found:
                return found
        return {}

    def kinds(self) -> list[str]:
        """The kinds of all events to the end."""
        return [event["event"] for event in iter(self.event, {})]

    def leave(self) -> None:
        self.file.close()
        self.connection.close()


def test_the_page_is_served_with_headers_that_keep_it_to_itself():
    with serving() as (server, _):
        status, headers, body = answer(ask(server))
    assert (status, body) == (200, "<p>the page</p>")
    assert headers["Cache-Control"] == "no-store" and headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin" and headers["X-Content-Type-Options"] == "nosniff"
    assert not any(name.startswith("Access-Control") for name in headers)


@pytest.mark.parametrize(("line", "host", "more", "status"), [
    ("GET / HTTP/1.1", "evil.example:{port}", (), 403),
    ("GET /events HTTP/1.1", "evil.example", (), 403),
    ("GET / HTTP/1.1", "127.0.0.1:1", (), 403),
    ("GET /events HTTP/1.1", None, ("Origin: http://evil.example",), 403),
    ("GET / HTTP/1.1", "LOCALHOST:{port}", ("Origin: http://localhost:{port}",), 200),
    ("POST / HTTP/1.1", None, ("Content-Length: 0",), 405),
    ("PUT /events HTTP/1.1", None, ("Content-Length: 0",), 405),
    ("OPTIONS / HTTP/1.1", None, (), 405),
    ("HEAD / HTTP/1.1", None, (), 405),
    ("GET /../../etc/passwd HTTP/1.1", None, (), 404),
    ("GET /run.json HTTP/1.1", None, (), 404),
    ("GET /?x HTTP/1.1", None, (), 404),
    ("GET /favicon.ico HTTP/1.1", None, (), 204),
    ("BREW / HTTP/1.1", None, (), 501),
])
def test_only_get_only_from_here_only_what_there_is(line, host, more, status):
    with serving() as (server, _):
        port = str(server.server_port)
        found, _, body = answer(ask(server, line, host and host.replace("{port}", port), *(one.replace("{port}", port) for one in more)))
    assert found == status
    assert ("the page" in body) == (status == 200)


def test_a_request_without_a_host_is_refused():
    with serving() as (server, _):
        connection = socket.create_connection(("127.0.0.1", server.server_port), timeout=10)
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert answer(connection)[0] == 403


def test_it_listens_on_this_machine_alone():
    with serving() as (server, _):
        assert server.socket.getsockname()[0] == "127.0.0.1"


def test_two_viewers_get_every_event_in_order():
    with serving() as (server, stream):
        viewers = [Viewer(server), Viewer(server)]
        first = [viewer.event() for viewer in viewers]
        for number in range(50):
            stream.tell("row", {"epoch": number})
        got = [[json.loads(viewer.event()["data"])["epoch"] for _ in range(50)] for viewer in viewers]
        stream.tell("end", {})
        stream.close()
        ends = [viewer.kinds() for viewer in viewers]
    assert [json.loads(event["data"]) for event in first] == [{"heard": 0}] * 2
    assert got == [list(range(50))] * 2 and ends == [["end"]] * 2


def test_who_comes_back_goes_on_where_it_was():
    with serving() as (server, stream):
        viewer = Viewer(server)
        viewer.event()
        for number in range(5):
            stream.tell("row", {"epoch": number})
        last = [viewer.event() for _ in range(3)][-1]["id"]
        viewer.leave()
        again = Viewer(server, f"Last-Event-ID: {last}")
        assert [json.loads(again.event()["data"])["epoch"] for _ in range(2)] == [3, 4]


@pytest.mark.parametrize("last", ["0000-3", "nonsense", "{name}-99", "{name}--1", "{name}-" + "9" * 30])
def test_who_knows_another_run_or_nothing_is_told_everything(last):
    with serving() as (server, stream):
        for number in range(5):
            stream.tell("row", {"epoch": number})
        event = Viewer(server, f"Last-Event-ID: {last.replace('{name}', stream.name)}").event()
    assert (event["event"], json.loads(event["data"])) == ("whole", {"heard": 5})


def test_viewers_that_do_not_read_or_are_gone_hold_nothing_up():
    """Fifty megabytes are told while one viewer reads nothing and another has vanished; a third then has the state."""
    with serving() as (server, stream):
        idle, gone = Viewer(server), Viewer(server)
        gone.leave()
        began = time.monotonic()
        for number in range(1000):
            stream.tell("frame", {"cells": "x" * 50_000, "epoch": number})
        spent = time.monotonic() - began
        assert len(stream.events) == events.KEPT
        assert json.loads(Viewer(server).event()["data"]) == {"heard": 1000}
        kinds = [idle.event()["event"] for _ in range(3)]
        idle.leave()
    assert spent < 5, f"{spent} s"
    assert kinds[0] == "whole"


def test_who_falls_far_behind_gets_the_state_and_goes_on_from_there():
    stream = Stream(Counted())
    for number in range(events.KEPT + 10):
        stream.tell("row", {"epoch": number})
    behind = stream.after(3, 0)
    assert [event.kind for event in behind] == ["whole"] and behind[0].number == events.KEPT + 10
    assert stream.after(behind[0].number, 0) == []
    assert [event.number for event in stream.after(11, 0)] == list(range(12, events.KEPT + 11))


def test_more_viewers_than_there_are_places_are_refused(monkeypatch):
    monkeypatch.setattr(serve, "VIEWERS", 2)
    with serving() as (server, _):
        viewers = [Viewer(server), Viewer(server)]
        assert Viewer(server).status == 503
        assert [viewer.status for viewer in viewers] == [200, 200]
        assert answer(ask(server))[0] == 200


def test_a_viewer_that_is_silent_is_told_that_the_server_lives(monkeypatch):
    monkeypatch.setattr(serve, "ALIVE", 0.05)
    with serving() as (server, _):
        viewer = Viewer(server)
        viewer.event()
        assert viewer.file.readline() == b": still here\n"


def test_closing_lets_viewers_read_the_end_and_waits_for_nobody_else(monkeypatch):
    monkeypatch.setattr(serve, "GOODBYE", 0.3)
    with serving() as (server, stream):
        viewer, got = Viewer(server), []
        got.append(viewer.event()["event"])
        reading = threading.Thread(target=lambda: got.extend(viewer.kinds()))
        reading.start()
        stream.tell("end", {})
        began = time.monotonic()
        server.close()
        spent = time.monotonic() - began
        reading.join(5)
        assert got == ["whole", "end"] and spent < 2
        with pytest.raises(OSError):
            ask(server)


def test_what_is_not_a_number_is_null():
    assert events.as_text({"loss": float("nan"), "rows": [(float("inf"), 1)]}) == '{"loss":null,"rows":[[null,1]]}'


def test_a_port_in_use_is_told_with_a_free_one():
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SpecError) as caught:
            serve.listen(port)
    told = render(caught.value.faults)
    assert told.startswith(f"error[port-refused]: port {port} cannot be used for the live page: another program is using it\nhelp: write `--port ")


def test_without_a_wish_the_next_free_port_is_taken():
    with closing(serve.listen(None)) as first, closing(serve.listen(None)) as second:
        assert first.server_port != second.server_port
        assert serve.PORT <= first.server_port < second.server_port < serve.PORT + serve.TRIED


def test_something_slow_is_let_through_less_often():
    now = [0.0]
    throttle = Throttle(0.5, 0.1, clock=lambda: now[0])
    assert throttle.due()
    now[0] = 0.2
    throttle.took(0.0)
    now[0] = 2.1
    assert not throttle.due()
    now[0] = 2.3
    assert throttle.due()
    throttle.took(2.3)
    now[0] = 2.7
    assert not throttle.due()
    now[0] = 2.9
    assert throttle.due()
