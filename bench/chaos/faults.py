"""The faults: each is caused, and the time until the pipeline has recovered is measured."""

import shutil
import signal
import time
from collections.abc import Callable, Mapping
from typing import Final, Literal

from confluent_kafka.admin import AdminClient

from bench.chaos.proxy import Proxy
from bench.faulty import within
from common.errors import ServiceUnavailableError
from common.kafka import connection
from local import offsets
from local.pipeline import Pipeline
from local.services import Service
from local.stack import Stack
from producer.publisher import ReplacedError

_PAUSE_S: Final = 3.0
_SHARE_S: Final = 5.0
_REFUSED: Final = 3
_MARKERS: Final = 2
"""Offsets at the end of a partition that may be transaction markers, which no reader commits."""
_RECOVERY_S: Final = 180.0


class Chaos:
    """A running pipeline, and the ways to harm it.

    Parameters
    ----------
    stack, pipeline, proxy
        What is harmed.
    start : mapping of callables
        Starts each service, by name, with the same arguments each time, as a supervisor would. "other producer" plays
        the file as part of another set of files; "second detector" and "second sink" join the first one's group.
    away_s : float
        How long a server that is taken down stays down.
    """

    def __init__(
        self,
        stack: Stack,
        pipeline: Pipeline,
        proxy: Proxy,
        start: Mapping[str, Callable[[], Service]],
        away_s: float = 0.0,
    ) -> None:
        self._stack, self._pipeline, self._proxy, self._start = stack, pipeline, proxy, start
        self.restarts = 0
        self.faults: dict[str, Callable[[], bool]] = {
            "kill the producer": lambda: self._kill("producer"),
            "kill the detector": lambda: self._kill("detector"),
            "kill the sink": lambda: self._kill("sink"),
            "another producer takes over": self._take_over,
            "lose the detector's state": self._lose_state,
            "a second detector comes and goes": lambda: self._second("detector"),
            "pause the producer": lambda: self._pause("producer"),
            "pause the detector": lambda: self._pause("detector"),
            "pause the sink": lambda: self._pause("sink"),
            "suspend and replace the detector": lambda: self._second("detector", asleep=True),
            "suspend and replace the sink": lambda: self._second("sink", asleep=True),
            "restart Kafka": lambda: self._away(0.0, stack.kill_kafka, stack.start_kafka),
            "restart Elasticsearch": lambda: self._away(0.0, stack.kill_elasticsearch, stack.start_elasticsearch),
            "answer 429": self._busy,
        }
        self.absences: dict[str, Callable[[], bool]] = {
            "Kafka away": lambda: self._away(away_s, stack.kill_kafka, stack.start_kafka),
            "Elasticsearch away": lambda: self._away(away_s, stack.kill_elasticsearch, stack.start_elasticsearch),
        }

    def harm(self, name: str) -> tuple[bool, float]:
        """Cause one fault and wait until the pipeline has recovered.

        Returns
        -------
        tuple of (bool, float)
            Whether it took place, and the seconds from its start until the trades that came meanwhile are scored.

        Raises
        ------
        ServiceUnavailableError
            If a service does not get ready again.
        FaultyError
            If those trades are not scored.
        """
        began = time.monotonic()
        took_place = (self.faults | self.absences)[name]()
        self.supervise()
        for service in ("producer", "detector", "sink"):
            self._ready(service)
        topic, group = self._pipeline.topics.trades_topic, self._pipeline.groups[0]
        ends = offsets.ends(self._pipeline.kafka, topic)
        patience = within(_RECOVERY_S, f"After {name!r} the detector has not caught up", self.supervise)
        while True:
            reached = offsets.committed(self._pipeline.kafka, group, topic)
            if all(max(reached[number], 0) >= end - _MARKERS for number, end in ends.items()):
                return took_place, time.monotonic() - began
            patience()
            time.sleep(0.1)

    def supervise(self) -> None:
        """Restart every service that has ended, except a producer that has finished."""
        for name, service in list(self._pipeline.services.items()):
            if service.child.exit_code() not in (None, 0) or (name != "producer" and service.child.exit_code() == 0):
                self._start[name]()
                self.restarts += 1

    def _ready(self, name: str) -> None:
        deadline = time.monotonic() + _RECOVERY_S
        while True:
            if name == "producer" and self._pipeline.services[name].child.exit_code() == 0:
                return
            try:
                self._pipeline.services[name].wait_until_ready()
            except ServiceUnavailableError:
                if time.monotonic() > deadline:
                    raise
                self.supervise()
            else:
                return

    def _kill(self, name: str) -> bool:
        if self._pipeline.services[name].child.exit_code() is not None:
            return False
        self._pipeline.services[name].child.kill()
        return True

    def _pause(self, name: str) -> bool:
        child = self._pipeline.services[name].child
        if child.exit_code() is not None:
            return False
        child.send(signal.SIGSTOP)
        time.sleep(_PAUSE_S)
        child.send(signal.SIGCONT)
        return True

    def _take_over(self) -> bool:
        """Start a producer of another set of files that includes this file; the first producer has to stop."""
        first = self._pipeline.services["producer"].child
        if first.exit_code() is not None:
            return False
        self._start["other producer"]()
        deadline = time.monotonic() + _RECOVERY_S
        while first.exit_code() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        if first.exit_code() not in (0, ReplacedError.exit_code):
            raise ServiceUnavailableError(f"The producer that was replaced has not stopped:\n{first.tail()}")
        return first.exit_code() == ReplacedError.exit_code

    def _lose_state(self) -> bool:
        state = self._pipeline.folder / "state"
        if not self._kill("detector") or not any(state.rglob("*")):
            return False
        shutil.rmtree(state)
        return True

    def _second(self, name: Literal["detector", "sink"], *, asleep: bool = False) -> bool:
        """Share the partitions with a second process, which takes all of them first if the first one is asleep."""
        first, group = self._pipeline.services[name].child, self._pipeline.groups[name == "sink"]
        earlier = self._owners(group)
        deadline = time.monotonic() + _RECOVERY_S
        if asleep:
            first.send(signal.SIGSTOP)
        second = self._start[f"second {name}"]()
        try:
            second.wait_until_ready()
            if asleep:
                while not self._owners(group) - earlier and time.monotonic() < deadline:
                    time.sleep(0.1)
                time.sleep(_SHARE_S)
                first.send(signal.SIGCONT)
            while len(self._owners(group)) < 2 and time.monotonic() < deadline:
                time.sleep(0.1)
            time.sleep(_SHARE_S)
            return len(self._owners(group)) == 2
        finally:
            first.send(signal.SIGCONT)
            del self._pipeline.services["second"]
            second.child.stop()

    def _owners(self, group: str) -> set[str]:
        """Return the members of a consumer group that have partitions."""
        admin = AdminClient(connection(self._pipeline.kafka))
        members = admin.describe_consumer_groups([group])[group].result().members
        return {member.member_id for member in members if member.assignment.topic_partitions}

    def _away(self, seconds: float, end: Callable[[], None], start: Callable[[], None]) -> bool:
        """Take a server down; services that do not survive this are counted as restarts by `supervise`."""
        end()
        time.sleep(seconds)
        start()
        return True

    def _busy(self) -> bool:
        """Answer 429 until three bulk requests were refused."""
        refused, began = self._proxy.refused, time.monotonic()
        self._proxy.busy = True
        while self._proxy.refused < refused + _REFUSED and time.monotonic() - began < _RECOVERY_S:
            time.sleep(0.1)
        self._proxy.busy = False
        return self._proxy.refused >= refused + _REFUSED
