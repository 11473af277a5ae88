"""``python -m bench.soak`` (``make soak``): memory, lag and latency under a steady rate of trades for a long time."""

import argparse
import sys
from pathlib import Path
from typing import Final

from bench import load, tape
from bench.faulty import FaultyError, within
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
from local.workplace import workplace
from nasdaq import SAMPLE

_ROW_S: Final = 30.0
_MB: Final = 1024.0
_FLAT: Final = {"detector": 1.05, "sink": 1.05, "dashboard": 1.15}
"""Most memory in the second half to the first; the dashboard's charts still fill."""
_MOST_LAG_S: Final = 10.0
_LEAST_RATE: Final = 0.99
_WARM_SHARE: Final = 0.25
_FINISH_S: Final = 300.0
LATENCIES: Final = (("detector", "detector_latency_seconds"), ("sink", "pipeline_latency_seconds"))


@apart()
def main() -> None:
    """Run.

    Raises
    ------
    FaultyError
        If the rate was not held, memory grew, the lag was too long or not every anomaly became a document.
    ServiceUnavailableError
        If a server or service has ended.
    """
    parser = argparse.ArgumentParser(
        prog="make soak",
        description="Publish trades at a steady rate on loopback; print memory, lag and latency over time.",
        epilog="example: make soak MINUTES=60 RATE=10000",
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="default: 20; 1 to 1440")
    parser.add_argument("--rate", type=int, default=10_000, help="trades per second (default: 10000; at most 100000)")
    arguments = parser.parse_args()
    if not (1 <= arguments.minutes <= 1440 and 0 < arguments.rate <= 100_000):
        raise SettingError("--minutes must be from 1 to 1440, --rate above 0 and up to 100000")
    with (
        workplace("soak-") as folder,
        Stack(folder / "stack") as stack,
        Pipeline(stack, folder, free_port()) as pipeline,
    ):
        _soak(pipeline, arguments.minutes * 60.0, arguments.rate)


def _soak(pipeline: Pipeline, seconds: float, rate: int) -> None:
    topic, batches = pipeline.topics.trades_topic, tape.read([SAMPLE])
    watch = _Watch(pipeline, rate)
    gone_s, next_row = 0.0, _ROW_S
    for gone_s, sent in load.steady(pipeline.kafka, topic, batches, rate, seconds):
        if gone_s >= next_row:
            pipeline.check()
            watch.row(gone_s, sent)
            next_row += _ROW_S
    reached = sum(offsets.ends(pipeline.kafka, topic).values()) / gone_s
    pipeline.wait_until_done(within(_FINISH_S, "Not everything is processed", pipeline.check))
    watch.judge(reached)


class _Watch:
    """Prints a row of measurements when asked, and judges them all at the end."""

    def __init__(self, pipeline: Pipeline, rate: int) -> None:
        self._pipeline, self._rate = pipeline, rate
        self._rows: list[tuple[float, ...]] = []
        self._before = {metric: (0.0, 0.0) for _name, metric in LATENCIES}
        self._reader = consumer(pipeline.kafka, "soak")
        self._group = follower(pipeline.kafka, pipeline.groups[0])
        self._trades = partitions(self._reader, pipeline.topics.trades_topic)
        memory = "".join(f"{f'{name} MB':>14}" for name in _FLAT)
        sys.stdout.write(f"{'minutes':>8}{'trades':>13}{'lag':>8}{memory}{'to anomaly, s':>15}{'to document, s':>16}\n")

    def row(self, elapsed: float, sent: int) -> None:
        """Measure and print."""
        services = self._pipeline.services
        memory = [_resident_mb(services[name].child.pid) for name in _FLAT]
        latency = [self._latency(services[name], metric) for name, metric in LATENCIES]
        behind = lag(self._reader, self._group, self._trades)
        self._rows.append((behind, *memory))
        shown = "".join(f"{held:>14.0f}" for held in memory)
        sys.stdout.write(f"{elapsed / 60:>8.1f}{sent:>13,}{behind:>8,}{shown}{latency[0]:>15.2f}{latency[1]:>16.2f}\n")
        sys.stdout.flush()

    def judge(self, reached: float) -> None:
        """Print the outcome; raises `FaultyError` unless rate, memory, lag and documents are all as they should be."""
        warm = self._rows[int(len(self._rows) * _WARM_SHARE) :]
        growth = {name: grown([row[place] for row in warm]) for place, name in enumerate(_FLAT, 1)}
        lag_s = max(row[0] for row in warm) / self._rate
        anomalies, documents, letters = self._outcome()
        told = ", ".join(f"{name} x {factor:.2f}" for name, factor in growth.items())
        sys.stdout.write(
            f"rate reached: {reached:,.0f} trades/s; longest lag {lag_s:.1f} s of trades\n"
            f"memory, second half to first: {told}\n"
            f"anomalies {anomalies:,}, documents {documents:,}, dead letters {letters}\n"
        )
        if faults := wrong(reached / self._rate, lag_s, growth, anomalies, documents, letters):
            raise FaultyError("; ".join(faults))

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


def wrong(
    share: float, lag_s: float, growth: dict[str, float], anomalies: int, documents: int, letters: int
) -> list[str]:
    """Return what is not as it should be, in words; `share` is that of the rate that was reached.

    >>> wrong(1.0, 0.6, {"detector": 1.0, "sink": 1.01, "dashboard": 1.1}, 9, 9, 0)
    []
    >>> wrong(1.0, 30.0, {"detector": 1.06}, 9, 8, 0)
    ['the lag was too long', 'the memory of the detector grew', 'not every anomaly became one document']
    >>> wrong(0.9, 0.6, {"dashboard": 1.2}, 0, 0, 2)
    ['the rate was not held', 'the memory of the dashboard grew', 'there were no anomalies', 'there were dead letters']
    """
    faults = {
        "the rate was not held": share < _LEAST_RATE,
        "the lag was too long": lag_s > _MOST_LAG_S,
        **{f"the memory of the {name} grew": factor > _FLAT[name] for name, factor in growth.items()},
        "there were no anomalies": not anomalies,
        "not every anomaly became one document": anomalies != documents,
        "there were dead letters": letters > 0,
    }
    return [fault for fault, true in faults.items() if true]


def grown(memory: list[float]) -> float:
    """Return the most of the second half of some figures, relative to the most of the first half.

    >>> grown([100.0, 101.0, 100.0, 101.0]), round(grown([100.0, 103.0, 106.0, 109.0]), 3)
    (1.0, 1.058)
    """
    half = len(memory) // 2
    return max(memory[half:]) / max(memory[:half])


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / _MB


if __name__ == "__main__":
    cli.run("soak", main)
