"""The stream: trades topic → one engine → anomalies topic, with state per symbol, exactly once.

`build_pipeline` wires the steps and connects to nothing; `build_application` knows Kafka.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import orjson
from quixstreams import State, message_context
from quixstreams.dataframe import StreamingDataFrame
from quixstreams.kafka.configuration import ConnectionConfig
from quixstreams.models import Serializer, Topic, TopicConfig
from quixstreams.state.rocksdb import RocksDBOptions

from common.anomaly import APPENDED_HEADER, Anomaly
from common.deadletters.letter import DeadLetter
from common.errors import MessageError
from common.kafka import METADATA_MS, PARTITIONER, SESSION_TIMEOUT_MS
from common.settings import KafkaSettings, TopicSettings
from common.trade import Trade
from common.watch import Watch
from detector import metrics
from detector.engine import Engine
from detector.loop import BatchApplication
from detector.notes import Notes
from detector.settings import DetectorSettings
from detector.state import mark

StateOf = Callable[[int, bytes | None], "State[Any, Any]"]
"""Returns the state of a key in a partition; only to be called while a message of that partition is processed."""

_BLOCK_CACHE_BYTES: Final = 16 * 1024 * 1024
_WRITE_BUFFER_BYTES: Final = 4 * 1024 * 1024
"""Per partition; with RocksDB's 64 MiB, memory would grow for an hour until the first buffer is flushed."""
_FETCHED_KB: Final = 16 * 1024
"""Buffer for messages read ahead; with librdkafka's 64 MiB, a detector catching up needs that much more memory."""
_PATIENCE_S: Final = 7 * 24 * 3600.0
"""How long the broker may be unavailable before the application gives up."""


def build_pipeline(
    trades: StreamingDataFrame, scorer: "Scorer", anomalies: Topic, dead_letters: Topic
) -> StreamingDataFrame:
    """Wire the steps from bytes to alerts.

    Parameters
    ----------
    trades : StreamingDataFrame
        The trades topic, with values and keys as bytes.
    scorer : Scorer
        Scores the trades.
    anomalies, dead_letters : Topic
        Where alerts go, and messages that are not trades.
    """
    trades.register_store()

    def state_of(partition: int, key: bytes | None) -> "State[Any, Any]":
        # What `stateful=True` does for every message is done here once per symbol and batch.
        checkpoint = trades.processing_context.checkpoint
        return checkpoint.get_store_transaction(stream_id=trades.stream_id, partition=partition).as_state(prefix=key)

    # Alerts and dead letters share one path: where a stream branches, Quix Streams copies each value with pickle.
    found = trades.apply(partial(scorer, state_of), metadata=True).filter(_is_found).set_headers(_headers)
    return found.to_topic(lambda value, *_rest: dead_letters if type(value) is DeadLetter else anomalies, key=_key)


def _is_found(value: Any) -> bool:
    return value is not None


def _headers(value: Anomaly | DeadLetter, _key: Any, timestamp: int, _headers: Any) -> list[tuple[str, bytes]]:
    if type(value) is DeadLetter:
        # A message as large as the broker accepts must not grow further on its way to the dead letters.
        return []
    # Readers of an anomaly measure the pipeline's latency from the time when its trade was appended.
    return [(APPENDED_HEADER, b"%d" % timestamp)]


def _key(value: Anomaly | DeadLetter) -> bytes:
    return (value.key if isinstance(value, DeadLetter) else value.trade.symbol).encode()


class _Message(Serializer):
    """Serialises alerts and dead letters."""

    def __call__(self, value: Anomaly | DeadLetter, *_args: Any, **_kwargs: Any) -> bytes:
        return value.to_json()


class Scorer:
    """The one step that knows the engine. State is stored under the model's hash, so that no two models share it.

    Parameters
    ----------
    engine : Engine
        Scores the trades.
    clock : callable
        Returns the wall clock in nanoseconds.
    """

    def __init__(self, engine: Engine, clock: Callable[[], int] = time.time_ns) -> None:
        self._engine = engine
        self._clock = clock
        # Serialised as Quix Streams would, but once instead of for each trade.
        self._slot = orjson.dumps(engine.tag.hash)
        self._held: dict[tuple[int, bytes | None], tuple[State[Any, Any], bytes]] = {}
        self._tally = 0
        self._notes = Notes()
        self._ts_event = self._scored_at = 0
        metrics.MARKET_CLOCK.set_function(lambda: self._ts_event / 1e9)
        metrics.EVENT_DELAY.set_function(lambda: (self._scored_at - self._ts_event) / 1e9)

    def __call__(
        self, state_of: StateOf, value: bytes | None, key: bytes | None, timestamp: int, _headers: Any
    ) -> Anomaly | DeadLetter | None:
        """Score one message; return what to publish, if anything."""
        now = self._clock()
        trade = _parsed(value, key, now)
        if isinstance(trade, DeadLetter):
            self._notes.bury(trade)
            return trade
        owner = message_context().partition, key
        held = self._held.get(owner)
        if held is None:
            state = state_of(*owner)
            before = state.get_bytes(self._slot)
        else:
            state, before = held
        after, anomaly = self._engine.score(before, trade, now)
        self._held[owner] = state, after
        self._tally += 1
        self._ts_event, self._scored_at = trade.ts_event, now
        if anomaly is not None:
            self._notes.alert()
            for rule in anomaly.rules:
                metrics.ANOMALIES.labels(rule).inc()
            metrics.LATENCY.observe(max(0.0, now / 1e9 - timestamp / 1e3))
        return anomaly

    def settle(self) -> None:
        """Write the state of every symbol scored since the last call; until then, it is held in memory only."""
        for state, after in self._held.values():
            state.set_bytes(self._slot, after)
        self._held.clear()
        metrics.SCORED.inc(self._tally)
        self._notes.score(self._tally)
        self._tally = 0


def _parsed(value: bytes | None, key: bytes | None, now: int) -> Trade | DeadLetter:
    try:
        trade = Trade.from_json(value or b"")
    except MessageError as error:
        return _dead(value, key, now, error.reason, str(error))
    if key != trade.symbol.encode():
        return _dead(value, key, now, "wrong_key", f"the message's key is not its symbol {trade.symbol!r}")
    return trade


def _dead(value: bytes | None, key: bytes | None, now: int, reason: str, error: str) -> DeadLetter:
    metrics.DEAD_LETTERS.labels(reason).inc()
    context = message_context()
    return DeadLetter.of(
        value or b"",
        service="detector",
        reason=reason,
        error=error,
        origin=context.topic,
        partition=context.partition,
        offset=context.offset,
        key=key,
        at=now,
    )


def build_application(
    kafka: KafkaSettings, topics: TopicSettings, settings: DetectorSettings, engine: Engine, watch: Watch
) -> BatchApplication:
    """Return the application, ready to run on topics that must exist; `watch` is notified by its consumer."""
    asked = options(kafka, settings)
    asked["consumer_extra_config"] |= watch.options
    app = BatchApplication(**asked)
    shape = TopicConfig(topics.topic_partitions, topics.topic_replication)
    single = TopicConfig(1, topics.topic_replication)
    trades = app.topic(topics.trades_topic, value_deserializer="bytes", key_deserializer="bytes", config=shape)
    written: dict[str, Any] = {"value_serializer": _Message(), "key_serializer": "bytes"}
    anomalies = app.topic(topics.anomalies_topic, config=shape, **written)
    dead_letters = app.topic(topics.dead_letters_topic, config=single, **written)
    scorer = Scorer(engine)
    build_pipeline(app.dataframe(trades), scorer, anomalies, dead_letters)
    app.settle = scorer.settle
    for changelog in app.changelogs:
        mark(kafka, settings.state_dir, changelog)
    return app


def options(kafka: KafkaSettings, settings: DetectorSettings) -> dict[str, Any]:
    """Return the options of a Quix Streams application that processes exactly once from input to output."""
    return {
        "broker_address": _connection(kafka),
        "consumer_group": settings.consumer_group,
        "auto_offset_reset": "earliest",
        "commit_interval": settings.commit_interval_s,
        "processing_guarantee": "exactly-once",
        "state_dir": settings.state_dir,
        "rocksdb_options": RocksDBOptions(block_cache_size=_BLOCK_CACHE_BYTES, write_buffer_size=_WRITE_BUFFER_BYTES),
        "producer_extra_config": {
            "partitioner": PARTITIONER,
            "linger.ms": 5,
            "compression.type": "lz4",
            # By then a killed detector has lost its partitions too. Until then, the sink and the next detector wait
            # behind the transaction that it left open.
            "transaction.timeout.ms": SESSION_TIMEOUT_MS + int(settings.commit_interval_s * 1000),
        },
        "consumer_extra_config": {
            "isolation.level": "read_committed",
            "session.timeout.ms": SESSION_TIMEOUT_MS,
            "topic.metadata.refresh.interval.ms": METADATA_MS,
            "queued.max.messages.kbytes": _FETCHED_KB,
        },
        "consumer_poll_timeout": 0.1,
        "broker_availability_timeout": _PATIENCE_S,
        # Errors are logged where they are caught; Quix Streams would log them with a traceback before that.
        "on_producer_error": lambda *_: False,
        # Quix Streams then leaves logging alone: `common.logs` sets its format and level.
        "loglevel": None,
    }


def _connection(kafka: KafkaSettings) -> ConnectionConfig:
    secure = kafka.security_protocol.startswith("SASL")
    return ConnectionConfig(
        bootstrap_servers=kafka.bootstrap_servers,
        security_protocol=kafka.security_protocol.lower(),  # type: ignore[arg-type]
        sasl_mechanism=kafka.sasl_mechanism if secure else None,
        sasl_username=kafka.sasl_username if secure else None,
        sasl_password=kafka.sasl_password if secure else None,
        ssl_ca_location=str(kafka.ssl_ca_file) if kafka.ssl_ca_file else None,
    )
