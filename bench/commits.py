"""``python -m bench.commits`` (``make commits``): cost and benefit of a shorter commit interval of the detector."""

import argparse
import sys
import time
from pathlib import Path
from typing import Final

import numpy as np

from bench import broker, load, tape
from bench.faulty import FaultyError
from bench.speed.watch import Watch
from common import cli
from common.anomaly import APPENDED_HEADER
from common.batch import TradeBatch
from common.errors import SettingError
from common.kafka import consumer
from common.reading import partitions
from common.settings import KafkaSettings, TopicSettings
from common.settings import load as settings
from common.topics.create import ensure_topics
from local.apart import apart
from local.services import Service
from local.workplace import workplace
from nasdaq import SAMPLE

INTERVALS_S: Final = (0.1, 0.5, 2.0)
_RATE: Final = 2_000
_STEADY_S: Final = 42.0
_WARM_S: Final = 10.0
"""The detector is silent at first, while it learns each symbol."""
_MANY_ALERTS: Final = "10000"
"""Enough for a percentile of their latency."""
_TRADES: Final = 2_000_000
"""Many commits even of the longest interval: where the topic ends, a detector waits for its last commit."""


@apart()
def main() -> None:
    """Measure each interval and print a row."""
    parser = argparse.ArgumentParser(
        prog="make commits",
        description="Measure latency and throughput of the detector for several commit intervals.",
        epilog='example: make commits ARGS="--trades 1000000 --intervals 0.05,0.1,0.25,1"',
    )
    parser.add_argument("--intervals", default=",".join(map(str, INTERVALS_S)), help="seconds, separated by commas")
    parser.add_argument(
        "--trades", type=int, default=_TRADES, help=f"trades for measuring throughput (default: {_TRADES})"
    )
    arguments = parser.parse_args()
    try:
        intervals = [float(text) for text in arguments.intervals.split(",")]
    except ValueError:
        raise SettingError(f"--intervals {arguments.intervals}: give seconds, separated by commas") from None
    batches = tape.read([SAMPLE])
    sys.stdout.write(
        f"{'COMMIT_INTERVAL_S':>17}{'to visible anomaly, s: median':>31}{'99 %':>7}{'anomalies':>11}{'trades/s':>10}\n"
    )
    with workplace("commits-") as folder, broker.kafka(folder / "stack") as kafka:
        full = _topics(kafka, "full")
        held = load.fill(kafka, full.trades_topic, batches, arguments.trades)
        for interval in intervals:
            run = _Run(kafka, folder, interval)
            latencies = run.latencies(batches)
            if not latencies:
                raise FaultyError("The detector gave no anomaly.")
            speed = run.speed(full, held)
            median, p99 = np.percentile(latencies, [50.0, 99.0])
            sys.stdout.write(f"{interval:>17g}{median:>31.2f}{p99:>7.2f}{len(latencies):>11,}{speed:>10,.0f}\n")
            sys.stdout.flush()


def _topics(kafka: KafkaSettings, name: str) -> TopicSettings:
    names = {"trades_topic": f"trades-{name}", "anomalies_topic": f"anomalies-{name}"}
    topics = settings(TopicSettings, **names, dead_letters_topic=f"dead-letters-{name}")
    ensure_topics(kafka, topics)
    return topics


class _Run:
    """One interval."""

    def __init__(self, kafka: KafkaSettings, folder: Path, interval_s: float) -> None:
        self._kafka = kafka
        self._folder = folder
        self._interval_s = interval_s

    def latencies(self, batches: list[TradeBatch]) -> list[float]:
        """Return the seconds from a trade's append until a reader of committed messages has its anomaly, for each."""
        topics = _topics(self._kafka, f"steady-{self._interval_s:g}")
        service = self._detector(topics, "steady", ALERTS_PER_MILLION=_MANY_ALERTS)
        reader = consumer(self._kafka, "commits-reader")
        reader.assign(partitions(reader, topics.anomalies_topic))
        found: list[float] = []
        try:
            service.wait_until_ready()
            for gone_s, _sent in load.steady(self._kafka, topics.trades_topic, batches, _RATE, _STEADY_S):
                messages = [each for each in reader.consume(500, 0.0) if each.error() is None]
                if gone_s > _WARM_S:
                    appended_s = [int(dict(each.headers())[APPENDED_HEADER]) / 1e3 for each in messages]
                    found += [time.time() - each for each in appended_s]
        finally:
            service.child.stop()
            reader.close()
        return found

    def speed(self, topics: TopicSettings, held: int) -> float:
        """Return the trades per second of a detector that never has to wait for more; the topic has `held`."""
        service = self._detector(topics, "full")
        watch = Watch(self._kafka, self._group("full"), topics.trades_topic, held)
        try:
            return watch.follow(service.child).rate
        finally:
            service.child.stop()
            watch.close()

    def _detector(self, topics: TopicSettings, phase: str, **variables: str) -> Service:
        group = self._group(phase)
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": self._kafka.bootstrap_servers,
            "input": topics.trades_topic,
            "output": topics.anomalies_topic,
            "DEAD_LETTERS_TOPIC": topics.dead_letters_topic,
            "CONSUMER_GROUP": group,
            "COMMIT_INTERVAL_S": f"{self._interval_s:g}",
        }
        return Service("detector", self._folder / group, environment | variables)

    def _group(self, phase: str) -> str:
        return f"{phase}-{self._interval_s:g}"


if __name__ == "__main__":
    cli.run("commits", main)
