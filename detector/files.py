"""What `train`, `backtest` and `explain` share: files in, prints out, with a progress bar."""

import argparse
import logging
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from common.batch import TradeBatch
from common.decode import distinct, expand, merged, open_file

logger = logging.getLogger(__name__)


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a command that reads files and folders."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="market data files, or folders of them")
    parser.add_argument("--salvage", action="store_true", help="take the good part of a cut or corrupt file")


def add_budget(parser: argparse.ArgumentParser) -> None:
    """Add the option for a budget."""
    parser.add_argument(
        "--budget", type=float, metavar="N", help="episodes of alerts per million trades (ALERTS_PER_MILLION)"
    )


def play(paths: list[Path], *, salvage: bool, title: str) -> Iterator[TradeBatch]:
    """Yield the prints of all files in time order, identical files once, under a progress bar.

    Raises
    ------
    InputError
        If a file cannot be read as trades.
    """
    return played(distinct(expand(paths)), salvage=salvage, title=title)


def played(paths: list[Path], *, salvage: bool, title: str) -> Iterator[TradeBatch]:
    """Yield the prints of files, no two of which are copies, as `play` does."""
    files = [open_file(path, salvage=salvage) for path in paths]
    # Log lines are written above the bar, not into it.
    with logging_redirect_tqdm(), tqdm(desc=title, unit=" trades", unit_scale=True, disable=None) as bar:
        for batch in merged(files):
            yield batch
            bar.update(len(batch))
