"""How the tests are shared out when several processes run them."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling


class OneStack(LoadScopeScheduling):  # type: ignore[misc]
    """Gives the end-to-end tests to one process, for they share the embedded stack, and the others as they come."""

    def _split_scope(self, nodeid: str) -> str:
        return "stack" if nodeid.startswith("tests/e2e/") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneStack:
    return OneStack(config, log)
