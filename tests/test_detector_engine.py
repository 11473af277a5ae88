"""The engine, print by print and in columns: causal, exact, scale-free, and never NaN."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from common.decode import merged, open_file
from common.errors import ModelError, SettingError
from detector.budget import Budget
from detector.engine import Engine
from detector.kernel import layout
from detector.kernel.step import LEARNING_PRINTS
from nasdaq import SAMPLE
from tests import tape
from tests.scoring import scored


def test_stream_and_replay_agree_in_every_byte(engine: Engine) -> None:
    states: dict[str, NDArray[np.float64]] = {}
    replayed = [
        anomaly
        for batch in merged([open_file(SAMPLE)], limit=20_000)
        for _row, anomaly in engine.replay(batch, states, 7)
    ]

    found, held = scored(engine, tape.sample(20_000))

    assert len(found) > 10
    assert [anomaly.to_json() for anomaly in found] == [anomaly.to_json() for anomaly in replayed]
    assert {symbol: state.tobytes() for symbol, state in states.items()} == held


def test_later_trades_change_no_earlier_alert(engine: Engine) -> None:
    trades = tape.sample(14_000)
    whole, _ = scored(engine, trades)
    assert len(whole) > 20
    # Two of these are amidst the alerts of an episode.
    for cut in (1, 5_000, 12_400, 13_300):
        prefix, _ = scored(engine, trades[:cut])
        ids = {trade.trade_id for trade in trades[:cut]}
        assert prefix == [anomaly for anomaly in whole if anomaly.trade.trade_id in ids]


@pytest.mark.parametrize(
    "change",
    [
        lambda trade: replace(trade, price=round(trade.price * 10, 6)),
        lambda trade: replace(trade, size=trade.size * 100),
        lambda trade: replace(trade, ts_event=trade.ts_event + 86_400 * 10**9, ts_recv=trade.ts_recv + 86_400 * 10**9),
    ],
    ids=["price x 10", "size x 100", "a day later"],
)
def test_units_and_dates_change_no_alert(engine: Engine, change: "object") -> None:
    trades = tape.sample(15_000)
    assert callable(change)

    plain, _ = scored(engine, trades)
    changed, _ = scored(engine, [change(trade) for trade in trades])

    assert len(plain) > 10
    assert [anomaly.trade.trade_id for anomaly in changed] == [anomaly.trade.trade_id for anomaly in plain]
    assert [anomaly.score for anomaly in changed] == pytest.approx([anomaly.score for anomaly in plain], abs=1e-6)


def test_learning_is_silent_and_short(engine: Engine) -> None:
    trades = tape.trades(600)
    assert LEARNING_PRINTS <= 500

    silent, _ = scored(engine, tape.with_block(trades, LEARNING_PRINTS - 1))
    spoken, _ = scored(engine, tape.with_block(trades, 500))

    # What the block did to volumes over many prints may show when the silence ends.
    assert all(anomaly.trade.sequence >= LEARNING_PRINTS for anomaly in silent)
    assert spoken[0].trade.sequence == 500


def test_a_symbol_on_a_venue_without_known_hours_keeps_its_session(engine: Engine) -> None:
    trades = [replace(trade, venue="XNAS" if i % 3 else "ABCD") for i, trade in enumerate(tape.trades(2_000))]
    trades[1_500] = replace(trades[1_500], price=1.02 * trades[1_500].price)

    found, _ = scored(engine, trades)

    assert {item.trade.sequence for item in found} & {1_500, 1_501} == {1_500, 1_501}


def test_a_feed_that_tells_no_side_has_no_crosses(engine: Engine) -> None:
    last_minutes = 4 * 3_600 + 3_400
    trades = [
        replace(trade, side="N", ts_event=trade.ts_event + last_minutes * 10**9)
        for trade in tape.trades(3_000, tick=0.05)
    ]

    found, _ = scored(engine, [trade for trade in trades if trade.ts_event < tape.CLOSE])

    assert found == []


BAD = {
    "zero size": {"size": 0},
    "price of zero": {"price": 0.0},
    "negative price": {"price": -37.63},
    "huge price": {"price": 9.2e9},
    "huge size": {"size": 2**62},
    "time of zero": {"ts_event": 0},
    "late": {"ts_event": tape.START - 10**12},
    "no delay": {"ts_recv": 0},
    "cross": {"side": "N", "size": 5_000_000},
}


@pytest.mark.parametrize("fields", BAD.values(), ids=list(BAD))
def test_odd_prints_never_make_the_state_or_an_alert_not_finite_and_hide_no_later_block(
    engine: Engine, fields: dict[str, object]
) -> None:
    trades = tape.with_block(tape.trades(1_200), 1_100)
    for row in (0, 1, 300, 301, 700, 701, 702):
        trades[row] = replace(trades[row], **fields)  # type: ignore[arg-type]

    found, states = scored(engine, trades)

    numbers = np.frombuffer(states["AAA"], dtype=np.float64)[layout.INTEGERS :]
    assert np.isfinite(numbers).all()
    assert (found[-1].trade.sequence, found[-1].kind) == (1_100, "block")
    for anomaly in found:
        assert 0.0 <= anomaly.score <= 1.0
        assert all(
            np.isfinite([reason.actual, reason.expected, reason.contribution]).all() for reason in anomaly.reasons
        )


def test_all_prices_negative_as_of_a_calendar_spread(engine: Engine) -> None:
    trades = [replace(trade, price=trade.price - 100.55) for trade in tape.trades(2_000)]
    jump = replace(trades[1_500], price=trades[1_500].price - 5.0)

    found, _ = scored(engine, [*trades[:1_500], jump, *trades[1_501:]])

    assert 1_500 in [anomaly.trade.sequence for anomaly in found]
    assert all(np.isfinite(anomaly.score) for anomaly in found)


def test_a_symbol_seen_once_and_a_constant_one_are_silent(engine: Engine) -> None:
    one = tape.trades(1, symbol="ONE")
    still = [replace(trade, price=10.0, size=100) for trade in tape.trades(1_500, symbol="STILL")]

    found, states = scored(engine, [*one, *still])

    assert found == []
    assert np.isfinite(np.frombuffer(states["STILL"], dtype=np.float64)[layout.INTEGERS :]).all()


def test_sizes_without_round_lots_repeat_by_chance(engine: Engine) -> None:
    found, _ = scored(engine, [trade for seed in range(4) for trade in tape.trades(20_000, seed, symbol=str(seed))])
    episodes = {anomaly.episode.episode_id for anomaly in found if anomaly.kind == "repeated_prints"}

    assert len(episodes) <= 2


def test_the_same_trade_twice_is_scored_twice(engine: Engine) -> None:
    trades = tape.with_block(tape.trades(1_000), 900)
    found, _ = scored(engine, [*trades[:901], trades[900], *trades[901:]])
    twice = [anomaly for anomaly in found if anomaly.trade.sequence == 900]
    assert [anomaly.episode.count for anomaly in twice] == [1, 2]
    assert len({anomaly.anomaly_id for anomaly in twice}) == 1


def test_state_is_small_and_of_one_length(engine: Engine) -> None:
    _, states = scored(engine, tape.trades(5))
    assert len(states["AAA"]) == layout.STATE_BYTES <= 4096
    with pytest.raises(ModelError, match="this version's have"):
        engine.score(b"\0" * 8, tape.trades(1)[0], 0)


@pytest.mark.parametrize("share", [0.0, -1.0, float("nan"), 1e6])
def test_impossible_budgets_are_refused(share: float) -> None:
    with pytest.raises(SettingError, match="alerts per million"):
        Engine.load(budget=Budget(surprise_per_million=share))
