"""``python -m bench.soak`` (``make soak``): memory, lag and latency under a steady rate of trades for a long time."""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from bench import load, tape
from common import cli
from common.errors import SettingError
from common.kafka import consumer
from common.reading import follower, lag, partitions
from common.search import client
from local import offsets
from local.apart import apart
from local.pipeline import Pipeline
from local.process import free_port
from local.services import Service
from local.stack import Stack
from nasdaq import SAMPLE

_ROW_S: Final = 30.0
_MB: Final = 1024.0
_FLAT: Final = 1.15
_MOST_LAG_S: Final = 10.0
_LEAST_RATE: Final = 0.99
_WARM_SHARE: Final = 0.25
SERVICES: Final = ("detector", "sink", "dashboard")
LATENCIES: Final = (("detector", "detector_latency_seconds"), ("sink", "pipeline_latency_seconds"))


@apart()
def main() -> int:
    """Run; return 0 if the rate was kept, memory stayed flat, lag was bounded and every anomaly became a document."""
    parser = argparse.ArgumentParser(
        prog="make soak",
        description="Publish trades at a steady rate on loopback; print memory, lag and latency over time.",
        epilog="example: make soak MINUTES=60 RATE=10000",
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="default: 20; at most 1440")
    parser.add_argument("--rate", type=int, default=10_000, help="trades per second (default: 10000; at most 100000)")
    arguments = parser.parse_args()
    if not (0 < arguments.minutes <= 1440 and 0 < arguments.rate <= 100_000):
        raise SettingError("--minutes must be above 0 and up to 1440, --rate above 0 and up to 100000")
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as folder,
        Stack(Path(folder) / "stack") as stack,
        Pipeline(stack, Path(folder), free_port()) as pipeline,
    ):
        return _soak(pipeline, arguments.minutes * 60.0, arguments.rate)


def _soak(pipeline: Pipeline, seconds: float, rate: int) -> int:
    topic, batches = pipeline.topics.trades_topic, tape.read([SAMPLE])
    watch = _Watch(pipeline, rate)
    gone_s, next_row = 0.0, _ROW_S
    for gone_s, sent in load.steady(pipeline.kafka, topic, batches, rate, seconds):
        if gone_s >= next_row:
            watch.row(gone_s, sent)
            next_row += _ROW_S
    reached = sum(offsets.ends(pipeline.kafka, topic).values()) / gone_s
    pipeline.wait_until_done()
    return watch.verdict(reached)


class _Watch:
    """Prints a row of measurements when asked, and judges them all at the end."""

    def __init__(self, pipeline: Pipeline, rate: int) -> None:
        self._pipeline, self._rate = pipeline, rate
        self._rows: list[tuple[float, ...]] = []
        self._before = {metric: (0.0, 0.0) for _name, metric in LATENCIES}
        self._reader = consumer(pipeline.kafka, "soak")
        self._group = follower(pipeline.kafka, pipeline.groups[0])
        self._trades = partitions(self._reader, pipeline.topics.trades_topic)
        memory = "".join(f"{f'{name} MB':>14}" for name in SERVICES)
        sys.stdout.write(f"{'minutes':>8}{'trades':>13}{'lag':>8}{memory}{'to anomaly, s':>15}{'to document, s':>16}\n")

    def row(self, elapsed: float, sent: int) -> None:
        """Measure and print."""
        services = self._pipeline.services
        memory = [_resident_mb(services[name].child.pid) for name in SERVICES]
        latency = [self._latency(services[name], metric) for name, metric in LATENCIES]
        behind = lag(self._reader, self._group, self._trades)
        self._rows.append((behind, *memory))
        shown = "".join(f"{held:>14.0f}" for held in memory)
        sys.stdout.write(f"{elapsed / 60:>8.1f}{sent:>13,}{behind:>8,}{shown}{latency[0]:>15.2f}{latency[1]:>16.2f}\n")
        sys.stdout.flush()

    def verdict(self, reached: float) -> int:
        """Print the outcome; return 0 if rate, memory, lag and documents are all as they should be, otherwise 1."""
        warm = self._rows[int(len(self._rows) * _WARM_SHARE) :]
        if len(warm) < 2:
            sys.stdout.write("Too short to judge: run it for some minutes.\n")
            return 1
        half = len(warm) // 2
        growth = [
            max(row[place] for row in warm[half:]) / max(row[place] for row in warm[:half])
            for place in range(1, 1 + len(SERVICES))
        ]
        lag_s = max(row[0] for row in warm) / self._rate
        anomalies, documents, letters = self._outcome()
        told = ", ".join(f"{name} x {factor:.2f}" for name, factor in zip(SERVICES, growth, strict=True))
        sys.stdout.write(
            f"rate reached: {reached:,.0f} trades/s; longest lag {lag_s:.1f} s of trades\n"
            f"memory, second half to first: {told}\n"
            f"anomalies {anomalies:,}, documents {documents:,}, dead letters {letters}\n"
        )
        sound = reached >= self._rate * _LEAST_RATE and lag_s <= _MOST_LAG_S and max(growth) <= _FLAT
        return int(not (sound and 0 < anomalies == documents and letters == 0))

    def _outcome(self) -> tuple[int, int, int]:
        """Return the numbers of anomalies, documents and dead letters."""
        kafka, topics, elasticsearch = self._pipeline.kafka, self._pipeline.topics, self._pipeline.elasticsearch
        search, indices = client(elasticsearch), f"{elasticsearch.index_prefix}-*"
        search.indices.refresh(index=indices)
        return (
            offsets.count(kafka, topics.anomalies_topic),
            int(search.count(index=indices)["count"]),
            offsets.count(kafka, topics.dead_letters_topic),
        )

    def _latency(self, service: Service, metric: str) -> float:
        """Return the mean since the previous row; 0 if nothing happened."""
        total, count = service.metric(f"{metric}_sum"), service.metric(f"{metric}_count")
        before = self._before[metric]
        self._before[metric] = (total, count)
        return (total - before[0]) / (count - before[1]) if count > before[1] else 0.0


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / _MB


if __name__ == "__main__":
    cli.run("soak", main)
