"""A gate before the embedded Elasticsearch: TLS and who may pass, which it does not know itself, and trouble."""

import json
import ssl
import time
from pathlib import Path

from bench.chaos.relay import Answer, Relay, Request

_LINES_A_DOCUMENT = 2


def _error(reason: str, status: int) -> Answer:
    body = {"error": {"type": "exception", "reason": reason}, "status": status}
    return status, json.dumps(body).encode(), None


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


class Gate(Relay):
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
        super().__init__(target)
        self.accepted: str | None = None
        self.rights = True
        self.status: int | None = None
        self.one_by_one = False
        self.deaf = False
        self.hold_s = 0.0
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
            self.url = self.url.replace("http:", "https:")

    def answer(self, request: Request, body: bytes) -> Answer | None:
        """Return what a request is answered with; None ends its connection."""
        if self.accepted not in (None, request.headers.get("Authorization")):
            return _error("unable to authenticate", 401)
        if not self.rights:
            return _error("action is unauthorized", 403)
        return self._bulk(request, body) if request.path.startswith("/_bulk") else self.forward(request, body)

    def _bulk(self, request: Request, body: bytes) -> Answer | None:
        time.sleep(self.hold_s)
        if self.status is not None:
            return _error("unavailable", self.status)
        taken, left = _first(body) if self.one_by_one else (body, 0)
        status, payload, kind = self.forward(request, taken)
        if self.deaf:
            return None
        return status, _with_busy(payload, left) if left else payload, kind
