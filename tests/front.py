"""A door in front of a real MLflow server, which a test can shut, open again, and lock."""

from __future__ import annotations

import base64
import http.client
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DROPPED = {"connection", "keep-alive", "transfer-encoding", "host"}


class Front:
    """``uri`` reaches the server at ``behind`` while the door is open.

    Attributes:
        login: ``(name, password)`` that every request must bring; None: none is asked for.
        seen: ``(method, path)`` of each request.
        left: how many requests still pass before the door shuts by itself; None: any number.
        lose: whether the answer of the last of them is lost on the way.
    """

    def __init__(self, behind: str) -> None:
        self.behind = behind.removeprefix("http://")
        self.port = self.free_port()
        self.login: tuple[str, str] | None = None
        self.seen: list[tuple[str, str]] = []
        self.left: int | None = None
        self.lose = False
        self._server: Any = None
        self.open()

    @staticmethod
    def free_port() -> int:
        """A port that nothing listens on."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        self._server = _Quiet(("127.0.0.1", self.port), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def shut(self) -> None:
        """From here on, connections are refused."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def _handler(front) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None: ...

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                last = False
                if front.left is not None:
                    front.left -= 1
                    last = front.left < 0
                if last and not front.lose:
                    self.close_connection = True
                    threading.Thread(target=front.shut).start()
                    return
                front.seen.append((self.command, self.path))
                status, headers, data = front.pass_on(self, body)
                if last:
                    self.close_connection = True
                    threading.Thread(target=front.shut).start()
                    return
                self.send_response(status)
                for key, value in headers:
                    if key.lower() not in {*DROPPED, "content-length"}:
                        self.send_header(key, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

        return Handler

    def pass_on(self, request: Any, body: bytes) -> tuple[int, Any, bytes]:
        if self.login and request.path != "/health":
            word = base64.b64encode(":".join(self.login).encode()).decode()
            if request.headers.get("Authorization") != f"Basic {word}":
                return 401, [], b"not you"
        link = http.client.HTTPConnection(self.behind, timeout=60)
        try:
            headers = {k: v for k, v in request.headers.items() if k.lower() not in DROPPED}
            link.request(request.command, request.path, body, headers)
            found = link.getresponse()
            return found.status, found.getheaders(), found.read()
        finally:
            link.close()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args: object) -> None: ...
