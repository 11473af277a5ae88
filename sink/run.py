"""The sink: anomalies topic → Elasticsearch, until it is stopped."""

import logging

from common import health
from common.kafka import consumer, producer, wait_for_broker
from common.search import client
from common.settings import ElasticsearchSettings, HealthSettings, KafkaSettings, TopicSettings, load
from common.watch import Watch
from sink import metrics
from sink.pump import Pump
from sink.settings import SinkSettings
from sink.writer import Writer

logger = logging.getLogger(__name__)


def run() -> None:
    """Wire the sink and run it; settings come from the environment."""
    kafka, topics, settings = load(KafkaSettings), load(TopicSettings), load(SinkSettings)
    elasticsearch = load(ElasticsearchSettings)
    starting = ["waiting for Kafka"]
    # Settings are read again when credentials are refused: their files may hold new ones by then.
    writer = Writer(lambda: client(load(ElasticsearchSettings)), elasticsearch)
    watch = Watch(kafka, topics.anomalies_topic)
    metrics.UNREAD.set_function(lambda: watch.unread)
    reader = consumer(kafka, settings.group, **watch.options)
    health.serve(load(HealthSettings), lambda: starting[0] if starting else writer.trouble or watch.trouble)
    wait_for_broker(kafka, topics=(topics.anomalies_topic, topics.dead_letters_topic))
    starting.clear()
    writer.install_template()
    pump = Pump(reader, producer(kafka), writer, watch, topics, settings, elasticsearch.index_prefix)
    writer.wait_with(pump.wait_in_group)
    logger.info("Writing anomalies. input=%s elasticsearch=%s", topics.anomalies_topic, elasticsearch.url)
    try:
        pump.run()
    finally:
        reader.close()
