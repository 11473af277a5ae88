"""The trades that benchmarks run on: those of given files, once or repeatedly."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from common.batch import TradeBatch
from common.decode import expand, merged, open_file
from common.errors import InputError
from common.trade import Trade

_DAY_NS: Final = 86_400 * 10**9


def read(paths: list[Path]) -> list[TradeBatch]:
    """Return the prints of all files in time order.

    Raises
    ------
    InputError
        If a file cannot be read as trades, or there are none.
    """
    batches = list(merged([open_file(path) for path in expand(paths)]))
    if not batches:
        raise InputError("there are no trades in " + ", ".join(map(str, paths)))
    return batches


def endless(trades: list[Trade]) -> Iterator[Trade]:
    """Yield the trades over and over, shifted by whole days and with new ids each time."""
    days = (max(trade.ts_event for trade in trades) - min(trade.ts_event for trade in trades)) // _DAY_NS + 1
    number = 0
    while True:
        shift = number * days * _DAY_NS
        for trade in trades:
            yield replace(
                trade,
                trade_id=f"{trade.trade_id}-{number}",
                ts_event=trade.ts_event + shift,
                ts_recv=trade.ts_recv + shift,
            )
        number += 1


def repeated(trades: list[Trade], count: int) -> Iterator[Trade]:
    """Yield the first `count` trades of `endless`."""
    return islice(endless(trades), count)
