"""What `train`, `backtest` and `explain` share: files in, prints out, with a progress bar."""

import argparse
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from common.batch import TradeBatch
from common.decode import file, merged, open_file

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


def play(files: list[Path], *, salvage: bool, title: str) -> Iterator[TradeBatch]:
    """Yield the prints of all files in time order, under a progress bar.

    Raises
    ------
    InputError
        If a file cannot be read as trades.
    """
    opened = [open_file(path, salvage=salvage) for path in files]
    # Log lines are written above the bar, not into it.
    with logging_redirect_tqdm(), tqdm(desc=title, unit=" trades", unit_scale=True, disable=None) as bar:
        for batch in merged(opened):
            yield batch
            bar.update(len(batch))


@contextmanager
def warning_once() -> Iterator[None]:
    """Give each warning about a file once, although files are played twice."""
    given: set[str] = set()

    def is_new(record: logging.LogRecord) -> bool:
        text = record.getMessage()
        new = text not in given
        given.add(text)
        return new

    file.logger.addFilter(is_new)
    try:
        yield
    finally:
        file.logger.removeFilter(is_new)
