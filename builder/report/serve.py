"""A page and its stream of events, served to browsers on this machine while a run goes on."""

import errno
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from builder.diagnostics import fail
from builder.report.events import Stream

HOST, PORT, TRIED = "127.0.0.1", 8765, 50
VIEWERS = 32  # streams at a time; each has a thread of its own
ALIVE = 10.0  # seconds between signs of life, by which a viewer that has vanished is noticed
PATIENCE = 20.0  # seconds that a viewer may leave what is written to it unread
GOODBYE = 2.0  # seconds at most that viewers have to read the last event
HEADERS = {
    "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
}


class Server(ThreadingHTTPServer):
    """Listens from the beginning, so that a port in use is told at once; answers once `serve` has been called."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = sys.platform != "win32"  # there it would share a port that is in use

    def __init__(self, port: int):
        super().__init__((HOST, port), Viewer)
        self.page: Callable[[], str] | None = None
        self.stream: Stream | None = None
        self.watching: set[Viewer] = set()

    def server_bind(self) -> None:
        """Without looking up a name for the address, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.server_port}/"

    @property
    def names(self) -> tuple[str, ...]:
        """The values of `Host` by which a browser on this machine asks for this server."""
        return tuple(f"{host}:{self.server_port}" for host in (HOST, "localhost"))

    def serve(self, page: Callable[[], str], stream: Stream) -> None:
        """Answers from now on, in threads that end with the process; called again, viewers are turned to the next run."""
        before, self.page, self.stream = self.stream, page, stream
        if before is not None:
            before.close()
            return
        threading.Thread(target=self.serve_forever, args=(0.1,), name="live", daemon=True).start()

    def close(self) -> None:
        """Ends the stream, lets the viewers read what they have not, and stops."""
        if self.stream is not None:
            self.stream.close()
            until = time.monotonic() + GOODBYE
            while self.watching and time.monotonic() < until:
                time.sleep(0.01)
            self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address) -> None:
        """A viewer that goes away is no error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Viewer(BaseHTTPRequestHandler):
    """One request: `GET /` is the page, `GET /events` its stream; nothing else is there, and no file is ever read."""

    timeout = PATIENCE
    server_version = "keras-bricks"
    sys_version = ""

    def do_GET(self) -> None:
        if not self.asked_from_here():
            self.refuse(HTTPStatus.FORBIDDEN)
        elif self.path == "/":
            self.answer(self.server.page().encode(), "text/html; charset=utf-8")
        elif self.path == "/events":
            self.events()
        elif self.path == "/favicon.ico":
            self.begin(HTTPStatus.NO_CONTENT)
        else:
            self.refuse(HTTPStatus.NOT_FOUND)

    def asked_from_here(self) -> bool:
        """Whether the request names this server: a page from elsewhere whose name was turned to this address does not."""
        origin = self.headers.get("Origin")
        return self.headers.get("Host", "").lower() in self.server.names and origin in (None, *(f"http://{name}" for name in self.server.names))

    def do_POST(self) -> None:
        """Nothing here can be changed by a request."""
        self.refuse(HTTPStatus.METHOD_NOT_ALLOWED, Allow="GET")

    do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = do_CONNECT = do_POST

    def begin(self, status: HTTPStatus, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def answer(self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> None:
        self.begin(status, Content_Type=kind, Content_Length=str(len(body)), **headers)
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status: HTTPStatus, **headers: str) -> None:
        self.answer(f"{status.value} {status.phrase}\n".encode(), "text/plain; charset=utf-8", status, **headers)

    def events(self) -> None:
        """Writes events as they come, until the run or the viewer is gone."""
        if len(self.server.watching) >= VIEWERS:
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        self.server.watching.add(self)
        try:
            self.begin(HTTPStatus.OK, Content_Type="text/event-stream; charset=utf-8")
            self.wfile.write(b"retry: 1000\n\n")
            self.follow(self.server.stream)
        finally:
            self.server.watching.discard(self)

    def follow(self, stream: Stream) -> None:
        number = stream.number_of(self.headers.get("Last-Event-ID"))
        while not stream.ended(number):
            found = stream.after(number, ALIVE)
            self.wfile.write(b"".join(map(stream.written, found)) or b": still here\n\n")
            number = found[-1].number if found else number

    def log_message(self, format: str, *arguments: object) -> None:
        """Training has the terminal."""


def listen(port: int | None) -> Server:
    """A server on `port`; on a well-known one, or the next that is free, where none is asked for.

    Raises:
        SpecError: `port-refused`, the port asked for cannot be had.
    """
    wanted = _free(PORT) or 0 if port is None else port
    try:
        return Server(wanted)
    except OSError as error:
        raise fail("port-refused", None, port=wanted, reason=_reason(error), free=_free(max(wanted + 1, 1024))) from None


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program is using it"
    return "only an administrator may use it" if error.errno == errno.EACCES else str(error.strerror or error).lower()


def _free(start: int) -> int | None:
    """The first port from `start` on that can be had."""
    for tried in range(start, min(start + TRIED, 65536)):
        try:
            Server(tried).server_close()
        except OSError:
            continue
        return tried
    return None
