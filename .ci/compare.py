"""Compares the documents in Elasticsearch with the anomalies of a back-test: the same ids, no more, no fewer.

Usage: python .ci/compare.py ELASTICSEARCH_URL BACKTEST.jsonl
"""

import sys
import time
from pathlib import Path
from typing import Final

import orjson
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import scan

_INDICES: Final = "anomalies-*"
_PATIENCE_S: Final = 180.0
_QUIET_S: Final = 8.0


def settled_count(client: Elasticsearch, wanted: int) -> int:
    """Return the count of documents once it has reached what is wanted and has stood still, or when time is over."""
    deadline, seen, since = time.monotonic() + _PATIENCE_S, -1, time.monotonic()
    while (now := time.monotonic()) < deadline:
        client.indices.refresh(index=_INDICES)
        try:
            count = int(client.count(index=_INDICES)["count"])
        except ApiError as error:
            # The shards of an index that was just made cannot be searched yet.
            if error.status_code != 503:
                raise
            count = -1
        if count != seen:
            seen, since = count, now
        elif count >= wanted and now - since >= _QUIET_S:
            break
        time.sleep(0.5)
    return seen


def main(url: str, backtest: str) -> int:
    """Print the comparison; return 0 if both are the same."""
    lines = [orjson.loads(line) for line in Path(backtest).read_bytes().splitlines()]
    wanted = {line["anomaly_id"] for line in lines}
    client = Elasticsearch(url, request_timeout=30)
    documents = settled_count(client, len(wanted))
    found = {hit["_id"] for hit in scan(client, index=_INDICES, source=False)}
    lost, extra = wanted - found, found - wanted
    sys.stdout.write(
        f"back-test: {len(lines)} anomalies; Elasticsearch: {documents} documents; "
        f"lost {len(lost)}, extra {len(extra)}\n"
    )
    for name, ids in (("lost", lost), ("extra", extra)):
        sys.stdout.writelines(f"  {name}: {anomaly}\n" for anomaly in sorted(ids)[:10])
    if not wanted:
        sys.stdout.write("The back-test gave no anomaly at all: nothing was compared.\n")
    return int(bool(lost or extra or not wanted or documents != len(wanted)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
