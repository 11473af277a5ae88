"""Through Kafka: the detector (one process, exactly once) against bare counters run the same way on the same topic."""

import logging
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from bench import broker
from bench.speed import ceiling
from bench.speed.report import Figure, Row, Table
from bench.speed.watch import Progress, Watch
from common import reading
from common.errors import ServiceUnavailableError
from common.kafka import producer
from common.settings import KafkaSettings, TopicSettings, load
from common.topics.create import ensure_topics
from common.trade import Trade
from detector.kernel import layout
from detector.load import load_engine
from detector.settings import DetectorSettings
from local import offsets
from local.services import Service

logger = logging.getLogger(__name__)

GOAL_TRADES_A_SECOND: Final = 30_000
GOAL_SHARE: Final = 0.8
_QUEUE: Final = 1_000_000
_FLUSH_S: Final = 60.0
_ERRORS_ONLY: Final = 3


@dataclass(frozen=True, slots=True)
class _Contestant:
    name: str
    module: str
    arguments: tuple[str, ...] = ()


_DETECTOR: Final = _Contestant("detector: `python -m detector`, default settings", "detector")
_SMALL: Final = _Contestant("bare Quix counter, 8 bytes of state", "bench.speed.counter", ("8",))
_LARGE: Final = _Contestant(
    f"bare Quix counter, {layout.STATE_BYTES:,} bytes of state", "bench.speed.counter", (str(layout.STATE_BYTES),)
)


def measure(trades: Iterable[Trade], folder: Path, rounds: int) -> list[Table]:
    """Publish the trades to an embedded Kafka and let the detector and the counters read them in turn.

    Parameters
    ----------
    trades : iterable of Trade
        Trades to fill the topic with before anything is timed.
    folder : Path
        Where Kafka's data, states and logs go.
    rounds : int
        How many times each process runs.
    """
    logger.info("Kafka: starting.")
    with broker.kafka(folder / "stack") as settings:
        topics = load(TopicSettings)
        ensure_topics(settings, topics)
        began = time.perf_counter()
        wanted: set[str] = set()
        count = _fill(settings, topics.trades_topic, _scored(trades, wanted))
        logger.info("Kafka: %d trades published in %.0f s.", count, time.perf_counter() - began)
        runs: dict[_Contestant, list[Progress]] = defaultdict(list)
        for number in range(rounds):
            for contestant in (_DETECTOR, _SMALL, _LARGE):
                progress = _run(contestant, settings, topics, folder / f"{len(runs[contestant])}", count)
                logger.info(
                    "Kafka: round %d of %d, %s: %d trades/s.", number + 1, rounds, contestant.name, progress.rate
                )
                runs[contestant].append(progress)
        failed = _wrong(settings, topics, dict.fromkeys(wanted, rounds))
        limits = ceiling.measure(settings, topics.trades_topic, count)
    return [_table(runs, count, len(wanted), failed), limits]


def _scored(trades: Iterable[Trade], alerts: set[str]) -> Iterator[Trade]:
    """Yield the trades, and collect the ids of the alerts that they must give."""
    engine, states = load_engine(), dict[str, bytes]()
    for trade in trades:
        states[trade.symbol], anomaly = engine.score(states.get(trade.symbol), trade, 0)
        if anomaly is not None:
            alerts.add(anomaly.anomaly_id)
        yield trade


def _wrong(settings: KafkaSettings, topics: TopicSettings, wanted: dict[str, int]) -> str:
    """Return what is wrong with what the detector published; empty if it is each alert once a round, and no more."""
    published = Counter(
        orjson.loads(message.value() or b"")["anomaly_id"]
        for message in reading.messages(settings, topics.anomalies_topic, "alerts")
    )
    if published != wanted or not wanted:
        return "the detector's alerts through Kafka are not those of `Engine.score`"
    return "the detector sent dead letters" if offsets.count(settings, topics.dead_letters_topic) else ""


def _fill(settings: KafkaSettings, topic: str, trades: Iterable[Trade]) -> int:
    writer = producer(
        settings, **{"queue.buffering.max.messages": _QUEUE, "batch.size": 1_000_000, "log_level": _ERRORS_ONLY}
    )
    count = 0
    for trade in trades:
        writer.produce(topic, trade.to_json(), key=trade.symbol.encode())
        count += 1
        if count % 1_000 == 0:
            writer.poll(0)
            while len(writer) > _QUEUE // 2:
                writer.poll(0.05)
    if left := writer.flush(_FLUSH_S):
        raise ServiceUnavailableError(f"Kafka has not taken {left} of {count} trades in {_FLUSH_S:.0f} s")
    return count


def _run(contestant: _Contestant, kafka: KafkaSettings, topics: TopicSettings, folder: Path, count: int) -> Progress:
    """Let one process read the topic from its beginning; its progress is what its group has committed."""
    group = f"{contestant.module}{'-'.join(('', *contestant.arguments))}-{folder.name}"
    folder = folder / group
    environment = {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers, "CONSUMER_GROUP": group}
    watch = Watch(kafka, group, topics.trades_topic, count)
    service = Service(contestant.module, folder, environment, contestant.arguments)
    try:
        return watch.follow(service.child)
    finally:
        service.child.stop()
        watch.close()


def _table(runs: dict[_Contestant, list[Progress]], count: int, alerts: int, failed: str) -> Table:
    rates = {contestant: statistics.median(run.rate for run in done) for contestant, done in runs.items()}

    def figures(contestant: _Contestant) -> dict[str, Figure]:
        done = runs[contestant]
        return {
            "trades_a_second": rates[contestant],
            "of_each_run": ", ".join(f"{run.rate:,.0f}" for run in done),
            "processor_us": statistics.median(run.processor_us for run in done),
        }

    def beside(counter: _Contestant) -> Row:
        # Compared within each round, because the machine's other load changes from round to round.
        share = statistics.median(
            own.rate / other.rate for own, other in zip(runs[_DETECTOR], runs[counter], strict=True)
        )
        return Row(f"detector to {counter.name}", {"share": share}, f"≥ {GOAL_SHARE:.0%}", share >= GOAL_SHARE)

    reached = rates[_DETECTOR] >= GOAL_TRADES_A_SECOND
    rows = [
        Row(_DETECTOR.name, figures(_DETECTOR), f"≥ {GOAL_TRADES_A_SECOND:,}", reached),
        *(Row(counter.name, figures(counter)) for counter in (_SMALL, _LARGE)),
        *(beside(counter) for counter in (_SMALL, _LARGE)),
    ]
    interval = load(DetectorSettings).commit_interval_s
    note = (
        f"A topic of {count:,} trades, filled beforehand; one process at a time, in turn, each in its own group; "
        f"exactly once, a commit every {interval:g} s. Medians over {len(runs[_DETECTOR])} rounds, each from the first "
        "commit at or after 10 % of the topic to the one that reaches its end. "
        "Shares are medians over rounds of the ratio within a round. "
        f"The detector publishes {alerts:,} alerts per round, all checked; the counters parse and publish nothing."
    )
    return Table("kafka", "Through Kafka: one process, exactly once", rows, [note], failed)
