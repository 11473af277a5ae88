"""Runs the demo, from checking its options to its end."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import orjson
from confluent_kafka import KafkaException
from elastic_transport import TransportError

from common.decode import TradeFile, expand
from common.errors import PipelineError, SettingError
from common.settings import ElasticsearchSettings, TopicSettings, load
from detector.settings import DetectorSettings
from local.apart import apart
from local.pipeline import Pipeline
from local.process import check_free, free_port
from local.stack import Stack, starting
from local.status import Status
from local.workplace import workplace
from nasdaq import SAMPLE
from producer.report import summary_file
from producer.settings import ProducerSettings
from sink.settings import SinkSettings

_WATCHABLE_SPEED: Final = "60"
_STATUS_S: Final = 0.5


class PlayError(PipelineError):
    """The producer has failed; the command ends with its exit code."""

    def __init__(self, code: int, tail: str) -> None:
        super().__init__(f"The producer has ended with exit code {code}:\n{tail}")
        self.exit_code = code


def show(arguments: argparse.Namespace) -> int:
    """Check the options, start everything, play, and print the counts of each stage; return the exit code.

    Raises
    ------
    SettingError
        If an option is invalid; raised before anything is started.
    InputError
        If a file cannot be played.
    PlayError
        If the producer fails.
    ServiceUnavailableError
        If a server or service does not start, or ends by itself.
    """
    paths = [path.absolute() for path in arguments.paths or [SAMPLE]]
    speed = arguments.speed or ("max" if arguments.paths or arguments.exit_when_done else _WATCHABLE_SPEED)
    port = None if arguments.no_dashboard else arguments.dashboard_port or free_port()
    with apart(), ExitStack() as written:
        _check(paths, speed, [given for given in (port, arguments.kafka_port, arguments.elasticsearch_port) if given])
        summary = written.enter_context(summary_file(arguments.summary, paths))
        with workplace("trade-anomalies-") as folder, _started(arguments, folder, port) as pipeline:
            counts = _play(pipeline, paths, ["--speed", speed, *(["--salvage"] if arguments.salvage else [])])
            _say("\n".join(f"  {name.replace('_', ' '):<18}{value:>12,}" for name, value in counts.items()))
            if summary is not None:
                summary.write(orjson.dumps(counts, option=orjson.OPT_INDENT_2).decode() + "\n")
            # Write the summary now, before everything stays up for viewing.
            written.close()
            if not arguments.exit_when_done:
                _stay(pipeline)
    return 0


def _check(paths: list[Path], speed: str, ports: list[int]) -> None:
    for each in (TopicSettings, ElasticsearchSettings, DetectorSettings, SinkSettings):
        load(each)
    settings = load(ProducerSettings, {"paths": "FILE", "speed": "--speed"}, paths=paths, speed=speed)
    for path in expand(list(settings.paths)):
        TradeFile(path)  # The header alone reveals most mistakes.
    if len(set(ports)) < len(ports):
        raise SettingError(f"ports {', '.join(map(str, ports))}: give each server its own")
    for port in ports:
        check_free(port)


@contextmanager
def _started(arguments: argparse.Namespace, folder: Path, port: int | None) -> Iterator[Pipeline]:
    _say(starting())
    with Stack(folder / "stack", arguments.kafka_port, arguments.elasticsearch_port) as stack:
        services = "the detector and the sink" if port is None else "the detector, the sink and the dashboard"
        _say(f"Starting {services} …")
        with Pipeline(stack, folder, port) as pipeline:
            _say(f"  Kafka          {stack.bootstrap_servers}\n  Elasticsearch  {stack.elasticsearch_url}")
            if not arguments.exit_when_done:
                _say(f"  Logs           {folder}")
            if port is not None:
                _say(f"  Dashboard      http://127.0.0.1:{port}   <- open this")
            try:
                yield pipeline
            except (KafkaException, TransportError):
                # If a server has ended, this raises an error that says more.
                pipeline.check()
                raise


def _play(pipeline: Pipeline, paths: list[Path], options: list[str]) -> dict[str, Any]:
    summary = pipeline.folder / "producer.json"
    started = time.monotonic()
    producer = pipeline.launch("producer", *map(str, paths), "--summary", str(summary), *options).child
    status = Status(pipeline, started, summary)
    try:
        while producer.exit_code() is None:
            status.show()
            time.sleep(_STATUS_S)
        if code := producer.exit_code():
            raise PlayError(code, producer.tail())
        pipeline.wait_until_done(status.show)
        status.show()
    finally:
        status.end()
    return asdict(pipeline.counts(summary)) | {"seconds": round(time.monotonic() - started, 1)}


def _stay(pipeline: Pipeline) -> None:
    _say("All trades have been processed; everything keeps running for you to look at. Ctrl-C stops it.")
    with suppress(KeyboardInterrupt):
        while True:
            pipeline.check()
            time.sleep(_STATUS_S)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
