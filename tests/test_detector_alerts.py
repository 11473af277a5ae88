"""What an alert says: its reasons, rarity, limit and episode."""

from dataclasses import replace

import numpy as np
import pytest

from common.anomaly import Anomaly
from detector import detectors
from detector.budget import Budget
from detector.engine import Engine
from detector.kernel import control, layout
from tests import tape
from tests.test_detector_engine import sample_trades, scored, with_block


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load()


def test_a_block_is_flagged_with_its_reason(engine: Engine) -> None:
    found, _ = scored(engine, with_block(tape.trades(3_000), 2_500))

    (anomaly,) = [item for item in found if item.trade.sequence == 2_500]
    assert anomaly.rules[0] == "high_volume"
    assert (anomaly.kind, anomaly.reasons[0].feature) == ("block", "size")
    assert anomaly.actual == 1_000_000
    assert "1,000,000" in anomaly.summary
    assert sum(reason.contribution for reason in anomaly.reasons) == pytest.approx(anomaly.score)
    assert [reason.contribution for reason in anomaly.reasons] == sorted(
        (reason.contribution for reason in anomaly.reasons), reverse=True
    )


def test_the_absolute_rule_is_off_until_asked_for(engine: Engine) -> None:
    trades = tape.trades(50)
    asked = Engine.load(budget=Budget(absolute_size=20_000))

    assert scored(engine, with_block(trades, 20, 20_001))[0] == []
    (alert,) = scored(asked, with_block(trades, 20, 20_001))[0]
    assert alert.rules == ("high_volume",)
    assert alert.summary.endswith("; above the absolute limit of 20,000.")
    assert scored(asked, with_block(trades, 20, 20_000))[0] == []


def test_the_absolute_rule_tells_the_size_whatever_else_is_told(engine: Engine) -> None:
    asked = Engine.load(budget=Budget(absolute_size=20_000))
    trades = tape.trades(1_500)
    opening = [replace(trade, ts_event=trade.ts_event - 5_400 * 10**9) for trade in trades]
    cross = replace(opening[20], side="N", size=5_000_000)
    odd = replace(trades[1_000], size=30_000, price=1.05 * trades[1_000].price)

    (in_cross,) = scored(asked, [*opening[:20], cross, *opening[21:50]])[0]
    told = next(item for item in scored(asked, [*trades[:1_000], odd])[0] if item.trade.sequence == 1_000)

    assert in_cross.actual == 5_000_000
    assert "a size of 5,000,000" in in_cross.summary
    assert told.reasons[0].feature == "size"
    assert "surprise" in told.rules
    assert told.summary.endswith(" trades of this symbol, above the absolute limit of 20,000.")


def test_how_rare_an_alert_is_depends_on_no_budget() -> None:
    trades = with_block(tape.trades(2_000), 1_500, 3_000)
    rare = set()
    for budget in (20.0, 150.0, 5_000.0):
        found, _ = scored(Engine.load(budget=Budget(budget)), trades)
        rare |= {(item.once_in, item.severity) for item in found if item.trade.sequence == 1_500}

    assert len(rare) == 1


def test_a_budget_of_its_own_tells_no_rarity_beyond_it() -> None:
    trades = sample_trades(20_000)
    for budget in (Budget(surprise_per_million=5_000.0), Budget(high_volume_per_million=5_000.0)):
        found, _ = scored(Engine.load(budget=budget), trades)
        assert len(found) > 20
        assert all(item.once_in >= 0.95e6 / sum(budget.shares()) for item in found)


def test_a_print_that_comes_back_from_off_the_market_is_no_burst(engine: Engine) -> None:
    kinds = []
    for row in range(800, 2_900, 100):
        trades = tape.trades(3_000)
        trades[row] = replace(trades[row], price=round(1.01 * trades[row].price, 2))
        found, _ = scored(engine, trades[: row + 5])
        kinds += [item.kind for item in found if item.trade.sequence >= row]

    assert len(kinds) >= 21
    assert set(kinds) == {"off_market"}


def test_alerts_of_one_cause_share_an_episode(engine: Engine) -> None:
    found, _ = scored(engine, sample_trades(20_000))
    by_episode: dict[str, list[Anomaly]] = {}
    for anomaly in found:
        by_episode.setdefault(anomaly.episode.episode_id, []).append(anomaly)

    assert len(by_episode) < len(found)
    for episode, members in by_episode.items():
        assert members[0].anomaly_id == episode
        assert [member.episode.count for member in members] == list(range(1, len(members) + 1))
        assert len({member.trade.symbol for member in members}) == 1
        assert len({member.episode.first_ts_event for member in members}) == 1


def test_a_sliced_block_is_not_told_again_while_its_sum_fades(engine: Engine) -> None:
    trades = [replace(each, ts_event=tape.START + 40 * (each.ts_event - tape.START)) for each in tape.trades(1_700)]
    trades[1_500:1_520] = [replace(each, size=1_500 + i % 7) for i, each in enumerate(trades[1_500:1_520])]

    told = [alert.trade.sequence for alert in scored(engine, trades)[0] if alert.kind == "sliced_block"]

    assert 1_500 < min(told) < max(told) < 1_520


def test_what_is_no_more_remarkable_than_shortly_before_is_not_told_again() -> None:
    state, told = np.zeros(layout.SLOTS), []
    for surprise in (26.7, 26.7, 26.6, 27.0, *[3.0] * 100, 26.7):
        margins = np.ones(layout.N_CHANNELS)
        control.silence_echoes(state, np.full(layout.N_CHANNELS, surprise), margins, closing=True)
        told.append(bool(margins[detectors.SUMS] > control.SILENT))

    assert told == [True, False, False, True, *[False] * 100, True]
