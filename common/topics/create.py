"""Creates the topics with the configuration that replays need.

Replayed trades carry past event times: with ``CreateTime`` and finite retention, a broker would delete them within
minutes. So the topics use ``LogAppendTime``.
"""

import logging
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from common.errors import ServiceUnavailableError
from common.kafka import connection
from common.settings import KafkaSettings, TopicSettings

logger = logging.getLogger(__name__)

_RETENTION_MS: Final = str(7 * 24 * 3600 * 1000)
_REQUEST_TIMEOUT_S: Final = 30


def wanted(topics: TopicSettings) -> list[NewTopic]:
    """Return every topic of the pipeline with its partitions, replication and configuration."""
    log = {"message.timestamp.type": "LogAppendTime", "retention.ms": _RETENTION_MS}
    kept = {"message.timestamp.type": "LogAppendTime", "retention.ms": "-1"}
    compacted = {"cleanup.policy": "compact", "message.timestamp.type": "LogAppendTime"}
    count, copies = topics.topic_partitions, topics.topic_replication
    return [
        NewTopic(topics.trades_topic, count, copies, config=log),
        NewTopic(topics.anomalies_topic, count, copies, config=kept),
        NewTopic(topics.dead_letters_topic, 1, copies, config=kept),
        NewTopic(topics.progress_topic, 1, copies, config=compacted),
    ]


def ensure_topics(kafka: KafkaSettings, topics: TopicSettings) -> list[str]:
    """Create the topics that do not exist yet and return their names; existing topics are left unchanged.

    Raises
    ------
    ServiceUnavailableError
        If the broker refuses to create a topic.
    """
    admin = AdminClient(connection(kafka))
    created = []
    for name, future in admin.create_topics(wanted(topics), request_timeout=_REQUEST_TIMEOUT_S).items():
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise ServiceUnavailableError(f"Kafka refused to create topic {name}: {error.args[0].str()}") from None
        else:
            created.append(name)
    _warn_of_others(admin, topics, created)
    return sorted(created)


def _warn_of_others(admin: AdminClient, topics: TopicSettings, created: list[str]) -> None:
    """Warn of earlier topics that have other partitions than the setting says."""
    known = admin.list_topics(timeout=_REQUEST_TIMEOUT_S).topics
    for name in (topics.trades_topic, topics.anomalies_topic):
        if name in known and name not in created and (count := len(known[name].partitions)) != topics.topic_partitions:
            logger.warning(
                "TOPIC_PARTITIONS applies only to new topics. topic=%s partitions=%d TOPIC_PARTITIONS=%d remedy=%r",
                name,
                count,
                topics.topic_partitions,
                "to have as many, name new topics",
            )
