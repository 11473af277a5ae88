"""The process's one feed: begun by whoever asks first, the command or the first viewer."""

import threading
from functools import cache

from common import health
from common.settings import HealthSettings, KafkaSettings, TopicSettings, load
from dashboard.feed import Feed
from dashboard.settings import DashboardSettings
from dashboard.window import Window

_lock = threading.Lock()


def shared() -> Feed:
    """Return the running feed; the first call reads the settings and starts it.

    Raises
    ------
    SettingError
        If a setting is wrong.
    """
    with _lock:
        return _start()


@cache
def _start() -> Feed:
    settings = load(DashboardSettings)
    window = Window(settings)
    feed = Feed(load(KafkaSettings), load(TopicSettings), settings, window)
    health.serve(load(HealthSettings), lambda: window.trouble)
    feed.start()
    return feed
