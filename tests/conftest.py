"""What many tests use, and how tests are distributed when several processes run them."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from common.anomaly import Anomaly
from detector.engine import Engine
from tests import scoring


class OneStack(LoadScopeScheduling):  # type: ignore[misc]
    """Gives all tests that share the embedded stack to one process; others go to any process."""

    def _split_scope(self, nodeid: str) -> str:
        # The long test of faults starts a stack of its own.
        shared = nodeid.startswith("tests/e2e/") and not nodeid.startswith("tests/e2e/test_chaos.py")
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
