"""What a back-test counts by symbol, and the table that it prints of it."""

from collections import Counter, defaultdict
from io import StringIO

import numpy as np
import pytest

from common.anomaly import Anomaly
from common.batch import TradeBatch
from common.decode import merged, open_file
from common.decode.merge import take
from common.trade import Trade
from detector.backtest import SymbolCount, find, write_table
from detector.engine import Engine
from nasdaq import SAMPLE


@pytest.fixture(scope="module")
def batches() -> list[TradeBatch]:
    """Return prints of the sample, cut so that symbols come in several parts and not in all of them."""
    (batch,) = merged([open_file(SAMPLE)], limit=20_000)
    rare = batch.symbol == np.bincount(batch.symbol).argmin()
    return [take(batch, rows) for rows in (~rare & (np.arange(len(batch)) < 9_000), rare, np.arange(9_000, len(batch)))]


@pytest.fixture(scope="module")
def counts(batches: list[TradeBatch]) -> tuple[dict[str, SymbolCount], list[Anomaly]]:
    counted: dict[str, SymbolCount] = defaultdict(SymbolCount)
    return counted, list(find(Engine.load(), batches, counted))


def by_symbol(batches: list[TradeBatch]) -> dict[str, list[Trade]]:
    trades = defaultdict(list)
    for batch in batches:
        for trade in batch.trades():
            trades[trade.symbol].append(trade)
    return trades


def test_trades_times_and_alerts_are_counted_by_symbol(
    batches: list[TradeBatch], counts: tuple[dict[str, SymbolCount], list[Anomaly]]
) -> None:
    counted, found = counts
    trades = by_symbol(batches)

    assert counted.keys() == trades.keys()
    for symbol, count in counted.items():
        times, own = (
            [trade.ts_event for trade in trades[symbol]],
            [each for each in found if each.trade.symbol == symbol],
        )
        assert (count.trades, count.first_ts, count.last_ts) == (len(times), min(times), max(times))
        assert count.kinds == Counter(each.kind for each in own)
        assert count.episodes == {each.episode.episode_id for each in own}
        assert count.worst == max(own, key=lambda each: each.once_in, default=None)


def test_the_table_has_a_line_of_each_symbol(
    batches: list[TradeBatch], counts: tuple[dict[str, SymbolCount], list[Anomaly]]
) -> None:
    out = StringIO()

    write_table(counts[0], out)

    head, *lines = out.getvalue().splitlines()
    assert head.split()[:6] == ["symbol", "trades", "alerts", "episodes", "/million", "/hour"]
    assert [line.split()[0] for line in lines] == sorted(counts[0])
    for line, (symbol, trades) in zip(lines, sorted(by_symbol(batches).items()), strict=True):
        own = [each for each in counts[1] if each.trade.symbol == symbol]
        episodes = len({each.episode.episode_id for each in own})
        hours = (max(each.ts_event for each in trades) - min(each.ts_event for each in trades)) / 3.6e12
        numbers = [float(cell.replace(",", "")) for cell in line.split()[1:6]]
        assert numbers[:3] == [len(trades), len(own), episodes]
        assert numbers[3] == round(episodes * 1e6 / len(trades))
        assert numbers[4] == round(episodes / hours, 1)
        if own:
            assert line.endswith(f"; {max(own, key=lambda each: each.once_in).summary}")
