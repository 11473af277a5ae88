"""What an alert says: its reasons, rarity, limit and episode."""

from dataclasses import replace

import numpy as np
import pytest

from bench.quality import streams
from common.anomaly import Anomaly
from detector import detectors
from detector.budget import Budget
from detector.engine import Engine
from detector.kernel import echoes, layout
from tests import tape
from tests.scoring import scored

BANDS = {"low": (1.0, 1e5), "medium": (1e5, 1e6), "high": (1e6, 1e8), "critical": (1e8, np.inf)}
"""By severity: from what rarity on, and below which."""


@pytest.fixture(scope="module")
def found(engine: Engine) -> list[Anomaly]:
    """Return the alerts of the sample's first prints."""
    return scored(engine, tape.sample(20_000))[0]


def test_a_block_is_flagged_with_its_reason(engine: Engine) -> None:
    found, _ = scored(engine, tape.with_block(tape.trades(3_000), 2_500))

    (anomaly,) = [item for item in found if item.trade.sequence == 2_500]
    assert anomaly.rules[0] == "high_volume"
    assert (anomaly.kind, anomaly.reasons[0].feature) == ("block", "size")
    assert anomaly.actual == 1_000_000
    assert "1,000,000" in anomaly.summary
    assert sum(reason.contribution for reason in anomaly.reasons) == pytest.approx(anomaly.score)
    assert [reason.contribution for reason in anomaly.reasons] == sorted(
        (reason.contribution for reason in anomaly.reasons), reverse=True
    )


def test_a_price_alone_is_told_by_no_rule_of_volume(engine: Engine) -> None:
    trades = tape.trades(1_001)
    trades[1_000] = replace(trades[1_000], price=1.05 * trades[1_000].price)

    told = scored(engine, trades)[0][-1]

    assert (told.trade.sequence, told.kind) == (1_000, "off_market")
    assert "surprise" in told.rules
    assert "high_volume" not in told.rules
    assert told.severity == "critical"


def test_an_alert_is_as_severe_as_it_is_rare_and_says_how_rare(found: list[Anomaly]) -> None:
    assert {alert.severity for alert in found} == set(BANDS)
    assert max(alert.once_in for alert in found) == 1e9
    for alert in found:
        least, below = BANDS[alert.severity]
        assert least <= alert.once_in < below
        rarity = alert.summary.split("; expected ")[-1].removesuffix(" trades of this symbol.")
        if alert.once_in > 1.05e6:
            assert rarity == "less than once in a million"
        else:
            told = float(rarity.removeprefix("once in ").replace(",", ""))
            assert told == pytest.approx(alert.once_in, rel=0.05)


def test_what_the_forest_alone_tells_has_its_reasons() -> None:
    engine = Engine.load(budget=Budget(isolation_forest_per_million=5_000.0))
    batch = streams.simulated(3)[1].batch()

    told = [alert for _row, alert in engine.replay(batch, {}, 0) if alert.rules == ("isolation_forest",)]

    assert len(told) > 20
    for alert in told:
        assert len(alert.reasons) > 1
        assert min(reason.contribution for reason in alert.reasons) > 0.0
        assert sum(reason.contribution for reason in alert.reasons) == pytest.approx(alert.score)

    limited = Engine.load(budget=Budget(isolation_forest_per_million=5_000.0, absolute_size=50))
    both = {alert.anomaly_id: alert for _row, alert in limited.replay(batch, {}, 0)}
    over = [alert for alert in told if alert.trade.size > 50]
    assert len(over) > 10
    for alert in over:
        # All that the forest tells, but for the last reason, which may give way to the size.
        names = [reason.feature for reason in both[alert.anomaly_id].reasons]
        assert both[alert.anomaly_id].rules == ("high_volume", "isolation_forest")
        assert "size" in names
        assert {reason.feature for reason in alert.reasons[:4]} <= {*names}


def test_the_absolute_rule_is_off_until_asked_for(engine: Engine) -> None:
    trades = tape.trades(50)
    asked = Engine.load(budget=Budget(absolute_size=20_000))

    assert scored(engine, tape.with_block(trades, 20, 20_001))[0] == []
    (alert,) = scored(asked, tape.with_block(trades, 20, 20_001))[0]
    assert alert.rules == ("high_volume",)
    assert alert.summary.endswith("; above the absolute limit of 20,000.")
    assert scored(asked, tape.with_block(trades, 20, 20_000))[0] == []


def test_the_absolute_rule_tells_the_size_too_but_not_as_what_is_rare(engine: Engine) -> None:
    asked = Engine.load(budget=Budget(absolute_size=20_000))
    trades = tape.trades(1_500)
    opening = [replace(trade, ts_event=trade.ts_event - 5_400 * 10**9) for trade in trades]
    cross = replace(opening[20], side="N", size=5_000_000)
    odd = replace(trades[1_000], size=201, price=1.05 * trades[1_000].price)

    (in_cross,) = scored(asked, [*opening[:20], cross, *opening[21:50]])[0]
    low = Engine.load(budget=Budget(absolute_size=200))
    told = next(item for item in scored(low, [*trades[:1_000], odd])[0] if item.trade.sequence == 1_000)

    assert in_cross.actual == 5_000_000
    assert "a size of 5,000,000" in in_cross.summary
    assert told.rules[:2] == ("high_volume", "surprise")
    assert told.kind == told.reasons[0].feature == "off_market"
    assert "size" in {reason.feature for reason in told.reasons}
    assert told.summary.endswith(" trades of this symbol, a size above the absolute limit of 200.")


def test_how_rare_an_alert_is_depends_on_no_budget() -> None:
    trades = tape.with_block(tape.trades(2_000), 1_500, 3_000)
    rare = set()
    for budget in (20.0, 150.0, 5_000.0):
        found, _ = scored(Engine.load(budget=Budget(budget)), trades)
        rare |= {(item.once_in, item.severity) for item in found if item.trade.sequence == 1_500}

    assert len(rare) == 1


def test_a_budget_of_its_own_tells_no_rarity_beyond_it() -> None:
    trades = tape.sample(20_000)
    for budget in (Budget(surprise_per_million=5_000.0), Budget(high_volume_per_million=5_000.0)):
        found, _ = scored(Engine.load(budget=budget), trades)
        assert len(found) > 20
        assert all(item.once_in >= 0.95e6 / sum(budget.shares()) for item in found)


def test_each_detector_that_speaks_is_heard_however_many_features_of_another_are_heavier(engine: Engine) -> None:
    trades = tape.with_block(tape.trades(2_000), 1_500, 20_000)
    trades[1_500] = replace(trades[1_500], price=2.0 * trades[1_500].price)

    (told,) = (item for item in scored(engine, trades)[0] if item.trade.sequence == 1_500)

    assert told.rules[:2] == ("high_volume", "surprise")
    assert told.kind == "off_market"
    assert "size" in {reason.feature for reason in told.reasons}
    assert len(told.reasons) == 5
    assert sum(reason.contribution for reason in told.reasons) == pytest.approx(told.score)


def test_a_print_that_comes_back_from_off_the_market_is_no_burst(engine: Engine) -> None:
    kinds = []
    for row in range(800, 2_900, 100):
        trades = tape.trades(3_000)
        trades[row] = replace(trades[row], price=round(1.01 * trades[row].price, 2))
        found, _ = scored(engine, trades[: row + 5])
        kinds += [item.kind for item in found if item.trade.sequence >= row]

    assert len(kinds) >= 21
    assert set(kinds) == {"off_market"}


def test_a_price_that_keeps_walking_is_a_burst(engine: Engine) -> None:
    trades = tape.trades(2_020)
    walk = [replace(each, price=round(each.price + 0.05 * i, 2)) for i, each in enumerate(trades[2_000:], 1)]

    kinds = [item.kind for item in scored(engine, [*trades[:2_000], *walk])[0] if item.trade.sequence >= 2_010]

    assert len(kinds) >= 8
    assert set(kinds) == {"price_burst"}


def test_a_print_that_goes_on_with_a_move_is_part_of_it(engine: Engine) -> None:
    trades = tape.trades(1_030)[:1_003]
    walk = [replace(each, price=round(each.price + 0.05 * i, 2)) for i, each in enumerate(trades[1_000:], 1)]

    found, _ = scored(engine, [*trades[:1_000], *walk])

    assert [item.kind for item in found if item.trade.sequence == 1_002] == ["price_burst"]


def test_a_ramp_into_the_close_is_told_as_one(engine: Engine) -> None:
    trades = tape.trades(6_000)
    wait = tape.CLOSE - 30 * 10**9 - trades[-1].ts_event
    ramp = [
        replace(each, ts_event=each.ts_event + wait, price=round(each.price * (1 + max(0, i - 5_400) / 30_000), 2))
        for i, each in enumerate(trades)
    ]

    kinds = [item.kind for item in scored(engine, ramp)[0] if item.trade.sequence >= 5_400]

    assert len(kinds) > 10
    assert set(kinds) == {"close_ramp"}


def test_alerts_of_one_cause_share_an_episode(found: list[Anomaly]) -> None:
    by_episode: dict[str, list[Anomaly]] = {}
    for anomaly in found:
        by_episode.setdefault(anomaly.episode.episode_id, []).append(anomaly)

    assert len(by_episode) < len(found)
    for episode, members in by_episode.items():
        assert members[0].anomaly_id == episode
        assert [member.episode.count for member in members] == list(range(1, len(members) + 1))
        assert len({member.trade.symbol for member in members}) == 1
        assert {member.episode.first_ts_event for member in members} == {members[0].trade.ts_event}
        highest = np.maximum.accumulate([member.score for member in members])
        assert [member.episode.peak_score for member in members] == pytest.approx(highest)


def test_a_sliced_block_is_not_told_again_while_its_sum_fades(engine: Engine) -> None:
    trades = [replace(each, ts_event=tape.START + 40 * (each.ts_event - tape.START)) for each in tape.trades(1_700)]
    trades[1_500:1_520] = [replace(each, size=1_500 + i % 7) for i, each in enumerate(trades[1_500:1_520])]

    told = [alert.trade.sequence for alert in scored(engine, trades)[0] if alert.kind == "sliced_block"]

    assert 1_500 < min(told) < max(told) < 1_520


@pytest.mark.parametrize("threshold", [4.0, 26.65])
def test_a_long_window_fires_again_only_for_news(threshold: float) -> None:
    state, fired = np.zeros(layout.SLOTS), []
    for score in (26.7, 26.7, 26.6, 27.0, 27.8, *[3.0] * 100, 26.7):
        scores = np.full(layout.N_CHANNELS, score)
        fired.append(score > threshold >= echoes.highest(state, detectors.SUMS, score))
        echoes.remember(state, scores, closing=True)

    assert fired == [True, False, False, threshold > 26.6, True, *[False] * 100, True]
