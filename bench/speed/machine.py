"""The machine and the versions that the figures belong to."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench.speed.report import Row, Table

_PACKAGES: Final = ("numba", "numpy", "scikit-learn", "orjson", "confluent-kafka", "quixstreams")
_CPUINFO: Final = Path("/proc/cpuinfo")


def describe() -> Table:
    """Return a table that describes the machine."""
    rows = [
        Row("processor", {"value": f"{_processor()}, {platform.machine()}"}),
        Row("cores for this process", {"value": str(len(os.sched_getaffinity(0)))}),
        Row("load before (1, 5, 15 minutes)", {"value": ", ".join(f"{load:.2f}" for load in os.getloadavg())}),
        Row("memory", {"value": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"}),
        Row("system", {"value": platform.platform()}),
        Row("Python", {"value": platform.python_version()}),
    ]
    rows += [Row(name, {"value": version(name)}) for name in _PACKAGES]
    return Table("machine", "Machine", rows)


def _processor() -> str:
    if not _CPUINFO.exists():
        return platform.processor() or "unknown"
    lines = _CPUINFO.read_text(encoding="utf-8").splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
