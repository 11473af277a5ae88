"""What many tests use, and how tests are distributed when several processes run them."""

from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from common.anomaly import Anomaly
from detector.engine import Engine
from tests import scoring

_OWN_SERVERS: Final = tuple(
    f"tests/e2e/{name}"
    for name in (
        "test_chaos.py",
        "test_dashboard_outage.py::test_a_broker_that_was_away",
        "test_demo.py",
        "test_detector_rights.py",
        "test_local.py",
        "test_rights.py",
        "test_speed.py",
        "test_start_order.py::test_every_service",
    )
)
"""End-to-end tests that start servers of their own."""


class OneStack(LoadScopeScheduling):  # type: ignore[misc]
    """Gives all tests that share the embedded stack to one process; others go to any process."""

    def _split_scope(self, nodeid: str) -> str:
        shared = nodeid.startswith("tests/e2e/") and not nodeid.startswith(_OWN_SERVERS)
        return "stack" if shared else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneStack:
    return OneStack(config, log)


@pytest.fixture(scope="session")
def engine() -> Engine:
    """Return the engine of the shipped model with the default budget."""
    return Engine.load()


@pytest.fixture(scope="session")
def alert() -> Anomaly:
    """Return the alert of a huge print of AAA."""
    return scoring.block_alert()
