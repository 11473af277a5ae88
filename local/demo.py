"""``python -m local.demo``: runs the whole pipeline on the embedded stack and plays the sample or given files."""

import argparse
from pathlib import Path

from common import cli
from local.machine import require_linux


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make demo",
        description="Start Kafka, Elasticsearch and the four services without Docker, and play trades through them.",
        epilog='example: make demo ARGS="my.trades.dbn.zst --exit-when-done --no-dashboard --summary out.json"',
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE", help="files or folders (default: the sample)")
    parser.add_argument("--speed", help="max, or a multiple of real time (default: 60 for the sample, else max)")
    parser.add_argument("--exit-when-done", action="store_true", help="stop when every stage has processed all trades")
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
    # Slow imports belong here, where Ctrl-C is already handled.
    from local.show import show

    return show(arguments)


if __name__ == "__main__":
    require_linux("demo")
    cli.run("demo", main, level="WARNING")
