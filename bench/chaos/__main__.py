"""``python -m bench.chaos`` (``make chaos``): kill, pause and starve every part, then compare the documents."""

import argparse
import logging
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import zstandard
from tqdm import tqdm

from bench.chaos.faults import Chaos
from bench.chaos.proxy import Proxy
from common import cli
from common.decode import merged, open_file
from local import reference
from local.apart import apart
from local.pipeline import Pipeline
from local.services import Service
from local.stack import Stack
from nasdaq import SAMPLE

logger = logging.getLogger(__name__)

_PAUSE_S: Final = 2.0
"""Average pause between two faults."""
_PLAYED_A_CYCLE_S: Final = 25.0
"""Longer than the average fault takes, so that trades keep coming until the last one."""
_ALERTS_PER_MILLION: Final = "10000"
"""Enough for every fault to catch some on their way."""
_FINISH_S: Final = 300.0
_CONTROL_S: Final = 20.0


@apart()
def main() -> int:
    """Run the faults; return 0 if no document was lost, doubled or changed."""
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
    os.environ.setdefault("ALERTS_PER_MILLION", _ALERTS_PER_MILLION)
    wanted = reference.documents(arguments.file)
    away_s = 60.0 * (arguments.away or 0.0)
    speed = _span_s(arguments.file) / (arguments.cycles * _PLAYED_A_CYCLE_S + 2.5 * away_s)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    try:
        with Stack(folder / "stack") as stack, Proxy(stack.elasticsearch_url) as proxy:
            found = _run(arguments, stack, proxy, folder, speed, away_s)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _compare(wanted, found)


def _span_s(path: Path) -> float:
    """Return the seconds of market time that the file spans."""
    first, last = 0, 0
    for batch in merged([open_file(path)]):
        first, last = first or int(batch.ts_recv[0]), int(batch.ts_recv[-1])
    return (last - first) / 1e9


def _run(
    arguments: argparse.Namespace, stack: Stack, proxy: Proxy, folder: Path, speed: float, away_s: float
) -> list[tuple[str, dict[str, Any]]]:
    generator = random.Random(arguments.seed)
    module = "bench.chaos.quix_sink" if arguments.control else "sink"
    with Pipeline(stack, folder) as pipeline:

        def play(pace: str, *beside: Path) -> Callable[[], Service]:
            files = [str(path.absolute()) for path in (arguments.file, *beside)]
            return lambda: pipeline.launch("producer", *files, "--speed", pace)

        start: dict[str, Callable[[], object]] = {
            "producer": play(f"{speed:.3f}"),
            "other producer": play(f"{speed:.3f}", _without_trades(folder / "empty.dbn")),
            "detector": lambda: pipeline.launch("detector"),
            "sink": lambda: pipeline.launch("sink", module=module, ELASTICSEARCH_URL=proxy.url),
        }
        pipeline.services["sink"].child.stop()
        start["sink"]()
        start["producer"]()
        chaos = Chaos(stack, pipeline, proxy, start, away_s)
        order = [*_order(generator, sorted(chaos.faults), arguments.cycles), *(chaos.absences if away_s else ())]
        recovery: dict[str, list[float]] = defaultdict(list)
        for name in tqdm(order, desc="Faults", disable=not sys.stderr.isatty()):
            time.sleep(generator.uniform(0.5, 1.5) * _PAUSE_S)
            recovery[name].append(chaos.harm(name))
            logger.info("Recovered. fault=%r seconds=%.1f", name, recovery[name][-1])
        if pipeline.services["producer"].child.exit_code() == 0:
            logger.warning("The file was played out before the last fault; the last ones met no trades.")
        pipeline.services["producer"].child.kill()
        start["producer"] = play("max")
        start["producer"]()
        deadline = time.monotonic() + _FINISH_S
        while pipeline.services["producer"].child.exit_code() != 0 and time.monotonic() < deadline:
            chaos.supervise()
            time.sleep(0.2)
        if arguments.control:
            time.sleep(_CONTROL_S)
        else:
            pipeline.wait_until_done(chaos.supervise)
        _table(recovery, chaos.restarts, proxy.refused)
        return pipeline.hits("quix*" if arguments.control else None)


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


def _compare(wanted: dict[str, dict[str, Any]], hits: list[tuple[str, dict[str, Any]]]) -> int:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for _id, fields in hits:
        found[str(fields.get("anomaly_id"))].append(reference.comparable(fields))
    lost = wanted.keys() - found.keys()
    doubled = [key for key, documents in found.items() if len(documents) > 1]
    foreign = found.keys() - wanted.keys()
    differing = [key for key in wanted.keys() & found.keys() if found[key][0] != wanted[key]]
    sys.stdout.write(
        f"documents: {len(hits)} of {len(wanted)}; lost {len(lost)}, doubled {len(doubled)}, "
        f"differing {len(differing)}, foreign {len(foreign)}\n"
    )
    return int(bool(lost or doubled or differing or foreign or not wanted))


if __name__ == "__main__":
    cli.run("chaos", main)
