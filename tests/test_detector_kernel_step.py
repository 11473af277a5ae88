"""One step of the kernel: thresholds and margins, crosses, sessions, pauses and late prints."""

from dataclasses import replace

import numpy as np
import pytest

from common.trade import Trade
from detector import detectors, model
from detector.budget import Budget
from detector.engine import Engine
from detector.kernel import control, step
from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.rarity import channel_rates
from tests import tape
from tests.kernel import Floats

SECOND = 10**9
OPEN = tape.START - 5_400 * SECOND
"""9:30 in New York."""


def rows_of(engine: Engine, trades: list[Trade], row: int = step.RAW) -> Floats:
    """Return one row of the kernel's output for every print."""
    return engine.features(tape.batch(trades), {}, row)


def later(trades: list[Trade], by_s: float) -> list[Trade]:
    return [tape.later(each, round(by_s * SECOND)) for each in trades]


def test_a_threshold_is_the_symbols_quantile_and_the_budgets_margin_above_it() -> None:
    artefact, budget = model.load(model.SHIPPED), Budget(80.0)
    scores = rows_of(Engine(artefact, budget), tape.trades(step.LEARNING_PRINTS + 1), step.SCORES)[-1]

    margins = [artefact.margin(channel, rate) for channel, rate in enumerate(channel_rates(artefact, budget))]
    # The quantiles are still the card's, and a new symbol's thresholds are a decade higher.
    bases = artefact.quantiles + 1.0

    assert scores[step.THRESHOLDS : step.MARGINS] == pytest.approx(bases + margins)
    assert scores[step.MARGINS : step.MARGINS + detectors.FOREST] == pytest.approx(
        np.where(np.arange(9) == detectors.CLOSES, control.SILENT, (scores[: detectors.FOREST] - bases[:9]))
    )


def test_scores_are_those_of_the_prints_own_surprises(engine: Engine) -> None:
    trades = tape.trades(600)
    surprises, scores = rows_of(engine, trades, step.SURPRISE), rows_of(engine, trades, step.SCORES)

    jumps = np.maximum(surprises[:, feature.OFF_MARKET], surprises[:, [feature.PRINT_RETURN, feature.SNAPBACK]].T - 0.5)
    assert scores[:, detectors.SIZE] == pytest.approx(surprises[:, feature.SIZE])
    assert scores[:, detectors.REPEATS] == pytest.approx(surprises[:, feature.REPEATS])
    assert scores[:, detectors.JUMPS] == pytest.approx(np.maximum(0.0, jumps.max(axis=0)))
    # Moves are not reported far from the close.
    assert not surprises[:, feature.CLOSE_MOVE].any()


@pytest.mark.parametrize(("apart_s", "repeats"), [(119.0, 1.0), (121.0, 0.0)])
def test_repeats_are_counted_for_two_minutes_of_event_time(engine: Engine, apart_s: float, repeats: float) -> None:
    (first,) = tape.trades(1)

    assert rows_of(engine, [first, *later([first], apart_s)])[-1, feature.REPEATS] == repeats


def test_a_late_print_of_the_day_before_starts_no_new_session(engine: Engine) -> None:
    today = later(tape.trades(400, price=120.0), 3 * 86_400.0)
    yesterday = replace(tape.trades(1)[0], sequence=9_000)
    trades = [*tape.trades(300), *today[:350], yesterday, *today[350:]]

    raw = rows_of(engine, trades)

    plain = rows_of(engine, [*tape.trades(300), *today])
    assert raw[300, feature.PRINT_RETURN] == 0.0
    assert np.delete(raw, 650, axis=0)[:, feature.MOVE_300S] == pytest.approx(plain[:, feature.MOVE_300S])


def test_a_channel_fires_above_its_threshold_and_below_it_never(engine: Engine) -> None:
    trades = tape.trades(1_200)
    for row in range(600, 1_200, 90):
        trades[row] = replace(trades[row], price=1.05 * trades[row].price)
    scores = rows_of(engine, trades, step.SCORES)

    fired = {row for row, _anomaly in engine.replay(tape.batch(trades), {}, 0)}

    above = scores[:, : at.N_CHANNELS] > scores[:, step.THRESHOLDS : step.MARGINS]
    above[: step.LEARNING_PRINTS] = False
    assert fired <= set(np.flatnonzero(above.any(axis=1)).tolist())
    # Jumps have no echoes.
    jumps = set(np.flatnonzero(above[:, detectors.JUMPS]).tolist())
    assert set(range(600, 1_200, 90)) <= jumps <= fired


def test_a_cross_leaves_sizes_and_prices_as_they_were(engine: Engine) -> None:
    trades = later(tape.trades(900), -5_390.0)
    cross = replace(trades[20], side="N", size=5_000_000, price=2.0 * trades[20].price)
    with_cross = [*trades[:20], cross, *trades[20:]]

    plain, crossed = rows_of(engine, trades), rows_of(engine, with_cross)

    assert (trades[20].ts_event - tape.START) // SECOND < -5_300
    sized = [feature.SIZE, feature.VOLUME_30S, feature.IMBALANCE_30S, feature.PRINT_RETURN, feature.MOVE_300S]
    assert crossed[20, feature.SIZE] == 5_000_000
    assert crossed[20, feature.VOLUME_30S] == crossed[20, feature.REPEATS] == 0.0
    assert crossed[20, feature.PRINT_RETURN] == pytest.approx(0.5 * cross.price, rel=0.01)
    assert np.delete(crossed, 20, axis=0)[:, sized] == pytest.approx(plain[:, sized])


@pytest.mark.parametrize(("unsided", "cross"), [(0.3, True), (0.7, False)])
def test_where_most_prints_have_no_side_none_is_taken_for_a_cross(engine: Engine, unsided: float, cross: bool) -> None:
    trades = tape.trades(400)
    trades = [replace(each, side="N" if i % 10 < 10 * unsided else "B") for i, each in enumerate(trades[:-1])]
    trades.append(replace(tape.trades(400)[-1], side="N", size=5_000_000))

    raw = rows_of(engine, later(trades, (OPEN - trades[-1].ts_event) / SECOND + 10.0))

    assert (raw[-1, feature.VOLUME_30S] == 0.0) == cross


def test_a_new_session_starts_at_its_first_price_without_any_pause(engine: Engine) -> None:
    trades = later(tape.trades(120), (OPEN - tape.trades(101)[-1].ts_event) / SECOND)
    trades = [*trades[:100], *(replace(each, price=200.0 + i) for i, each in enumerate(trades[100:]))]

    raw = rows_of(engine, trades)

    assert trades[99].ts_event < OPEN <= trades[100].ts_event
    assert raw[100:103, feature.PRINT_RETURN] == pytest.approx([0.0, 1.0, 1.0])


def test_sides_are_of_the_aggressor(engine: Engine) -> None:
    trades = [replace(each, size=100, side="A") for each in tape.trades(3)]
    bought = [replace(each, side="B") for each in trades]

    assert (
        rows_of(engine, bought)[-1, feature.IMBALANCE_30S] == -rows_of(engine, trades)[-1, feature.IMBALANCE_30S] > 0.0
    )


@pytest.mark.parametrize(("late_s", "counted"), [(0.4, True), (0.6, False)])
def test_a_print_half_a_second_late_says_nothing_about_price_and_rate(
    engine: Engine, late_s: float, counted: bool
) -> None:
    trades = tape.trades(600)
    late = replace(trades[499], ts_event=trades[499].ts_event - round(late_s * SECOND), sequence=9_000)
    after = replace(trades[500], price=trades[499].price)

    raw = rows_of(engine, [*trades[:500], replace(late, price=trades[499].price + 0.03), after])

    assert raw[500, feature.STALE] == pytest.approx(late_s)
    assert (raw[500, feature.RATE_30S] > 0.0) == counted
    assert raw[501, feature.PRINT_RETURN] == pytest.approx(-0.03 * counted)
    # The time since the latest print is counted from the latest, late or not.
    assert raw[501, feature.STALE] == 0.0


@pytest.mark.parametrize(("pause_s", "restarted"), [(1_750.0, False), (1_850.0, True)])
def test_after_half_an_hour_without_prints_prices_start_anew(engine: Engine, pause_s: float, restarted: bool) -> None:
    trades = tape.trades(600)
    last = trades[499]
    resumed = replace(last, ts_event=last.ts_event + round(pause_s * SECOND), price=last.price + 1.0)

    raw = rows_of(engine, [*trades[:500], resumed])

    assert (raw[500, feature.PRINT_RETURN] == 0.0) == restarted
    assert raw[500, feature.PRINT_RETURN] == pytest.approx(0.0 if restarted else 1.0)


def test_moves_into_the_close_count_in_the_last_20_minutes_of_a_session(engine: Engine) -> None:
    trades = tape.trades(1_000)
    margins = []
    for before_close_s in (1_210.0, 1_190.0):
        wait_s = (tape.CLOSE - trades[-1].ts_event) / SECOND - before_close_s
        scores = rows_of(engine, later(trades, wait_s), step.SCORES)
        margins.append(scores[-1, step.MARGINS + detectors.CLOSES])

    assert margins[0] == control.SILENT < margins[1]


def test_delays_and_times_are_in_seconds(engine: Engine) -> None:
    trades = [replace(each, ts_recv=each.ts_event + 3 * SECOND) for each in tape.trades(3)]
    early = [replace(each, ts_recv=each.ts_event - SECOND) for each in trades]

    assert rows_of(engine, trades)[:, feature.FEED_DELAY] == pytest.approx([3.0] * 3)
    assert rows_of(engine, early)[:, feature.FEED_DELAY].tolist() == [0.0] * 3


def test_an_extreme_size_does_not_speak_through_the_sums_as_well(engine: Engine) -> None:
    trades = tape.trades(1_000)

    small, large = (
        rows_of(engine, [*trades[:999], replace(trades[999], size=size)], step.SURPRISE)[-1]
        for size in (20_000, 20_000_000)
    )

    assert large[feature.SIZE] > small[feature.SIZE] + 1.0
    sums = slice(feature.VOLUME_2S, feature.END_VOLUME)
    assert large[sums] == pytest.approx(small[sums])
