"""The one feed of the process, started by whichever asks first: the command or the first viewer."""

import socket
import threading
from functools import cache
from typing import Final

from streamlit import config

from common import health
from common.kafka import connection
from common.settings import HealthSettings, KafkaSettings, TopicSettings, load
from dashboard.feed import Feed
from dashboard.settings import DashboardSettings
from dashboard.window import Window

_ANYWHERE: Final = (None, "", "0.0.0.0", "::")  # noqa: S104
_CONNECT_S: Final = 1.0
_lock = threading.Lock()


def shared() -> Feed:
    """Return the running feed; the first call reads the settings and starts it.

    Raises
    ------
    SettingError
        If a setting is invalid.
    """
    with _lock:
        return _start()


@cache
def _start() -> Feed:
    settings = load(DashboardSettings)
    window = Window(settings)
    kafka = load(KafkaSettings)
    # Checks the settings now: later, the feed would treat the error as an unreachable broker.
    connection(kafka)
    feed = Feed(kafka, load(TopicSettings), settings, window)
    health.serve(load(HealthSettings), lambda: window.trouble or _trouble_of_page())
    feed.start()
    return feed


def _trouble_of_page() -> str | None:
    """Return why the page cannot be opened yet, or None; Streamlit starts after the feed."""
    port, given = config.get_option("server.port"), config.get_option("server.address")
    try:
        socket.create_connection(("127.0.0.1" if given in _ANYWHERE else given, port), _CONNECT_S).close()
    except OSError:
        return f"the page is not served on port {port} yet"
    return None
