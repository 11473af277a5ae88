"""A proxy in front of the embedded Elasticsearch: adds TLS and authentication, which that server lacks, and faults."""

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
    """Return the first document of a bulk request, as a request, and the number of the other documents."""
    lines = body.splitlines(keepends=True)
    return b"".join(lines[:_LINES_A_DOCUMENT]), len(lines) // _LINES_A_DOCUMENT - 1


def _with_busy(payload: bytes, count: int) -> bytes:
    """Return a response to a bulk request with `count` documents added that are refused with 429."""
    answer = json.loads(payload)
    error = {"type": "es_rejected_execution_exception", "reason": "busy"}
    answer["items"] += [{"create": {"status": 429, "error": error}}] * count
    return json.dumps(answer | {"errors": True}).encode()


class Gate(Relay):
    """Forwards requests with the right ``Authorization`` to Elasticsearch; a context manager.

    Parameters
    ----------
    target : str
        Elasticsearch's address.
    certificate : Path, optional
        PEM file of key and chain; None uses plain HTTP.

    Attributes
    ----------
    accepted : str or None
        The ``Authorization`` that is let through; None lets all requests through.
    rights : bool
        Whether authenticated clients may write.
    status : int or None
        Status to answer every bulk request with, instead of Elasticsearch.
    one_by_one : bool
        Whether only the first document of a bulk request is accepted, and all others are answered with 429.
    deaf : bool
        Whether the connection is closed after a bulk request was executed, before its response.
    hold_s : float
        How long bulk requests are delayed, in seconds.
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
        """Return the response to a request; None closes the connection."""
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
