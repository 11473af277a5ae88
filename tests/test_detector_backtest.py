"""What a back-test counts by symbol, and the table that it prints of it."""

from collections import Counter, defaultdict
from dataclasses import replace
from io import StringIO
from itertools import pairwise

import numpy as np
import pytest

from common.anomaly import Anomaly
from common.batch import TradeBatch
from common.decode import merged, open_file
from common.decode.merge import take
from common.times import iso
from common.trade import Trade
from detector.backtest import write_table
from detector.engine import Engine
from detector.finding import SymbolCount, find
from nasdaq import SAMPLE
from tests import tape


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


def traded(times: list[int]) -> int:
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return sum(gap for gap in gaps if abs(gap) <= 1_800 * 10**9)


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
        assert (count.trades, count.latest_ts) == (len(times), times[-1])
        assert count.traded_ns == traded(times)
        assert count.kinds == Counter(each.kind for each in own)
        assert count.episodes == {each.episode.episode_id for each in own}
        assert count.worst == max(own, key=lambda each: each.once_in, default=None)


def test_the_table_has_a_line_of_each_symbol(
    batches: list[TradeBatch], counts: tuple[dict[str, SymbolCount], list[Anomaly]]
) -> None:
    out = StringIO()

    write_table(counts[0], out)

    table, rarest = (part.splitlines() for part in out.getvalue().split("\n\n"))
    head, *lines, together = table
    assert head.split() == ["symbol", "trades", "alerts", "episodes", "/million", "/hour", "kinds"]
    assert [line.split()[0] for line in lines] == sorted(counts[0])
    assert len({each.trade.symbol for each in counts[1]}) > 1
    rare = iter(rarest[1:])
    for line, (symbol, trades) in zip(lines, sorted(by_symbol(batches).items()), strict=True):
        own = [each for each in counts[1] if each.trade.symbol == symbol]
        episodes = len({each.episode.episode_id for each in own})
        hours = traded([trade.ts_event for trade in trades]) / 3.6e12
        numbers = [float(cell.replace(",", "")) for cell in line.split()[1:6]]
        assert numbers[:3] == [len(trades), len(own), episodes]
        assert numbers[3] == round(episodes * 1e6 / len(trades))
        assert numbers[4] == round(episodes / hours, 1)
        if own:
            worst = max(own, key=lambda each: each.once_in)
            assert next(rare) == f"{worst.anomaly_id[:12]}  {iso(worst.trade.ts_event)}  {worst.summary}"
    assert list(rare) == []
    by_name = by_symbol(batches).values()
    total, episodes = sum(map(len, by_name)), len({each.episode.episode_id for each in counts[1]})
    hours = sum(traded([trade.ts_event for trade in trades]) for trades in by_name) / 3.6e12
    name, *cells = together[:64].split()
    rates = [round(episodes * 1e6 / total), round(episodes / hours, 1)]
    assert name == "(all)"
    assert [float(cell.replace(",", "")) for cell in cells] == [total, len(counts[1]), episodes, *rates]
    most, number = Counter(each.kind for each in counts[1]).most_common(1)[0]
    assert together[64:].startswith(f"  {most} {number}, ")


def test_an_hour_is_one_of_trading() -> None:
    hour = 3_600 * 10**9
    day = np.arange(0, 6.5 * hour + 1, hour / 30, dtype=np.int64)
    # A print years ahead, one that is hours late, and some out of order by a little.
    one = np.concatenate((day[:5], [day[5] + 10_000 * hour], day[5:9], [day[9] - 3 * hour], day[[10, 9]], day[11:]))
    times = tape.START + np.concatenate((one, one + 72 * hour))
    whole = replace(tape.batch(tape.trades(len(times))), ts_event=times)
    counted: dict[str, SymbolCount] = defaultdict(SymbolCount)

    found = list(find(Engine.load(), [take(whole, rows) for rows in np.array_split(np.arange(len(whole)), 7)], counted))

    assert found == []
    counted["AAA"].episodes.update(map(str, range(130)))
    assert counted["AAA"].traded_ns == pytest.approx(13 * hour, rel=0.05)
    out = StringIO()
    write_table(counted, out)
    assert float(out.getvalue().splitlines()[1].split()[5]) == pytest.approx(10.0, rel=0.05)


def test_the_table_marks_symbols_that_are_still_learning() -> None:
    enough = tape.batch(tape.trades(400))
    counted: dict[str, SymbolCount] = defaultdict(SymbolCount)
    for symbol, count in (("AAA", 399), ("BBB", 400)):
        assert not list(find(Engine.load(), [replace(take(enough, np.arange(count)), symbols=(symbol,))], counted))
    out = StringIO()

    write_table(counted, out)

    _head, few, many, together = out.getvalue().splitlines()
    assert few.endswith("  still learning")
    assert "learning" not in many + together
