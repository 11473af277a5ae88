"""What many tests use."""

import pytest

from common.anomaly import Anomaly
from detector.engine import Engine
from tests import scoring


@pytest.fixture(scope="session")
def engine() -> Engine:
    """Return the engine of the shipped model with the default budget."""
    return Engine.load()


@pytest.fixture(scope="session")
def alert() -> Anomaly:
    """Return the alert of a huge print of AAA."""
    return scoring.block_alert()
