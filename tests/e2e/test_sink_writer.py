"""The writer against a real Elasticsearch: what one bad document does to the others of its request."""

from collections import Counter
from typing import Any

import pytest
from prometheus_client import REGISTRY

from common.search import client
from common.settings import ElasticsearchSettings
from sink.writer import Item, Writer
from tests.e2e.gate import Gate

pytestmark = pytest.mark.e2e


@pytest.fixture
def index(elasticsearch_settings: ElasticsearchSettings) -> str:
    return f"{elasticsearch_settings.index_prefix}-2024.03.01"


@pytest.fixture
def writer(elasticsearch_settings: ElasticsearchSettings) -> Writer:
    return Writer(lambda: client(elasticsearch_settings), elasticsearch_settings)


def outcomes() -> Counter[str]:
    """Return how many documents were counted, by outcome."""
    names = ("created", "duplicate", "refused")
    counts = {name: REGISTRY.get_sample_value("documents_written_total", {"outcome": name}) for name in names}
    return Counter({name: int(count or 0) for name, count in counts.items()})


def test_one_document_that_spoils_its_request_is_found_and_the_others_are_written(
    elasticsearch_settings: ElasticsearchSettings, index: str, writer: Writer
) -> None:
    writer.install_template()
    items = [Item(index, f"{number:032x}", {"size": number}, None) for number in range(9)]
    too_long, unknown = Item(index, "f" * 600, {"size": 1}, None), Item(index, "e" * 32, {"colour": "red"}, None)

    refused = writer.write([*items[:4], too_long, *items[4:], unknown])

    reasons = {refusal.item.document_id: refusal.error for refusal in refused}
    assert set(reasons) == {too_long.document_id, unknown.document_id}
    assert "id" in reasons[too_long.document_id]
    assert "strict_dynamic_mapping_exception" in reasons[unknown.document_id]
    search = client(elasticsearch_settings)
    search.indices.refresh(index=index)
    found: list[dict[str, Any]] = search.search(index=index, size=100)["hits"]["hits"]
    assert sorted(hit["_id"] for hit in found) == [item.document_id for item in items]
    assert writer.trouble is None


def test_each_document_is_counted_once_where_its_request_is_refused_at_the_second_try(
    elasticsearch_settings: ElasticsearchSettings, index: str, writer: Writer
) -> None:
    writer.install_template()
    items = [Item(index, f"{number:032x}", {"size": number}, None) for number in range(4)]
    too_long = Item(index, "f" * 600, {"size": 1}, None)
    before = outcomes()
    with Gate(elasticsearch_settings.url) as gate:
        # The first try takes one document, and all others are to be sent again.
        gate.one_by_one = True
        settings = elasticsearch_settings.model_copy(update={"url": gate.url})
        behind = Writer(lambda: client(settings), settings)
        behind.wait_with(lambda _seconds: setattr(gate, "one_by_one", False))

        refused = behind.write([*items, too_long])

    assert [refusal.item for refusal in refused] == [too_long]
    assert outcomes() - before == {"created": 4, "refused": 1}


def test_elasticsearch_is_there_although_it_refuses_the_only_document(index: str, writer: Writer) -> None:
    refused = writer.write([Item(index, "f" * 600, {"size": 1}, None)])

    assert len(refused) == 1
    assert writer.trouble is None


@pytest.mark.parametrize("what", ["too many shards", "closed"])
def test_what_an_operator_can_mend_is_waited_for(
    elasticsearch_settings: ElasticsearchSettings, index: str, writer: Writer, what: str
) -> None:
    search = client(elasticsearch_settings)
    writer.install_template()
    if what == "closed":
        writer.write([Item(index, "0" * 32, {"size": 0}, None)])
        search.cluster.health(index=index, wait_for_status="yellow")
        search.indices.close(index=index)
    else:
        search.cluster.put_settings(persistent={"cluster.max_shards_per_node": 1})
    told: list[str | None] = []

    def mend(_seconds: float) -> None:
        told.append(writer.trouble)
        search.cluster.put_settings(persistent={"cluster.max_shards_per_node": None})
        if what == "closed":
            search.indices.open(index=index)

    writer.wait_with(mend)
    items = [Item(index, f"{number:032x}", {"size": number}, None) for number in range(1, 4)]
    try:
        refused = writer.write(items)
    finally:
        search.cluster.put_settings(persistent={"cluster.max_shards_per_node": None})

    assert refused == []
    assert told
    assert what.split()[-1] in str(told[0])
    search.indices.refresh(index=index)
    found = {hit["_id"] for hit in search.search(index=index, size=100)["hits"]["hits"]}
    assert found >= {item.document_id for item in items}


def test_a_copy_is_kept_where_there_is_a_second_node_and_one_node_alone_is_whole(
    elasticsearch_settings: ElasticsearchSettings, index: str, writer: Writer
) -> None:
    writer.install_template()

    assert writer.write([Item(index, f"{1:032x}", {"size": 1}, None)]) == []

    search = client(elasticsearch_settings)
    settings = search.indices.get_settings(index=index)[index]["settings"]["index"]
    assert (settings["auto_expand_replicas"], settings["number_of_replicas"]) == ("0-1", "0")
    assert search.cluster.health(index=index, wait_for_status="green", timeout="10s")["status"] == "green"
