"""``python -m bench.soak`` (``make soak``): a steady rate of trades for a long time; memory, lag and latency."""

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bench import tape
from common import cli
from common.errors import InputError
from common.kafka import consumer, producer
from common.reading import lag, partitions
from local.pipeline import Pipeline
from local.services import Service
from local.stack import Stack
from nasdaq import SAMPLE

logger = logging.getLogger(__name__)

_SLICE_S: Final = 0.05
_ROW_S: Final = 30.0
_MB: Final = 1024.0
_FLAT: Final = 1.15
_MOST_LAG_S: Final = 10.0
_WARM_SHARE: Final = 0.25
SERVICES: Final = ("detector", "sink")


def main() -> int:
    """Run; return 0 if memory was flat and the lag bounded."""
    parser = argparse.ArgumentParser(
        prog="make soak",
        description="Publish trades at a steady rate on loopback; print memory, lag and latency over time.",
        epilog="example: make soak MINUTES=60 RATE=10000",
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="default: 20; at most 1440")
    parser.add_argument("--rate", type=int, default=10_000, help="trades a second (default: 10000; at most 100000)")
    arguments = parser.parse_args()
    if not (0 < arguments.minutes <= 1440 and 0 < arguments.rate <= 100_000):
        raise InputError("--minutes must be above 0 and up to 1440, --rate above 0 and up to 100000")
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as folder,
        Stack(Path(folder) / "stack") as stack,
        Pipeline(stack, Path(folder)) as pipeline,
    ):
        return _soak(pipeline, arguments.minutes * 60.0, arguments.rate)


def _soak(pipeline: Pipeline, seconds: float, rate: int) -> int:
    writer = producer(pipeline.kafka)
    topic = pipeline.topics.trades_topic
    trades = tape.endless([trade for batch in tape.read([SAMPLE]) for trade in batch.trades()])
    watch = _Watch(pipeline, rate)
    began = time.monotonic()
    sent, next_row = 0, _ROW_S
    while (elapsed := time.monotonic() - began) < seconds:
        due = int(elapsed * rate) - sent
        for _ in range(due):
            trade = next(trades)
            writer.produce(topic, trade.to_json(), key=trade.symbol.encode())
        sent += due
        writer.poll(0)
        if elapsed >= next_row:
            watch.row(elapsed, sent)
            next_row += _ROW_S
        time.sleep(_SLICE_S)
    writer.flush(30)
    return watch.verdict()


class _Watch:
    """Prints a row now and then, and judges them at the end."""

    def __init__(self, pipeline: Pipeline, rate: int) -> None:
        self._pipeline, self._rate = pipeline, rate
        self._rows: list[tuple[float, ...]] = []
        self._before = dict.fromkeys(SERVICES, (0.0, 0.0))
        self._watcher = consumer(pipeline.kafka, pipeline.groups[0])
        self._trades = partitions(self._watcher, pipeline.topics.trades_topic)
        sys.stdout.write(
            f"{'minutes':>8}{'trades':>13}{'lag':>9}{'detector MB':>13}{'sink MB':>9}"
            f"{'to anomaly, s':>15}{'to document, s':>16}\n"
        )

    def row(self, elapsed: float, sent: int) -> None:
        """Measure and print."""
        services = self._pipeline.services
        memory = [_resident_mb(services[name].child.pid) for name in SERVICES]
        latency = [self._latency(services[name], f"{name}_latency_seconds") for name in SERVICES]
        behind = lag(self._watcher, self._trades)
        self._rows.append((behind, *memory))
        sys.stdout.write(
            f"{elapsed / 60:>8.1f}{sent:>13,}{behind:>9,}{memory[0]:>13.0f}{memory[1]:>9.0f}"
            f"{latency[0]:>15.2f}{latency[1]:>16.2f}\n"
        )
        sys.stdout.flush()

    def verdict(self) -> int:
        """Say whether memory was flat and the lag bounded; 0 if both."""
        warm = self._rows[int(len(self._rows) * _WARM_SHARE) :]
        if len(warm) < 2:
            sys.stdout.write("Too short to judge: run some minutes.\n")
            return 1
        half = len(warm) // 2
        growth = [
            max(row[place] for row in warm[half:]) / max(row[place] for row in warm[:half])
            for place in range(1, 1 + len(SERVICES))
        ]
        lag_s = max(row[0] for row in warm) / self._rate
        told = ", ".join(f"{name} x {factor:.2f}" for name, factor in zip(SERVICES, growth, strict=True))
        sys.stdout.write(f"memory, second half to first: {told}; longest lag {lag_s:.1f} s of trades\n")
        return int(max(growth) > _FLAT or lag_s > _MOST_LAG_S)

    def _latency(self, service: Service, metric: str) -> float:
        """Return the mean since the last row, 0 where nothing happened."""
        total, count = service.metric(f"{metric}_sum"), service.metric(f"{metric}_count")
        before = self._before[service.name]
        self._before[service.name] = (total, count)
        return (total - before[0]) / (count - before[1]) if count > before[1] else 0.0


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / _MB


if __name__ == "__main__":
    cli.run("soak", main)
