"""A relay in front of Elasticsearch for drills and tests: forwards requests; subclasses may do otherwise."""

import contextlib
import http.client
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

Answer = tuple[int, bytes, str | None]
"""Status, body, content type."""

_TIMEOUT_S: Final = 30
_OWN_HEADERS: Final = ("host", "content-length")


class _Server(ThreadingHTTPServer):
    relay: "Relay"

    def finish_request(self, request: Any, client_address: Any) -> None:
        # A client that does not trust the certificate, or is killed, hangs up.
        with contextlib.suppress(OSError):
            if isinstance(request, ssl.SSLSocket):
                request.do_handshake()
            super().finish_request(request, client_address)


class Request(BaseHTTPRequestHandler):
    """One request to a `Relay`, on its way to Elasticsearch."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            answer = self.server.relay.answer(self, body)
        except (OSError, http.client.HTTPException):
            answer = None
        if answer is None:
            self.close_connection = True
        else:
            self._send(*answer)

    do_GET = do_POST = do_PUT = do_HEAD = _handle  # noqa: N815

    def _send(self, status: int, payload: bytes, kind: str | None) -> None:
        self.send_response(status)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", kind or "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""


class Relay:
    """Forwards every request to Elasticsearch; a context manager.

    Parameters
    ----------
    target : str
        Elasticsearch's address.

    Attributes
    ----------
    url : str
        Its own address.
    """

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target).netloc
        self._server = _Server(("127.0.0.1", 0), Request)
        self._server.relay = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, request: Request, body: bytes) -> Answer | None:
        """Return the answer to a request; None closes its connection."""
        return self.forward(request, body)

    def forward(self, request: Request, body: bytes) -> Answer:
        """Return Elasticsearch's own answer.

        Raises
        ------
        OSError, http.client.HTTPException
            If it cannot be reached.
        """
        upstream = http.client.HTTPConnection(self._target, timeout=_TIMEOUT_S)
        with contextlib.closing(upstream):
            kept = {name: value for name, value in request.headers.items() if name.lower() not in _OWN_HEADERS}
            upstream.request(request.command, request.path, body, kept)
            answer = upstream.getresponse()
            return answer.status, answer.read(), answer.getheader("Content-Type")

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, name="relay", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
