"""The load of soak and commits: endless valid trades, each with a unique id, in order for each symbol."""

from collections import defaultdict
from itertools import islice

from bench import load, tape
from common.decode.merge import take
from common.trade import Trade
from nasdaq import SAMPLE

DAY_NS = 86_400 * 10**9


def test_trades_come_over_and_over_with_ids_and_days_of_their_own() -> None:
    batch = take(tape.read([SAMPLE])[0], slice(0, 250))

    parts = list(islice(load.endless([batch]), 9))

    messages = [message for part in parts for message in part]
    trades = [Trade.from_json(message["value"]) for message in messages]
    assert [len(part) for part in parts] == [1_000, 1_000, 500] * 3
    assert len({trade.trade_id for trade in trades}) == len(trades) == 7_500
    assert [message["key"] for message in messages] == [trade.symbol.encode() for trade in trades]
    assert len({trade.symbol for trade in trades}) == 10 * len({batch.symbols[row] for row in batch.symbol})
    times = defaultdict(list)
    for trade in trades:
        times[trade.symbol].append(trade.ts_recv)
    for own in times.values():
        assert own == sorted(own)
        assert own[-1] - own[0] >= 2 * DAY_NS
