"""A gate before the embedded Elasticsearch: TLS and who may pass, which it does not know itself, and trouble."""

import contextlib
import http.client
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

_LINES_A_DOCUMENT = 2


def _error(reason: str, status: int) -> bytes:
    return json.dumps({"error": {"type": "exception", "reason": reason}, "status": status}).encode()


def _first(body: bytes) -> tuple[bytes, int]:
    """Return the part of a bulk request that is its first document, and how many others there are."""
    lines = body.splitlines(keepends=True)
    return b"".join(lines[:_LINES_A_DOCUMENT]), len(lines) // _LINES_A_DOCUMENT - 1


def _with_busy(payload: bytes, count: int) -> bytes:
    """Return an answer to a bulk request with so many documents more that are refused for now."""
    answer = json.loads(payload)
    error = {"type": "es_rejected_execution_exception", "reason": "busy"}
    answer["items"] += [{"create": {"status": 429, "error": error}}] * count
    return json.dumps(answer | {"errors": True}).encode()


class _Server(ThreadingHTTPServer):
    gate: "Gate"
    target: str

    def finish_request(self, request: Any, client_address: Any) -> None:
        # A client that does not trust the certificate, or is killed, hangs up.
        with contextlib.suppress(OSError):
            if isinstance(request, ssl.SSLSocket):
                request.do_handshake()
            super().finish_request(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _forward(self) -> None:
        gate, body = self.server.gate, self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if gate.accepted not in (None, self.headers.get("Authorization")):
            self._answer(401, _error("unable to authenticate", 401))
        elif not gate.rights:
            self._answer(403, _error("action is unauthorized", 403))
        elif self.path.startswith("/_bulk"):
            self._bulk(gate, body)
        else:
            self._answer(*self._ask(body))

    def _bulk(self, gate: "Gate", body: bytes) -> None:
        time.sleep(gate.hold_s)
        if gate.status is not None:
            self._answer(gate.status, _error("unavailable", gate.status))
            return
        taken, left = _first(body) if gate.one_by_one else (body, 0)
        status, payload, kind = self._ask(taken)
        if gate.deaf:
            self.close_connection = True
        else:
            self._answer(status, _with_busy(payload, left) if left else payload, kind)

    def _ask(self, body: bytes) -> tuple[int, bytes, str | None]:
        upstream = http.client.HTTPConnection(self.server.target, timeout=30)
        own = ("host", "content-length")
        kept = {name: value for name, value in self.headers.items() if name.lower() not in own}
        upstream.request(self.command, self.path, body, kept)
        answer = upstream.getresponse()
        given = answer.status, answer.read(), answer.getheader("Content-Type")
        upstream.close()
        return given

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
    status : int or None
        Answers every bulk request in Elasticsearch's place.
    one_by_one : bool
        Whether of the documents of a bulk request only the first is taken, and all others are answered with 429.
    deaf : bool
        Whether bulk requests are carried out, but the connection ends before their answer.
    hold_s : float
        For how long bulk requests wait.
    """

    def __init__(self, target: str, certificate: Path | None = None) -> None:
        self.accepted: str | None = None
        self.rights = True
        self.status: int | None = None
        self.one_by_one = False
        self.deaf = False
        self.hold_s = 0.0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.gate, self._server.target = self, urlsplit(target).netloc
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
