"""The state: no two parts of the kernel write to the same slot, and all of it is used."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from detector.engine import Engine
from detector.kernel import activity, clock, control, echoes, price, step, tails, volume
from detector.kernel import features as feature
from detector.kernel import layout as at
from tests import kernel, tape
from tests.kernel import Floats, Integers

CARD = np.full((at.N_CHANNELS, 3), 3.0)


def clocks(s: Floats, k: Integers, i: int) -> None:
    if i == 0:
        clock.start(k, tape.START)
    clock.put_back(s, k, tape.START + 10**9 * i - 10**12 * (i % 7 == 3))


def prices(s: Floats, k: Integers, i: int) -> None:
    (raw, x, usual), work = kernel.per_feature(), np.zeros(price.MEDIAN_PRINTS)
    at_price = 100.0 + 0.01 * (i * 7 % 5)
    if i % 130 == 0:
        price.start_session(s, k, at_price)
    price.observe(s, k, at_price, 1.0 + 0.1 * i, raw, x, usual, work)
    price.learn(s, k, at_price, 10.0 + i, 1.0 + 0.1 * i, raw, np.zeros(feature.N_FEATURES), work)


def volumes(s: Floats, _k: Integers, i: int) -> None:
    raw, x, usual = kernel.per_feature()
    volume.pass_time(s, 1.0)
    volume.observe(s, 100.0 + 900.0 * (i % 3), 100.0 + 900.0 * (i % 3), 1.0, raw, x, usual)
    volume.learn(s, i, 100.0 + 900.0 * (i % 3), np.zeros(feature.N_FEATURES))


def repeats(s: Floats, k: Integers, i: int) -> None:
    activity.learn_repeats(s, k, 100.0 + i, 10.0 + i, 1.0 + i)


def rates(s: Floats, k: Integers, i: int) -> None:
    raw, x, usual = kernel.per_feature()
    activity.observe_rate(s, k, float(i), 0.3 + 0.1 * (i % 9), False, raw, x, usual)
    activity.learn_rate(s, i, raw, usual, np.zeros(feature.N_FEATURES))


def lateness(s: Floats, _k: Integers, i: int) -> None:
    activity.learn_lateness(s, i, 1.0, 0.5 + i % 3)


def tails_of(s: Floats, k: Integers, i: int) -> None:
    if i == 0:
        tails.start(s, kernel.tail_rows())
    k[at.I_ODD_TAILS] |= i % 100 == 0
    tails.adapt(s, k, kernel.tail_rows(), np.full(feature.N_FEATURES, 5.0 + i % 2), i, 0)


def thresholds(s: Floats, k: Integers, i: int) -> None:
    if i == 0:
        control.start(s, CARD)
    k[at.I_ODD_SCORES] |= i % 100 == 0
    control.learn(s, k, CARD, np.full(at.N_CHANNELS, 4.0), i)


def echoed(s: Floats, _k: Integers, _i: int) -> None:
    echoes.remember(s, np.full(at.N_CHANNELS, 4.0), True)


CHANGES: dict[str, dict[str, int]] = {
    "ordinary": {},
    "no size": {"size": 0},
    "late": {"ts_event": tape.START + 20 * 10**9},
    "a new session": {"ts_event": tape.START + 3 * 86_400 * 10**9},
}
PARTS = (clocks, prices, volumes, repeats, rates, lateness, tails_of, thresholds, echoed)


@pytest.fixture(scope="module")
def written() -> dict[str, set[int]]:
    """Return the slots that each part writes to."""
    found = {}
    for part in PARTS:
        s, k = kernel.state()
        slots: set[int] = set()
        for i in range(260):
            before = k.copy()
            part(s, k, i)
            slots |= set(np.flatnonzero(k != before).tolist())
        found[part.__name__] = slots
    return found


def test_no_slot_belongs_to_two_parts(written: dict[str, set[int]]) -> None:
    shared = {(one, other): written[one] & written[other] for one, other in combinations(written, 2)}

    assert {pair: slots for pair, slots in shared.items() if slots} == {}


def test_every_part_writes_whole_numbers_or_fractions_and_stays_within_the_state(written: dict[str, set[int]]) -> None:
    whole = {name for name, slots in written.items() if min(slots) < at.INTEGERS}

    assert whole == {"clocks", "prices", "repeats", "tails_of", "thresholds"}
    assert max(map(max, written.values())) == at.SLOTS - 1


@pytest.mark.parametrize("row", [step.RAW, step.X, step.USUAL, step.SURPRISE, step.SCORES])
@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_nothing_of_the_print_before_is_left_in_a_prints_output(
    engine: Engine, change: dict[str, int], row: int
) -> None:
    trades = tape.trades(150)
    before, last = trades[-2], replace(trades[-1], **change)  # type: ignore[arg-type]
    trades[-2] = replace(before, size=50_000, price=2 * before.price, ts_event=before.ts_event - 10**9 // 4)
    states: dict[str, Floats] = {}

    whole = engine.features(tape.batch([*trades[:-1], last]), {}, row)
    engine.features(tape.batch(trades[:-1]), states, row)
    alone = engine.features(tape.batch([last]), states, row)

    assert np.array_equal(whole[-1], alone[-1])


def test_a_score_depends_on_the_state_alone(engine: Engine) -> None:
    trades = tape.trades(450)
    state = None
    for trade in trades[:-1]:
        state, _anomaly = engine.score(state, trade, 0)

    first, _anomaly = engine.score(state, trades[-1], 0)
    for other in tape.trades(30, seed=9, symbol="BBB", price=7.0):
        engine.score(None, other, 0)
    second, _anomaly = engine.score(state, trades[-1], 0)

    assert first == second
