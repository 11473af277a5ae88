"""``python -m producer``: plays market data files onto the trades topic."""

import argparse
import sys
from pathlib import Path

from common import cli

_EXAMPLES = """\
examples:
  python -m producer                              the files in nasdaq/, as fast as possible
  python -m producer day1.dbn.zst day2.dbn.zst    several files, in time order
  python -m producer --speed 20 --symbols SPY,BAC data/
  python -m producer --dry-run --summary counts.json data/

A run continues where an earlier one with the same files, symbols and times ended; --restart plays from the beginning.
"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m producer",
        description="Play market data files (Databento DBN or CSV, plain or zstd) onto the trades topic.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders (default: PRODUCER_PATHS, nasdaq/)")
    parser.add_argument(
        "--speed",
        help="max, or a multiple of market speed: 1 is real time; a pause in the market is cut to five minutes of "
        "waiting (default: max)",
    )
    parser.add_argument("--symbols", metavar="A,B", help="only these symbols")
    parser.add_argument("--start", metavar="TIME", help="only trades received from this time on (ISO 8601, UTC)")
    parser.add_argument("--end", metavar="TIME", help="only trades received before this time")
    parser.add_argument("--limit", metavar="N", help="stop after N trades, including those of earlier runs")
    parser.add_argument("--salvage", action="store_true", help="play the good part of files that are cut or corrupt")
    parser.add_argument("--restart", action="store_true", help="play from the beginning, whatever was played before")
    parser.add_argument("--dry-run", action="store_true", help="decode, check and count; needs no broker")
    parser.add_argument("--summary", type=Path, metavar="FILE.json", help="write counts by file and symbol")
    return parser.parse_args()


def main() -> None:
    """Read the command line and settings, then play."""
    given = _arguments()
    # Slow imports belong here, where Ctrl-C is already handled.
    from tqdm.contrib.logging import logging_redirect_tqdm

    from common.settings import load
    from producer.report import summary_file
    from producer.run import count, publish
    from producer.settings import ProducerSettings

    settings = load(
        ProducerSettings,
        {"paths": "FILE"} | {name: f"--{name}" for name in ("speed", "symbols", "start", "end", "limit")},
        paths=given.paths or None,
        speed=given.speed,
        symbols=given.symbols,
        start=given.start,
        end=given.end,
        limit=given.limit,
    )
    with logging_redirect_tqdm(), summary_file(given.summary, settings.paths) as output:
        if given.dry_run:
            report = count(settings, salvage=given.salvage, terminal=sys.stderr)
        else:
            report = publish(settings, salvage=given.salvage, restart=given.restart, terminal=sys.stderr)
        if output is not None:
            report.write(output)


if __name__ == "__main__":
    cli.run("producer", main)
