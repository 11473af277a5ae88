"""The sink on the topics of a test, and the documents that it wrote."""

from elasticsearch import ApiError

from common.search import client
from common.settings import ElasticsearchSettings, KafkaSettings, TopicSettings
from tests.e2e.topics import variables


def environment(
    kafka: KafkaSettings, topics: TopicSettings, elasticsearch: ElasticsearchSettings, **others: str
) -> dict[str, str]:
    """Return the variables of a sink with a group of its own."""
    return {
        **variables(kafka, topics),
        "SINK_GROUP": group(topics),
        "ELASTICSEARCH_URL": elasticsearch.url,
        "ELASTICSEARCH_INDEX_PREFIX": elasticsearch.index_prefix,
        **others,
    }


def group(topics: TopicSettings) -> str:
    """Return the consumer group of the sink."""
    return f"sink-{topics.anomalies_topic}"


def documents(settings: ElasticsearchSettings) -> set[str]:
    """Return the ids in the indices."""
    search = client(settings)
    search.indices.refresh(index=f"{settings.index_prefix}-*")
    try:
        return {hit["_id"] for hit in search.search(index=f"{settings.index_prefix}-*", size=100)["hits"]["hits"]}
    except ApiError as error:
        # The shards of an index that was just made cannot be searched yet.
        if error.status_code != 503:
            raise
        return set()
