"""A small proxy in front of Elasticsearch that, on request, answers bulk requests with 429."""

from typing import Final

from bench.chaos.relay import Answer, Relay, Request

_INFO: Final = b'{"name":"embedded","version":{"number":"9.5.3"},"tagline":"You Know, for Search"}'
_BUSY: Final = b'{"error":{"type":"es_rejected_execution_exception","reason":"busy"},"status":429}'


class Proxy(Relay):
    """A relay that can be busy.

    Attributes
    ----------
    busy : bool
        Whether bulk requests are answered with 429.
    refused : int
        How many have been.
    """

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.busy = False
        self.refused = 0

    def answer(self, request: Request, body: bytes) -> Answer:
        """Return the answer to a request."""
        if self.busy and "_bulk" in request.path:
            self.refused += 1
            return 429, _BUSY, None
        if request.path == "/" and request.command == "GET":
            # The embedded Elasticsearch has no such endpoint, and Quix's sink asks for it.
            return 200, _INFO, None
        return self.forward(request, body)
