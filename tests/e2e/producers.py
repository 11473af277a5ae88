"""Producers as processes and as publishers, what they claim and what they publish."""

import subprocess
from collections.abc import Callable, Iterator
from typing import Any

from common.settings import TopicSettings
from producer.encode import Message
from producer.progress import Progress
from producer.publisher import Parcel, Publisher
from tests.e2e.topics import committed

Start = Callable[..., "subprocess.Popen[str]"]
Opened = Callable[[str], Publisher]


def run(start: Start, *arguments: object, **variables: str) -> tuple[int, str]:
    """Run a producer to its end; return its exit code and log."""
    process = start(*arguments, **variables)
    _, log = process.communicate(timeout=90)
    return process.returncode, log


class Interrupted(list[Message]):
    """Messages that let something happen while their transaction is open."""

    def __init__(self, messages: list[Message], happens: Callable[[], Any]) -> None:
        super().__init__(messages)
        self._happens = happens

    def __iter__(self) -> Iterator[Message]:
        self._happens()
        return super().__iter__()


def claim(publisher: Publisher, *, restart: bool = False) -> Progress:
    stands = {"FILE": Progress("day.dbn", "", "")} | ({} if restart else publisher.progress())
    return publisher.claim(stands, restart=restart)["FILE"]


def parcel(publisher: Publisher, *numbers: int, happens: Callable[[], Any] = lambda: None) -> Parcel:
    """Return trades by their numbers, and the progress behind the last one."""
    messages = Interrupted([{"key": b"AAA", "value": b"%d" % number} for number in numbers], happens)
    stand = Progress("day.dbn", publisher.session, publisher.owner, numbers[-1] + 1, numbers[-1] + 1)
    return Parcel(messages, [], {"FILE": stand})


def trades(stack: Any, topics: TopicSettings) -> list[int]:
    return [int(value) for _partition, _key, value in committed(stack, topics.trades_topic)]
