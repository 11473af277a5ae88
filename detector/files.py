"""What `train`, `backtest` and `explain` share: files in, the selected prints out, with a progress bar."""

import argparse
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from common.batch import TradeBatch
from common.decode import file, merged, open_file
from common.errors import SettingError
from common.times import parse_time

logger = logging.getLogger(__name__)


class Selection(NamedTuple):
    """Which prints of the files to take: symbols, or all, and ``start <= ts_recv < end`` in ns since the epoch."""

    symbols: frozenset[str] | None = None
    start: int | None = None
    end: int | None = None


_ALL: Final = Selection()


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a command that reads files and folders."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="market data files, or folders of them")
    parser.add_argument("--salvage", action="store_true", help="take the good part of a cut or corrupt file")


def add_budget(parser: argparse.ArgumentParser) -> None:
    """Add the option for a budget."""
    parser.add_argument(
        "--budget", type=float, metavar="N", help="episodes of alerts per million trades (ALERTS_PER_MILLION)"
    )


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add the options that `selected` reads, named as the producer's."""
    parser.add_argument("--symbols", type=_symbols, metavar="A,B", help="only these symbols")
    parser.add_argument(
        "--start", type=_time, metavar="TIME", help="only trades received from this time on (ISO 8601, UTC)"
    )
    parser.add_argument("--end", type=_time, metavar="TIME", help="only trades received before this time")


def selected(arguments: argparse.Namespace) -> Selection:
    """Return the selection on the command line.

    Raises
    ------
    SettingError
        If its end is not after its start.
    """
    start, end = arguments.start, arguments.end
    if start is not None and end is not None and end <= start:
        raise SettingError("--end must be after --start")
    return Selection(arguments.symbols, start, end)


def _symbols(text: str) -> frozenset[str]:
    symbols = frozenset(filter(None, map(str.strip, text.split(","))))
    if not symbols:
        raise argparse.ArgumentTypeError("name at least one symbol")
    return symbols


def _time(text: str) -> int | None:
    try:
        return parse_time(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None


def play(files: list[Path], *, salvage: bool, title: str, selection: Selection = _ALL) -> Iterator[TradeBatch]:
    """Yield the selected prints of all files in time order, under a progress bar.

    Raises
    ------
    InputError
        If a file cannot be read as trades.
    """
    opened = [open_file(path, salvage=salvage) for path in files]
    # Log lines are written above the bar, not into it.
    with logging_redirect_tqdm(), tqdm(desc=title, unit=" trades", unit_scale=True, disable=None) as bar:
        for batch in merged(opened, **selection._asdict()):
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
