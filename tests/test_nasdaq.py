"""The sample: reproducible record for record, decoded completely, plausible, with labels on the right prints."""

import numpy as np
import orjson
import pytest
import zstandard

from common.decode import merged, open_file
from nasdaq import SAMPLE
from nasdaq.generate import session

LABELS = SAMPLE.with_name("sample.labels.json")


def plain(compressed: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(compressed)


def test_generator_gives_the_committed_sample_again() -> None:
    content, labels = session(7)
    # Compressed bytes depend on the build of zstd.
    assert plain(content) == plain(SAMPLE.read_bytes())
    assert labels == orjson.loads(LABELS.read_bytes())
    assert len(content) <= 2_000_000


def test_another_seed_gives_another_session() -> None:
    assert plain(session(8)[0]) != plain(SAMPLE.read_bytes())


def test_sample_is_believable() -> None:
    batches = list(merged([open_file(SAMPLE)]))
    times = np.concatenate([batch.ts_recv for batch in batches])
    sides = np.concatenate([batch.side for batch in batches])
    assert len(times) == 61_314
    assert (np.diff(times) >= 0).all()
    hour = np.histogram(times, bins=13)[0]
    assert hour[0] > 1.3 * hour[6]
    assert hour[-1] > 1.3 * hour[6]
    assert (sides == ord("N")).sum() == 8


@pytest.mark.parametrize("label", orjson.loads(LABELS.read_bytes()), ids=lambda x: x["kind"])
def test_labels_point_at_prints_of_their_symbol(label: dict[str, int]) -> None:
    (batch,) = [batch for batch in merged([open_file(SAMPLE)], limit=label["first_record"] + 1) if len(batch)][-1:]
    assert batch.symbols[batch.symbol[-1]] == label["symbol"]
    assert batch.ts_recv[-1] == label["first_ts_recv"]
    assert label["last_ts_recv"] >= label["first_ts_recv"]
