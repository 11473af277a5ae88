"""What the page counts when the broker is killed and comes back, and when its topics are deleted and recreated."""

import math
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from confluent_kafka import Consumer
from prometheus_client import REGISTRY

from common.kafka import consumer, producer
from common.reading import partitions
from common.settings import KafkaSettings, TopicSettings, load
from common.topics.create import ensure_topics
from dashboard.bars import VOLUME
from dashboard.feed import Feed
from dashboard.positions import Positions
from dashboard.settings import DashboardSettings
from dashboard.window import Window
from local import offsets
from local.stack import Stack
from tests import tape
from tests.e2e.topics import delete, grow, publish
from tests.scoring import block_alert
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

SYMBOLS = ("AAA", "BBB", "CCC", "DDD")
TRADES = {symbol: tape.trades(300, seed, symbol) for seed, symbol in enumerate(SYMBOLS)}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Stack]:
    """Return a separate Kafka, which the test may kill."""
    stack = Stack(tmp_path)
    stack.start_kafka()
    yield stack
    stack.stop()


@pytest.fixture
def window() -> Window:
    return Window(load(DashboardSettings))


@pytest.fixture
def watch(window: Window) -> Iterator[Callable[[KafkaSettings, TopicSettings], None]]:
    """Return a function that starts a feed into the window."""
    feeds = []

    def begin(kafka: KafkaSettings, topics: TopicSettings) -> None:
        feeds.append(Feed(kafka, topics, load(DashboardSettings), window))
        feeds[-1].start()

    yield begin
    for feed in feeds:
        feed.stop()
        feed.join(60)


def play(kafka: KafkaSettings, topics: TopicSettings, count: int, first: int = 0) -> None:
    """Publish `count` trades of each symbol, following its earlier ones, and one anomaly of each symbol."""
    for trades in TRADES.values():
        publish(kafka, topics.trades_topic, trades[first : first + count])
    publish(kafka, topics.anomalies_topic, map(block_alert, SYMBOLS))


def measured_lag() -> float:
    return REGISTRY.get_sample_value("detector_lag_messages") or 0.0


def volumes(count: int) -> dict[str, int]:
    return {symbol: sum(trade.size for trade in trades[:count]) for symbol, trades in TRADES.items()}


def check_shown(window: Window, trades: int, anomalies: int) -> None:
    """Check that the window reaches the given numbers of trades per symbol and of anomalies, each counted once."""
    wanted = trades * len(SYMBOLS)
    wait_until(lambda: window.totals().trades >= wanted and window.totals().anomalies >= anomalies, 120)
    assert (window.totals().trades, window.totals().anomalies) == (wanted, anomalies)
    assert {symbol: window.bars(symbol)[:, VOLUME].sum() for symbol in window.symbols()} == volumes(trades)
    assert len(window.anomalies()) == anomalies


def test_a_broker_that_was_away_doubles_and_loses_nothing(
    broker: Stack, window: Window, watch: Callable[[KafkaSettings, TopicSettings], None]
) -> None:
    kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
    topics = load(TopicSettings)
    ensure_topics(kafka, topics)
    play(kafka, topics, 200)
    watch(kafka, topics)
    check_shown(window, 200, 4)

    for outage in (1, 2):
        wait_until(lambda: window.totals().lag is not None)
        assert measured_lag() > 0
        broker.kill_kafka()
        wait_until(lambda: window.trouble is not None)
        assert window.totals().lag is None
        assert math.isnan(measured_lag())
        broker.start_kafka()
        play(kafka, topics, 50, 150 + 50 * outage)
        check_shown(window, 200 + 50 * outage, 4 + 4 * outage)


@pytest.fixture
def shown(
    kafka: KafkaSettings, topics: TopicSettings, window: Window, watch: Callable[[KafkaSettings, TopicSettings], None]
) -> Window:
    """Return a window that shows 50 trades and an anomaly of each symbol."""
    play(kafka, topics, 50)
    watch(kafka, topics)
    check_shown(window, 50, 4)
    return window


def test_topics_that_were_made_anew_are_shown_without_what_was_before(
    kafka: KafkaSettings, topics: TopicSettings, shown: Window
) -> None:
    delete(kafka, topics.trades_topic, topics.anomalies_topic)
    wait_until(lambda: shown.trouble is not None)
    ensure_topics(kafka, topics)
    play(kafka, topics, 80)
    check_shown(shown, 80, 4)


def test_partitions_that_are_added_are_read_too(kafka: KafkaSettings, topics: TopicSettings, shown: Window) -> None:
    for topic in (topics.trades_topic, topics.anomalies_topic):
        grow(kafka, topic, 6)
    play(kafka, topics, 30, 50)
    check_shown(shown, 80, 8)


def fill(kafka: KafkaSettings, topics: TopicSettings, count: int) -> None:
    """Publish to the first partition, once all of them have a leader."""
    writer = producer(kafka)
    for number in range(count):
        writer.produce(topics.trades_topic, b"%d" % number, partition=0)
    assert writer.flush(30) == 0
    wait_until(lambda: offsets.count(kafka, topics.trades_topic) == count)


def starts(reader: Consumer) -> dict[tuple[str, int], int]:
    return {(held.topic, held.partition): held.offset for held in reader.assignment()}


def test_reading_goes_on_where_it_was_while_the_topics_are_the_same(
    kafka: KafkaSettings, topics: TopicSettings
) -> None:
    fill(kafka, topics, 10)
    positions = Positions(kafka, {topics.trades_topic: 9, topics.anomalies_topic: 9})

    with closing(consumer(kafka, "test")) as reader:
        assert not positions.resume(reader)
        messages = reader.consume(2, 30)
        positions.note(messages)
        assert [message.offset() for message in messages] == [7, 8]

    with closing(consumer(kafka, "test")) as reader:
        assert positions.resume(reader)
        assert starts(reader)[topics.trades_topic, 0] == 9


def test_reading_begins_at_the_backlog_in_a_longer_topic_of_the_same_name(
    kafka: KafkaSettings, topics: TopicSettings
) -> None:
    positions = Positions(kafka, {topics.trades_topic: 9})
    for count in (3, 10):
        fill(kafka, topics, count)
        with closing(consumer(kafka, "test")) as reader:
            assert not positions.resume(reader)
            assert starts(reader)[topics.trades_topic, 0] == max(0, count - 3)
        delete(kafka, topics.trades_topic, topics.anomalies_topic)
        ensure_topics(kafka, topics)


def test_reading_begins_at_the_backlog_where_a_topic_has_got_partitions(
    kafka: KafkaSettings, topics: TopicSettings
) -> None:
    fill(kafka, topics, 10)
    positions = Positions(kafka, {topics.trades_topic: 8})
    with closing(consumer(kafka, "test")) as reader:
        positions.resume(reader)
        positions.note(reader.consume(2, 30))
        grow(kafka, topics.trades_topic, 4)
        wait_until(lambda: len(partitions(reader, topics.trades_topic)) == 4)
    offsets.count(kafka, topics.trades_topic)  # Once the new one has a leader too.

    with closing(consumer(kafka, "test")) as reader:
        assert not positions.resume(reader)
        assert starts(reader) == {(topics.trades_topic, number): 8 if number == 0 else 0 for number in range(4)}
