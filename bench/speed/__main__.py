"""``python -m bench.speed`` (``make bench``): measures each part, prints tables, fails if a result is wrong."""

import argparse
import logging
import sys
import time
from pathlib import Path
from typing import Final

import orjson

from bench import tape
from bench.faulty import FaultyError
from bench.speed import forest, kernel, machine, replay, stream
from bench.speed.report import Table
from common import cli
from common.errors import SettingError
from local.apart import apart
from local.workplace import workplace
from nasdaq import SAMPLE
from producer.report import summary_file

logger = logging.getLogger(__name__)

PARTS: Final = ("kernel", "forest", "backtest", "kafka")
_LEAST_TRADES: Final = 100_000
_MOST_TRADES: Final = 20_000_000
_EPILOG: Final = """examples:
  make bench
  make bench ARGS="--only kernel,forest"
  make bench ARGS="my.trades.dbn.zst --json speed.json"
  make bench ARGS="--only kafka --trades 2000000 --rounds 5"
"""


@apart()
def main() -> None:
    """Run the parts.

    Raises
    ------
    FaultyError
        If one gives a wrong result; one that is slow does not.
    """
    arguments = _parsed()
    paths = arguments.paths or [SAMPLE]
    with summary_file(arguments.json, paths) as output:
        tables = _measured(arguments, paths)
        sys.stdout.write("\n".join(table.markdown() for table in tables))
        if output is not None:
            found = {table.name: table.to_dict() for table in tables}
            output.write(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())
    if failed := [table.failed for table in tables if table.failed]:
        raise FaultyError("; ".join(failed))


def _measured(arguments: argparse.Namespace, paths: list[Path]) -> list[Table]:
    began = time.monotonic()
    tables = [machine.describe()]
    batches = tape.read(paths)
    trades = [trade for batch in batches for trade in batch.trades()]
    if "kernel" in arguments.only:
        tables.append(kernel.measure(trades))
    if "forest" in arguments.only:
        tables.append(forest.measure(batches, arguments.rows))
    if "backtest" in arguments.only:
        tables.append(replay.measure(paths, batches))
    if "kafka" in arguments.only:
        with workplace("speed-") as folder:
            tables += stream.measure(tape.repeated(trades, arguments.trades), folder, arguments.rounds)
    logger.info("Done in %.0f s.", time.monotonic() - began)
    return tables


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench",
        description="Measure speed, compared with scikit-learn and a bare Quix Streams counter, on loopback.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE", help="market data (default: the sample)")
    parser.add_argument("--only", type=_parts, default=PARTS, metavar="PART,…", help=f"some of {', '.join(PARTS)}")
    parser.add_argument(
        "--trades", type=int, default=600_000, help="trades on the topic, 100000 or more (default: 600000)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="runs of each process on the topic (default: 3)")
    parser.add_argument(
        "--rows", type=int, default=forest.EQUALITY_ROWS, help="rows compared with scikit-learn (default: 1000000)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    arguments = parser.parse_args()
    if not (
        _LEAST_TRADES <= arguments.trades <= _MOST_TRADES and 1 <= arguments.rounds <= 100 and arguments.rows >= 1_000
    ):
        raise SettingError("--trades must be from 100000 to 20000000, --rounds from 1 to 100, --rows 1000 or more")
    return arguments


def _parts(text: str) -> tuple[str, ...]:
    chosen = tuple(part.strip() for part in text.split(","))
    if unknown := [part for part in chosen if part not in PARTS]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not one of {', '.join(PARTS)}")
    return chosen


if __name__ == "__main__":
    cli.run("speed", main)
