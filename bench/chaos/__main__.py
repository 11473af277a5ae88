"""``python -m bench.chaos`` (``make chaos``): kill, pause and starve every part, then compare the documents."""

import argparse
import logging
import os
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Final

import zstandard
from tqdm import tqdm

from bench.chaos.compare import Comparison
from bench.chaos.faults import Chaos
from bench.chaos.proxy import Proxy
from bench.faulty import FaultyError, within
from common import cli
from common.decode import merged, open_file
from local import offsets, reference
from local.apart import apart
from local.pipeline import Pipeline
from local.services import Service
from local.stack import Stack
from local.workplace import workplace
from nasdaq import SAMPLE

logger = logging.getLogger(__name__)

_PAUSE_S: Final = 2.0
"""Average pause between two faults."""
_PLAYED_A_CYCLE_S: Final = 40.0
"""Longer than the average fault takes even on a slow machine, so that trades keep coming until the last one."""
_ALERTS_PER_MILLION: Final = "10000"
"""Enough for every fault to catch some on their way."""
_FINISH_S: Final = 300.0
_CONTROL_S: Final = 20.0


@apart()
def main() -> int:
    """Run the faults and compare; return 1 if the control's documents are not the wanted ones.

    Raises
    ------
    FaultyError
        If, without the control, anything was lost, doubled, changed or added, or a fault did not take place.
    """
    arguments = _parsed()
    os.environ.setdefault("ALERTS_PER_MILLION", _ALERTS_PER_MILLION)
    wanted = reference.documents(arguments.file)
    trades, span_s = _extent(arguments.file)
    away_s = 60.0 * (arguments.away or 0.0)
    speed = span_s / (arguments.cycles * _PLAYED_A_CYCLE_S + 2.5 * away_s)
    with workplace("chaos-") as folder, Stack(folder / "stack") as stack, Proxy(stack.elasticsearch_url) as proxy:
        with Pipeline(stack, folder) as pipeline:
            missed = _run(arguments, stack, pipeline, proxy, speed, away_s)
            compared = Comparison.of(wanted, pipeline.hits("quix*" if arguments.control else None))
            # The sink writes an anomaly that comes twice once; so what the detector published is counted too.
            counts = {
                topic: offsets.count(pipeline.kafka, topic)
                for topic in (pipeline.topics.trades_topic, pipeline.topics.anomalies_topic)
            }
        sys.stdout.write(f"{compared}\n")
        if arguments.control:
            return int(not compared.sound)
        faults = [] if compared.sound else ["the documents are not those of a back-test"]
        faults += [
            f"{topic} has {found} messages instead of {due}"
            for (topic, found), due in zip(counts.items(), (trades, len(wanted)), strict=True)
            if found != due
        ]
        faults += [f"{name!r} did not take place ({count})" for name, count in missed.items()]
        if faults:
            raise FaultyError("; ".join(faults))
    return 0


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make chaos",
        description="Play a file while processes are killed and paused and servers restarted, then compare documents.",
        epilog='example: make chaos ARGS="--cycles 200 --seed 7"',
    )
    parser.add_argument("file", nargs="?", type=Path, default=SAMPLE, help="default: the sample")
    parser.add_argument("--cycles", type=int, default=20, help="number of faults (default: 20; for a long run: 200)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the order of faults (default: 1)")
    parser.add_argument(
        "--away", type=float, metavar="MINUTES", help="also take Kafka, then Elasticsearch, down for this long"
    )
    parser.add_argument("--control", action="store_true", help="use Quix's ElasticsearchSink, which loses documents")
    arguments = parser.parse_args()
    if arguments.cycles < 1 or (arguments.away or 0.0) < 0.0:
        parser.error("--cycles must be 1 or more, --away 0 or more")
    return arguments


def _extent(path: Path) -> tuple[int, float]:
    """Return how many trades the file has, and how many seconds of market time it spans."""
    batches = list(merged([open_file(path)]))
    return sum(map(len, batches)), (int(batches[-1].ts_recv[-1]) - int(batches[0].ts_recv[0])) / 1e9


def _run(
    arguments: argparse.Namespace, stack: Stack, pipeline: Pipeline, proxy: Proxy, speed: float, away_s: float
) -> Counter[str]:
    """Cause the faults, let everything be processed, and print a table; return the faults that did not take place."""
    generator = random.Random(arguments.seed)
    module = "bench.chaos.quix_sink" if arguments.control else "sink"

    def play(pace: str, *beside: Path) -> Callable[[], Service]:
        files = [str(path.absolute()) for path in (arguments.file, *beside)]
        return lambda: pipeline.launch("producer", *files, "--speed", pace)

    start: dict[str, Callable[[], Service]] = {
        "producer": play(f"{speed:.3f}"),
        "other producer": play(f"{speed:.3f}", _without_trades(pipeline.folder / "empty.dbn")),
        "detector": lambda: pipeline.launch("detector"),
        "second detector": lambda: pipeline.launch(
            "second", module="detector", STATE_DIR=str(pipeline.folder / "second")
        ),
        "sink": lambda: pipeline.launch("sink", module=module, ELASTICSEARCH_URL=proxy.url),
        "second sink": lambda: pipeline.launch("second", module=module, ELASTICSEARCH_URL=proxy.url),
    }
    pipeline.services["sink"].child.stop()
    start["sink"]()
    start["producer"]()
    chaos = Chaos(stack, pipeline, proxy, start, away_s)
    order = [*_order(generator, sorted(chaos.faults), arguments.cycles), *(chaos.absences if away_s else ())]
    recovery: dict[str, list[float]] = defaultdict(list)
    missed: Counter[str] = Counter()
    for name in tqdm(order, desc="Faults", disable=not sys.stderr.isatty()):
        time.sleep(generator.uniform(0.5, 1.5) * _PAUSE_S)
        took_place, seconds = chaos.harm(name)
        if took_place:
            recovery[name].append(seconds)
        else:
            missed[name] += 1
        logger.info("Recovered. fault=%r took_place=%s seconds=%.1f", name, took_place, seconds)
    if pipeline.services["producer"].child.exit_code() == 0:
        logger.warning("The file was played out before the last fault; the last ones met no trades.")
    pipeline.services["producer"].child.kill()
    start["producer"] = play("max")
    start["producer"]()
    patience = within(_FINISH_S, "The file is not played to its end")
    while pipeline.services["producer"].child.exit_code() != 0:
        patience()
        chaos.supervise()
        time.sleep(0.2)
    if arguments.control:
        time.sleep(_CONTROL_S)
    else:
        pipeline.wait_until_done(within(_FINISH_S, "Not everything is processed", chaos.supervise))
    _table(recovery, chaos.restarts, proxy.refused)
    return missed


def _without_trades(path: Path) -> Path:
    """Write a market data file with a header and no trades; played with another file, it makes a different set."""
    with zstandard.open(SAMPLE) as sample:
        start = sample.read(8)  # Magic, version and the length of what follows: Databento Binary Encoding, Metadata.
        path.write_bytes(start + sample.read(int.from_bytes(start[4:], "little")))
    return path


def _order(generator: random.Random, names: list[str], count: int) -> list[str]:
    """Return `count` names in random order; all occur equally often, except for the last round."""
    order: list[str] = []
    while len(order) < count:
        order += generator.sample(names, len(names))
    return order[:count]


def _table(recovery: dict[str, list[float]], restarts: int, refused: int) -> None:
    sys.stdout.write(f"{'fault':<34}{'times':>6}{'until caught up, s: median':>28}{'longest':>9}\n")
    for name, seconds in sorted(recovery.items()):
        sys.stdout.write(f"{name:<34}{len(seconds):>6}{statistics.median(seconds):>28.1f}{max(seconds):>9.1f}\n")
    sys.stdout.write(f"processes started again: {restarts}; bulk requests answered with 429: {refused}\n")


if __name__ == "__main__":
    cli.run("chaos", main)
