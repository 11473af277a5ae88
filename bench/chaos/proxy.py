"""A small proxy before Elasticsearch that answers bulk requests with 429 while it is told to."""

import contextlib
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_PRODUCT = "X-Elastic-Product"
_INFO = b'{"name":"embedded","version":{"number":"9.5.3"},"tagline":"You Know, for Search"}'
_BUSY = b'{"error":{"type":"es_rejected_execution_exception","reason":"busy"},"status":429}'


class Proxy:
    """Forwards to Elasticsearch; a context manager.

    Parameters
    ----------
    target : str
        Elasticsearch's address.

    Attributes
    ----------
    busy : bool
        Whether bulk requests are answered with 429.
    refused : int
        How many were.
    """

    def __init__(self, target: str) -> None:
        self.busy = False
        self.refused = 0
        address = urlsplit(target).netloc
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if proxy.busy and "_bulk" in self.path:
                    proxy.refused += 1
                    self._answer(429, "application/json", _BUSY)
                    return
                if self.path == "/" and self.command == "GET":
                    # The embedded Elasticsearch has no such endpoint, and Quix's sink asks for it.
                    self._answer(200, "application/json", _INFO)
                    return
                try:
                    upstream = http.client.HTTPConnection(address, timeout=30)
                    kept = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                    upstream.request(self.command, self.path, body, kept)
                    answer = upstream.getresponse()
                    payload = answer.read()
                    upstream.close()
                except (OSError, http.client.HTTPException):
                    self.close_connection = True
                    return
                self._answer(answer.status, answer.getheader("Content-Type") or "application/json", payload)

            do_GET = do_POST = do_PUT = do_HEAD = _forward  # noqa: N815

            def _answer(self, status: int, kind: str, payload: bytes) -> None:
                # A client that was killed does not wait for its answer.
                with contextlib.suppress(ConnectionError):
                    self.send_response(status)
                    self.send_header(_PRODUCT, "Elasticsearch")
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(payload)))
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(payload)

            def log_message(self, *_arguments: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, name="proxy", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
