"""``python -m local.demo``: the whole pipeline on the embedded stack, playing the sample or given files."""

import argparse
import logging
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Final

import orjson

from common import cli
from local.pipeline import Pipeline
from local.process import free_port
from local.stack import Stack
from nasdaq import SAMPLE

logger = logging.getLogger(__name__)

_WATCHABLE_SPEED: Final = "60"
_STATUS_S: Final = 0.5
_LOG_EVERY_S: Final = 10.0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make demo",
        description="Start Kafka, Elasticsearch and the four services without Docker, and play trades through them.",
        epilog='example: make demo ARGS="my.trades.dbn.zst --exit-when-done --no-dashboard --summary out.json"',
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE", help="files or folders (default: the sample)")
    parser.add_argument("--speed", help="max, or times real time (default: 60 for the sample, otherwise max)")
    parser.add_argument("--exit-when-done", action="store_true", help="stop when every trade has gone all the way")
    parser.add_argument("--no-dashboard", action="store_true", help="do not serve the page")
    parser.add_argument("--summary", type=Path, metavar="FILE.json", help="write the counts of each stage here")
    parser.add_argument("--salvage", action="store_true", help="play the good part of damaged files")
    parser.add_argument("--kafka-port", type=int, default=0, help="default: a free one")
    parser.add_argument("--elasticsearch-port", type=int, default=0, help="default: a free one")
    parser.add_argument("--dashboard-port", type=int, default=0, help="default: a free one")
    return parser


def main() -> int:
    """Parse the command line, run, and return the exit code."""
    arguments = _parser().parse_args()
    folder = Path(tempfile.mkdtemp(prefix="trade-anomalies-"))
    speed = arguments.speed or ("max" if arguments.paths or arguments.exit_when_done else _WATCHABLE_SPEED)
    port = None if arguments.no_dashboard else arguments.dashboard_port or free_port()
    try:
        _say("Starting Kafka and Elasticsearch (the first time they are downloaded) …")
        with (
            Stack(folder / "stack", arguments.kafka_port, arguments.elasticsearch_port) as stack,
            _started(stack, folder, port) as pipeline,
        ):
            _say(f"  Kafka          {stack.bootstrap_servers}\n  Elasticsearch  {stack.elasticsearch_url}")
            _say(f"  Logs           {folder}")
            if port is not None:
                _say(f"  Dashboard      http://127.0.0.1:{port}   <- open this")
            return _play(pipeline, arguments, speed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(stack: Stack, folder: Path, port: int | None) -> Pipeline:
    services = "the detector and the sink" if port is None else "the detector, the sink and the dashboard"
    _say(f"Starting {services} …")
    return Pipeline(stack, folder, port)


def _play(pipeline: Pipeline, arguments: argparse.Namespace, speed: str) -> int:
    summary = pipeline.folder / "producer.json"
    started = time.monotonic()
    paths = [str(path.absolute()) for path in arguments.paths or [SAMPLE]]
    options = ["--speed", speed, "--summary", str(summary), *(["--salvage"] if arguments.salvage else [])]
    producer = pipeline.launch("producer", *paths, *options)
    status = _Status(pipeline, started)
    while producer.child.exit_code() is None:
        status.show()
        time.sleep(_STATUS_S)
    if code := producer.child.exit_code():
        status.end()
        sys.stderr.write(f"{producer.child.tail()}\n")
        return code
    pipeline.wait_until_done(status.show)
    status.show()
    status.end()
    counts = asdict(pipeline.counts(summary)) | {"seconds": round(time.monotonic() - started, 1)}
    _say("\n".join(f"  {name.replace('_', ' '):<18}{value:>12,}" for name, value in counts.items()))
    if arguments.summary:
        arguments.summary.write_bytes(orjson.dumps(counts, option=orjson.OPT_INDENT_2) + b"\n")
    if not arguments.exit_when_done:
        _say("All trades are through; everything stays up to be looked at. Ctrl-C stops it.")
        while True:
            time.sleep(1.0)
    return 0


class _Status:
    """One line that is written over on a terminal, and a log line now and then elsewhere."""

    def __init__(self, pipeline: Pipeline, started: float) -> None:
        self._pipeline, self._started = pipeline, started
        self._logged = started
        self._terminal = sys.stdout.isatty()

    def show(self) -> None:
        """Show the counts, as far as the services have told."""
        now = time.monotonic()
        if not self._terminal and now - self._logged < _LOG_EVERY_S:
            return
        services = self._pipeline.services
        text = (
            f"published {services['producer'].metric('trades_published_total'):,.0f}  "
            f"scored {services['detector'].metric('trades_scored_total'):,.0f}  "
            f"documents {services['sink'].metric('documents_written_total'):,.0f}  "
            f"{now - self._started:.0f} s"
        )
        self._logged = now
        sys.stdout.write(f"\r\033[K{text}" if self._terminal else f"{text}\n")
        sys.stdout.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._terminal:
            sys.stdout.write("\n")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    cli.run("demo", main)
