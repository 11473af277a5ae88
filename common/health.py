"""The side port of every service: ``/healthz``, ``/readyz`` and Prometheus ``/metrics``."""

import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from common.errors import SettingError
from common.settings import HealthSettings

logger = logging.getLogger(__name__)


def serve(settings: HealthSettings, not_ready: Callable[[], str | None]) -> ThreadingHTTPServer | None:
    """Serve health and metrics in a daemon thread.

    Parameters
    ----------
    settings : HealthSettings
        The address; port 0 disables the server.
    not_ready : callable
        Returns why the service is not ready, or None if it is; called for each request to ``/readyz``.

    Returns
    -------
    ThreadingHTTPServer or None
        The running server, which `shutdown` stops; None if disabled.

    Raises
    ------
    SettingError
        If the address cannot be bound.
    """
    if settings.port == 0:
        return None

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            if path == "/healthz":
                self._answer(200, "ok\n")
            elif path == "/readyz":
                reason = not_ready()
                self._answer(200, "ready\n") if reason is None else self._answer(503, f"not ready: {reason}\n")
            elif path == "/metrics":
                self._answer(200, generate_latest(), CONTENT_TYPE_LATEST)
            else:
                self._answer(404, "try /healthz, /readyz or /metrics\n")

        def _answer(self, status: int, body: str | bytes, kind: str = "text/plain; charset=utf-8") -> None:
            payload = body.encode() if isinstance(body, str) else body
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_arguments: object) -> None:
            return

    try:
        server = ThreadingHTTPServer((settings.host, settings.port), Handler)
    except OSError as error:
        raise SettingError(
            f"HEALTH_PORT={settings.port}: cannot listen on {settings.host} ({error.strerror}); choose a free port"
        ) from None
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    logger.info("Serving health and metrics. address=http://%s:%d", settings.host, settings.port)
    return server
