"""The control: Quix's own ElasticsearchSink with its defaults, in place of this project's sink."""

import os
from typing import Final

from quixstreams import Application
from quixstreams.sinks.community.elasticsearch import ElasticsearchSink

from common import health
from common.settings import ElasticsearchSettings, HealthSettings, KafkaSettings, TopicSettings, load

INDEX: Final = "quix"
"""Outside this project's index template, which Quix's own documents would not fit."""


def main() -> None:
    """Move anomalies until stopped."""
    app = Application(
        broker_address=load(KafkaSettings).bootstrap_servers,
        consumer_group=os.environ.get("SINK_GROUP", "sink"),
        auto_offset_reset="earliest",
    )
    elasticsearch = load(ElasticsearchSettings)
    sink = ElasticsearchSink(elasticsearch.url, INDEX)
    app.dataframe(app.topic(load(TopicSettings).anomalies_topic, value_deserializer="json")).sink(sink)
    health.serve(load(HealthSettings), lambda: None)
    app.run()


if __name__ == "__main__":
    main()
