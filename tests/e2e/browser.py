"""The dashboard as a process, for tests in a real Chromium."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from common.settings import KafkaSettings, TopicSettings
from local.process import free_port
from local.services import Service
from tests.e2e.topics import variables

CHROMIUM: Final = shutil.which("chromium")
needs_chromium: Final = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"
)


@contextmanager
def dashboard(kafka: KafkaSettings, topics: TopicSettings, folder: Path) -> Iterator[str]:
    """Serve the page of these topics; give its address."""
    port = free_port()
    environment = variables(kafka, topics) | {
        "STREAMLIT_SERVER_PORT": str(port),
        "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
    }
    service = Service("dashboard", folder, environment)
    try:
        service.wait_until_ready()
        yield f"http://127.0.0.1:{port}"
    finally:
        service.child.stop()
