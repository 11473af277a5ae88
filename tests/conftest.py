"""Distributes the tests when several processes run them."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling


class OneStack(LoadScopeScheduling):  # type: ignore[misc]
    """Gives all end-to-end tests to one process, as they share the embedded stack; others go to any process."""

    def _split_scope(self, nodeid: str) -> str:
        return "stack" if nodeid.startswith("tests/e2e/") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneStack:
    return OneStack(config, log)
