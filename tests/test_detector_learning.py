"""What the detector learns: neither poisoned by anomalies nor deaf to what has become usual."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.quality import streams
from bench.quality.run import clean, injected, project
from bench.quality.tape import Tape
from common.batch import TradeBatch
from detector import detectors
from detector.budget import Budget
from detector.engine import Engine
from detector.kernel import features as feature
from detector.kernel import layout, odd, step
from detector.sweep import Sweep, empty_scores


@pytest.fixture(scope="module")
def tapes() -> list[Tape]:
    return streams.simulated(3)[1:4]


def test_an_anomaly_in_600_prints_costs_at_most_a_tenth_of_the_recall(engine: Engine, tapes: list[Tape]) -> None:
    sparse, dense = (sum(one.recall for one in injected(project(engine), tapes, spacing)) for spacing in (3_000, 600))

    assert dense >= 0.9 * sparse > 0.0


def test_ordinary_sessions_keep_the_budget_and_events_are_worth_a_look(engine: Engine, tapes: list[Tape]) -> None:
    quiet = clean(project(engine), streams.simulated(3))
    rounds = injected(project(engine), tapes, 1_000)

    assert sum(row.episodes for row in quiet) * 1e6 / sum(row.prints for row in quiet) <= 1.5 * 150
    assert min(one.f1 for one in rounds) >= 0.8
    named: dict[str, list[bool]] = {}
    for hit in (each for one in rounds for each in one.hits if each.found):
        named.setdefault(hit.event.kind, []).append(hit.named)
    assert min(np.mean(told) for told in named.values()) >= 0.85


def test_what_comes_in_every_block_becomes_usual(engine: Engine, tapes: list[Tape]) -> None:
    batch = tapes[0].batch()
    sizes = batch.size.copy()
    sizes[1_000::110] = 30 * int(np.quantile(sizes, 0.999))

    alerts = engine.replay(replace(batch, size=sizes), {}, 0)
    rows = [row for row, anomaly in alerts if "high_volume" in anomaly.rules]

    early = sum(1 for row in rows if 1_000 <= row < 5_000)
    late = sum(1 for row in rows if len(batch) - 4_000 <= row)
    assert early > 15
    assert late < early / 5


def test_time_passes_for_volumes_before_a_print_without_size(engine: Engine, tapes: list[Tape]) -> None:
    batch = tapes[0].head(3_000).batch()
    last = len(batch) - 1
    ts_event, sizes = batch.ts_event.copy(), batch.size.copy()
    ts_event[last - 1 :] += 1_200_000_000_000
    sizes[last - 1] = 0

    values = engine.features(replace(batch, ts_event=ts_event, size=sizes), {}, step.RAW)

    assert values[last, feature.VOLUME_30S] == pytest.approx(sizes[last], rel=1e-6)


def test_nothing_that_is_learned_depends_on_the_budget(tapes: list[Tape]) -> None:
    batch = tapes[0].batch()
    generous, strict = (Engine.load(budget=Budget(budget)).features(batch, {}, step.SCORES) for budget in (5_000, 5))
    margins = slice(step.MARGINS, step.MARGINS + len(detectors.CHANNELS))

    assert np.array_equal(generous[:, : step.THRESHOLDS], strict[:, : step.THRESHOLDS])
    assert np.array_equal(generous[:, margins], strict[:, margins])


def test_a_sweep_counts_prints_above_the_absolute_size(tapes: list[Tape]) -> None:
    batch: TradeBatch = tapes[0].batch()
    other = Engine.load(budget=Budget(300.0, absolute_size=int(np.quantile(batch.size, 0.998))))
    scores = empty_scores(batch)
    Engine.load().replay(batch, {}, 0, scores)
    sweep = Sweep([other])
    sweep.add(batch, scores, [])

    assert sweep.alerts[0] == len(other.replay(batch, {}, 0)) > 20


def test_a_move_that_stays_is_told_once_and_not_for_minutes(engine: Engine, tapes: list[Tape]) -> None:
    batch = tapes[0].head(12_000).batch()
    prices = batch.price.copy()
    prices[8_000:] *= 1.02

    rows = [row for row, _anomaly in engine.replay(replace(batch, price=np.round(prices, 2)), {}, 0)]

    assert 8_000 in rows
    assert sum(1 for row in rows if 8_020 <= row < 8_600) <= 2


@pytest.mark.parametrize("channel", range(len(detectors.CHANNELS)), ids=detectors.CHANNELS)
def test_an_odd_block_is_left_out_of_its_own_subject_and_never_twice_in_a_row(channel: int) -> None:
    integers = np.zeros(layout.SLOTS, dtype=np.int64)
    limits, margins = np.ones(layout.N_CHANNELS), np.zeros(layout.N_CHANNELS)
    margins[channel] = 2.0
    left = []
    for _block in range(4):
        odd.note(integers, limits, margins)
        left.append(odd.left_out(integers, layout.I_ODD_TAILS, layout.I_SKIPPED_TAILS))

    own = odd.OF_CHANNEL[channel]
    assert left == [own, 0, own, 0]
    assert (own == 0) == (channel == detectors.RATES)
    margins[channel] = 0.5
    odd.note(integers, limits, margins)
    assert odd.left_out(integers, layout.I_ODD_TAILS, layout.I_SKIPPED_TAILS) == 0


@pytest.mark.parametrize("budget", [30, 75, 150])
def test_large_prints_that_are_not_told_each_are_told_together(tapes: list[Tape], budget: float) -> None:
    engine, batch = Engine.load(budget=Budget(budget)), tapes[0].head(4_000).batch()

    def told(size: float, count: int) -> bool:
        sizes = batch.size.copy()
        sizes[3_000 : 3_000 + count] = int(size)
        found = engine.replay(replace(batch, size=sizes), {}, 0)
        return any(3_000 <= row < 3_010 and "high_volume" in anomaly.rules for row, anomaly in found)

    grid = np.geomspace(1.0, 20.0, 40) * np.quantile(batch.size, 0.999)
    largest = max(size for size in grid if not told(size, 1))

    assert told(largest, 3)


@pytest.mark.parametrize("still", [0, 150, 500])
@pytest.mark.parametrize("share", [0.1, 0.01])
def test_a_price_that_seldom_changes_is_not_remarkable_when_it_does(
    engine: Engine, tapes: list[Tape], still: int, share: float
) -> None:
    generator = np.random.default_rng(1)
    batch = tapes[0].head(8_000).batch()
    steps = np.where(generator.random(len(batch)) < share, generator.choice([-1, 1], len(batch)), 0)
    steps[:still] = 0

    alerts = engine.replay(replace(batch, price=2.5 + 0.01 * steps.cumsum()), {}, 0)

    told = {each.episode.episode_id for _row, each in alerts if each.kind in ("off_market", "price_burst")}
    assert len(told) <= 1, "the budget allows 1.2 in 8,000 prints"


@pytest.mark.parametrize("wrong", [1e12, -1e12, 0.0])
def test_a_price_of_another_world_hides_no_later_one(engine: Engine, tapes: list[Tape], wrong: float) -> None:
    batch = tapes[0].head(4_000).batch()
    prices = batch.price.copy()
    prices[2_000] = wrong
    prices[2_600] *= 1.01

    rows = [row for row, anomaly in engine.replay(replace(batch, price=prices), {}, 0) if anomaly.kind == "off_market"]

    assert {2_000, 2_600} <= set(rows)


def test_sizes_are_learned_from_prints_that_have_one(engine: Engine, tapes: list[Tape]) -> None:
    batch = tapes[0].head(6_000).batch()
    sizes = batch.size.copy()
    sizes[:2_000] = 0
    sizes[5_000] = 50 * int(np.quantile(batch.size, 0.999))

    alerts = engine.replay(replace(batch, size=sizes), {}, 0)
    told = [row for row, anomaly in alerts if "high_volume" in anomaly.rules]

    assert 5_000 in told
    assert min(told) >= 2_000 + step.LEARNING_PRINTS


def test_sizes_alone_teach_their_tail_while_the_rest_is_learned_in_silence(engine: Engine, tapes: list[Tape]) -> None:
    learned = []
    for count in (1, step.LEARNING_PRINTS):
        states: dict[str, NDArray[np.float64]] = {}
        engine.replay(tapes[0].head(count).batch(), states, 0)
        (state,) = states.values()
        learned.append(state[layout.TAIL_LEVEL : layout.TAIL_LEVEL + feature.N_FEATURES].copy())

    assert np.flatnonzero(learned[0] != learned[1]).tolist() == [feature.SIZE]


def test_twenty_prices_of_another_world_leave_the_scales_alone(engine: Engine, tapes: list[Tape]) -> None:
    batch = tapes[0].head(4_000).batch()
    prices = batch.price.copy()
    prices[2_000:2_020] = 1e9
    prices[2_600] *= 1.01

    rows = [row for row, _anomaly in engine.replay(replace(batch, price=prices), {}, 0)]

    assert {2_000, 2_600} <= set(rows)
    assert sum(1 for row in rows if 2_020 <= row < 2_600) <= 15


def test_a_huge_size_while_learning_does_not_count_in_full_later(engine: Engine, tapes: list[Tape]) -> None:
    batch = tapes[0].head(2_000).batch()
    sizes = batch.size.copy()
    sizes[step.LEARNING_PRINTS - 1] = 1_000 * int(np.quantile(sizes, 0.999))

    told = [anomaly for _row, anomaly in engine.replay(replace(batch, size=sizes), {}, 0)]

    assert len(told) <= 2
    assert all(anomaly.actual < 0.1 * sizes.max() for anomaly in told)


def test_prices_before_the_first_size_count_alike(engine: Engine, tapes: list[Tape]) -> None:
    batch = tapes[0].head(8_000).batch()
    sizes = batch.size.copy()
    sizes[:3_000] = 0

    usual = {row for row, _anomaly in engine.replay(batch, {}, 0)}
    told = {row for row, _anomaly in engine.replay(replace(batch, size=sizes), {}, 0)}

    assert len(told - usual) <= 3
