"""A gate before the embedded Elasticsearch, which has no security of its own: TLS, and who may pass."""

import contextlib
import http.client
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

_FORBIDDEN = b'{"error":{"type":"security_exception","reason":"action is unauthorized"},"status":403}'
_UNKNOWN = b'{"error":{"type":"security_exception","reason":"unable to authenticate"},"status":401}'


class _Server(ThreadingHTTPServer):
    def finish_request(self, request: Any, client_address: Any) -> None:
        # A client that does not trust the certificate, or is killed, hangs up.
        with contextlib.suppress(OSError):
            if isinstance(request, ssl.SSLSocket):
                request.do_handshake()
            super().finish_request(request, client_address)


class Gate:
    """Forwards to Elasticsearch what carries the right ``Authorization``; a context manager.

    Parameters
    ----------
    target : str
        Elasticsearch's address.
    certificate : Path, optional
        PEM of key and chain; None speaks plain HTTP.

    Attributes
    ----------
    accepted : str or None
        The header that is let through; None lets everybody through.
    rights : bool
        Whether whoever is known may also write.
    away : bool
        Whether connections are dropped, as by a server that is not there.
    """

    def __init__(self, target: str, certificate: Path | None = None) -> None:
        self.accepted: str | None = None
        self.rights = True
        self.away = False
        address, gate = urlsplit(target).netloc, self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if gate.away:
                    self.close_connection = True
                elif gate.accepted not in (None, self.headers.get("Authorization")):
                    self._answer(401, _UNKNOWN)
                elif not gate.rights:
                    self._answer(403, _FORBIDDEN)
                else:
                    upstream = http.client.HTTPConnection(address, timeout=30)
                    kept = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                    upstream.request(self.command, self.path, body, kept)
                    answer = upstream.getresponse()
                    self._answer(answer.status, answer.read(), answer.getheader("Content-Type"))
                    upstream.close()

            do_GET = do_POST = do_PUT = do_HEAD = _forward  # noqa: N815

            def _answer(self, status: int, payload: bytes, kind: str | None = None) -> None:
                self.send_response(status)
                self.send_header("X-Elastic-Product", "Elasticsearch")
                self.send_header("Content-Type", kind or "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(payload)

            def log_message(self, *_arguments: object) -> None:
                return

        self._server = _Server(("127.0.0.1", 0), Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, name="gate", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
