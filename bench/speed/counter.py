"""``python -m bench.speed.counter BYTES``: a bare Quix Streams counter with byte state, as a yardstick.

It is Quix Streams' own application with the detector's options (topic, commit interval, exactly once) and a single
step: read the state of the key, add one to its first eight bytes, write it back. It neither parses nor publishes.
"""

import argparse
from typing import Any, Final

from quixstreams import Application, State
from quixstreams.models import TopicConfig

from common import cli
from common.settings import KafkaSettings, TopicSettings, load
from detector.app import options
from detector.settings import DetectorSettings

_WORD: Final = 8


def count(state: "State[Any, Any]", rest: bytes) -> int:
    """Add one to the counter in the state and return it; a new state is filled up with `rest`."""
    held = state.get_bytes("count")
    seen = 1 + (0 if held is None else int.from_bytes(held[:_WORD], "little"))
    state.set_bytes("count", seen.to_bytes(_WORD, "little") + (rest if held is None else held[_WORD:]))
    return seen


def main() -> None:
    """Count until stopped."""
    parser = argparse.ArgumentParser(prog="python -m bench.speed.counter", description="Count messages by key.")
    parser.add_argument("bytes", type=int, help="size of the state, 8 or more")
    rest = bytes(max(0, parser.parse_args().bytes - _WORD))
    topics = load(TopicSettings)
    app = Application(**options(load(KafkaSettings), load(DetectorSettings)))
    shape = TopicConfig(topics.topic_partitions, topics.topic_replication)
    trades = app.topic(topics.trades_topic, value_deserializer="bytes", key_deserializer="bytes", config=shape)
    app.dataframe(trades).apply(lambda _value, state: count(state, rest), stateful=True)
    app.run()


if __name__ == "__main__":
    cli.run("counter", main)
