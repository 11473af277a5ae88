"""The tests, flat by module; those in `e2e` need the embedded Kafka and Elasticsearch."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
"""The folder of the project."""
RECORDED: Final = ROOT.parent / "shared" / "data"
"""Recorded sessions, which are no part of the project; tests of them are skipped where they are not."""
