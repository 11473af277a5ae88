"""Kafka as every service uses it: the configuration of clients, and waiting for the broker."""

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from common import authority, logs
from common.errors import ServiceUnavailableError, SettingError
from common.settings import KafkaSettings

logger = logging.getLogger(__name__)

PARTITIONER: Final = "murmur2"
SESSION_TIMEOUT_MS: Final = 10_000
"""How long a killed member of a consumer group keeps its partitions from the others."""
METADATA_MS: Final = 30_000
"""How long partitions that were added to a topic stay unknown, and so unread; librdkafka's own is five minutes."""
_PROBE_TIMEOUT_S: Final = 3.0
_LOG_LEVEL: Final = 5
"""A syslog level: librdkafka logs notices and anything more severe."""
_USUAL_WAIT_S: Final = 10.0
"""How long a starting broker may take before waiting for it is logged as a warning."""
_REMEDIES: Final = {
    "_AUTHENTICATION": "check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD or its file",
    "_SSL": "check KAFKA_SECURITY_PROTOCOL and KAFKA_SSL_CA_FILE",
}
"""What to do about an error of librdkafka, by its name."""
_seldom: Final = logs.Seldom()
"""Shared by all clients: without a broker, each reports the same errors."""


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """Return the librdkafka configuration that all clients share.

    Raises
    ------
    SettingError
        If SASL is requested without a user or password, or the CA file is missing or invalid.
    """
    config: dict[str, Any] = {
        "bootstrap.servers": settings.bootstrap_servers,
        "security.protocol": settings.security_protocol,
        "reconnect.backoff.max.ms": 5_000,
        "error_cb": _log_error,
        "log_level": _LOG_LEVEL,
        # Called whenever the client is polled. Without a logger, librdkafka writes to standard error itself.
        "logger": logging.getLogger(logs.KAFKA_CLIENTS),
    }
    if settings.security_protocol.startswith("SASL"):
        config["sasl.mechanism"] = settings.sasl_mechanism
        config["sasl.username"] = settings.sasl_username
        config["sasl.password"] = settings.sasl_password.get_secret_value()
        if not (config["sasl.username"] and config["sasl.password"]):
            raise SettingError(
                f"KAFKA_SECURITY_PROTOCOL={settings.security_protocol} needs KAFKA_SASL_USERNAME and "
                "KAFKA_SASL_PASSWORD (or KAFKA_SASL_PASSWORD_FILE)"
            )
    if settings.ssl_ca_file is not None:
        authority.check("KAFKA_SSL_CA_FILE", settings.ssl_ca_file)
        config["ssl.ca.location"] = str(settings.ssl_ca_file)
    return config


def producer(settings: KafkaSettings, **extra: Any) -> Producer:
    """Return an idempotent producer with the common partitioner, so that topics with the same keys are co-partitioned.

    `extra` holds further options of librdkafka.
    """
    return Producer(
        connection(settings)
        | {
            "enable.idempotence": True,
            "partitioner": PARTITIONER,
            "compression.type": "lz4",
            "linger.ms": 20,
        }
        | extra
    )


def consumer(settings: KafkaSettings, group: str, **extra: Any) -> Consumer:
    """Return a consumer of committed messages that starts at the earliest offset and does not commit by itself."""
    return Consumer(
        connection(settings)
        | {
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "session.timeout.ms": SESSION_TIMEOUT_MS,
            "topic.metadata.refresh.interval.ms": METADATA_MS,
        }
        | extra
    )


def wait_for_broker(
    settings: KafkaSettings,
    timeout_s: float | None = None,
    topics: tuple[str, ...] = (),
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until the broker answers and the topics exist; log the wait as info first, later as a warning.

    Parameters
    ----------
    settings : KafkaSettings
        How to reach the broker.
    timeout_s : float, optional
        How long to wait; None waits indefinitely.
    topics : tuple of str
        Topics that must exist.
    sleep : callable
        Called with the seconds to sleep.

    Raises
    ------
    ServiceUnavailableError
        If the broker is not ready after `timeout_s`.
    """
    refusals: deque[Any] = deque(maxlen=1)

    def note(error: Any) -> None:
        # Other errors would only repeat the log line below.
        if error.name() in _REMEDIES:
            refusals.append(error)

    admin = AdminClient(connection(settings) | {"error_cb": note, "log_level": 0})
    started = time.monotonic()
    pause_s = 0.5
    while True:
        try:
            known = admin.list_topics(timeout=_PROBE_TIMEOUT_S).topics
            absent = [topic for topic in topics if topic not in known]
            if not absent:
                return
            reason = f"no topic {', '.join(absent)}"
            remedy = "create them: `python -m common.topics`"
        except KafkaException as error:
            admin.poll(0)
            # The client does not tell the same refusal each time.
            why = refusals[0] if refusals else error.args[0]
            reason = why.str()
            remedy = _REMEDIES.get(why.name(), "start it, or set KAFKA_BOOTSTRAP_SERVERS")
        waited_s = time.monotonic() - started
        if timeout_s is not None and waited_s >= timeout_s:
            raise ServiceUnavailableError(
                f"Kafka at {settings.bootstrap_servers} is not ready after {waited_s:.0f} s: {reason}; {remedy}"
            )
        logger.log(
            logging.INFO if waited_s < _USUAL_WAIT_S else logging.WARNING,
            "Waiting for Kafka. address=%s reason=%r remedy=%r waited_s=%.0f",
            settings.bootstrap_servers,
            reason,
            remedy,
            waited_s,
        )
        sleep(pause_s)
        pause_s = min(pause_s * 1.6, 10.0)


def _log_error(error: Any) -> None:
    left_out = _seldom.left_out(error.name())
    if left_out is not None:
        logger.warning(
            "Kafka client: %s. librdkafka keeps trying. code=%s left_out=%d", error.str(), error.name(), left_out
        )
