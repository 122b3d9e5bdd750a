"""A small client of a language server: LSP over standard input and output, one request at a time."""

import json
import os
import select
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SETTINGS = {
    "yaml": {
        "validate": True, "hover": True, "completion": True, "hoverSchemaSource": False, "yamlVersion": "1.2",
        "schemaStore": {"enable": False}, "kubernetesCRDStore": {"enable": False}, "schemas": {},
    },
}
CAPABILITIES = {
    "workspace": {"configuration": True},
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
        "hover": {"contentFormat": ["markdown"]},
    },
}


@dataclass(frozen=True)
class Problem:
    """A diagnostic: its line and columns as people count them, from 1, and the marked text."""

    line: int
    marked: str
    message: str


class LanguageServer:
    """yaml-language-server, running; a context manager.

    Args:
        command: how it is started.
        patience: seconds that any one answer may take.
    """

    def __init__(self, command: list[str], patience: float = 60.0):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.patience, self.count, self.pending = patience, 0, b""
        self.texts: dict[str, str] = {}
        self.version = 0

    def __enter__(self) -> "LanguageServer":
        self.ask("initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": CAPABILITIES})
        self.tell("initialized", {})
        self.tell("workspace/didChangeConfiguration", {"settings": SETTINGS})
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)
        self.process.stdin.close()
        self.process.stdout.close()

    def open(self, path: Path, text: str) -> None:
        """Shows the server a file's text, new or changed."""
        uri = path.as_uri()
        if uri in self.texts:
            self.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        self.texts[uri], self.version = text, self.version + 1
        self.tell("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "yaml", "version": self.version, "text": text}})

    def problems(self, paths: Iterable[Path]) -> dict[Path, list[Problem]]:
        """What the server finds wrong in files just opened for the first time."""
        waiting, found = {path.as_uri(): path for path in paths}, {}
        for message in self._messages():
            uri = message["params"]["uri"] if message.get("method") == "textDocument/publishDiagnostics" else None
            if uri in waiting:
                found[waiting.pop(uri)] = [_problem(one, self.texts[uri]) for one in message["params"]["diagnostics"]]
            if not waiting:
                break
        return found

    def complete(self, path: Path, line: int, column: int) -> list[dict]:
        """The completion items at a place, counted from 0."""
        found = self.ask("textDocument/completion", _place(path, line, column))
        return found["items"] if isinstance(found, dict) else found or []

    def hover(self, path: Path, line: int, column: int) -> str:
        """The Markdown shown at a place, counted from 0."""
        found = self.ask("textDocument/hover", _place(path, line, column))
        return found["contents"]["value"] if found else ""

    def ask(self, method: str, params: dict) -> object:
        """Sends a request and waits for its answer.

        Raises:
            RuntimeError: the server answers with an error.
        """
        self.count += 1
        self._send({"id": self.count, "method": method, "params": params})
        answer = next(message for message in self._messages() if message.get("id") == self.count and "method" not in message)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer.get("result")

    def tell(self, method: str, params: dict) -> None:
        self._send({"method": method, "params": params})

    def _messages(self) -> Iterator[dict]:
        """What the server says from now on; what it asks of an editor is answered on the way."""
        until = time.monotonic() + self.patience
        while True:
            message = self._receive(until)
            if "method" in message and "id" in message:
                self._answer(message)
            else:
                yield message

    def _answer(self, request: dict) -> None:
        asked = request["params"].get("items", ()) if request["method"] == "workspace/configuration" else ()
        self._send({"id": request["id"], "result": [SETTINGS.get(item.get("section")) for item in asked] if asked else None})

    def _send(self, message: dict) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def _receive(self, until: float) -> dict:
        while b"\r\n\r\n" not in self.pending:
            self._read(until)
        head, _, rest = self.pending.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        while len(rest) < length:
            self.pending = b""
            rest += self._read(until)
        self.pending = rest[length:]
        return json.loads(rest[:length])

    def _read(self, until: float) -> bytes:
        """More bytes, also put at the end of what is pending.

        Raises:
            TimeoutError: the server is silent for too long.
            EOFError: it has ended.
        """
        ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            raise TimeoutError("the language server does not answer")
        more = os.read(self.process.stdout.fileno(), 1 << 16)
        if not more:
            raise EOFError("the language server has ended")
        self.pending += more
        return more


def _place(path: Path, line: int, column: int) -> dict:
    return {"textDocument": {"uri": path.as_uri()}, "position": {"line": line, "character": column}}


def _problem(found: dict, text: str) -> Problem:
    start, end = found["range"]["start"], found["range"]["end"]
    line = text.splitlines()[start["line"]] if text else ""
    last = end["character"] if end["line"] == start["line"] else len(line)
    return Problem(start["line"] + 1, line[start["character"] : last], found["message"])
