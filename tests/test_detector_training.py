"""Training on ordinary prints: what the model then says about them."""

import numpy as np
import pytest

from common.batch import TradeBatch
from detector import fit, model
from detector.catalog import NAMES
from detector.engine import Engine
from detector.kernel import features as feature
from detector.kernel import forest, step, tails
from detector.kernel import layout as at
from detector.training import Stream, train
from tests import tape

PRINTS = 3_000


def days() -> list[TradeBatch]:
    """Return ordinary prints of three symbols that differ in price and tick."""
    shapes = ((100.0, 0.01), (20.0, 0.01), (3_000.0, 0.25))
    return [
        tape.batch(tape.trades(PRINTS, seed, symbol=f"S{seed}", price=price, tick=tick))
        for seed, (price, tick) in enumerate(shapes)
    ]


@pytest.fixture(scope="module")
def trained() -> model.Model:
    return train([Stream(batch.symbols[0], (batch,)) for batch in days()], 5, "7.1", {"data": "tape"})


def test_it_learns_from_what_comes_after_each_symbols_first_prints(trained: model.Model) -> None:
    assert trained.card["training_prints"] == 3 * (PRINTS - step.LEARNING_PRINTS)
    assert (trained.card["seed"], trained.card["version"], trained.card["data"]) == (5, "7.1", "tape")


def test_how_prints_are_cut_into_batches_changes_nothing(trained: model.Model) -> None:
    cut = [
        Stream(batch.symbols[0], tuple(tape.batch(rows) for rows in (whole[:123], whole[123:1_000], whole[1_000:])))
        for batch in days()
        for whole in ([batch.trade(row) for row in range(len(batch))],)
    ]

    assert train(cut, 5, "7.1", {"data": "tape"}).digest() == trained.digest()


def test_a_surprise_at_the_knee_is_seen_in_about_one_episode_in_1600_prints(trained: model.Model) -> None:
    engine, rates = Engine(trained), []
    for batch in days():
        surprises = engine.features(batch, {}, step.SURPRISE)[step.LEARNING_PRINTS :]
        times, symbol = batch.ts_event[step.LEARNING_PRINTS :], batch.symbol[step.LEARNING_PRINTS :]
        rates.append(
            [
                fit.count_episodes(times, symbol, surprises[:, i] > tails.AT_KNEE) / len(times)
                for i in range(feature.REPEATS)
            ]
        )

    # Moves over minutes count in full only later, and an anomaly may be in these prints too.
    found = np.mean(rates, axis=0)
    soon = [i for i in range(feature.REPEATS) if not feature.FIRST_SLOW <= i < feature.END_PRICE]
    assert np.median(found[soon]) == pytest.approx(1.0 / 1_600.0, rel=0.4)
    assert found.max() < 4.0 / 1_600.0


def test_lateness_is_a_surprise_by_itself(trained: model.Model) -> None:
    rows = trained.tails.reshape(feature.N_FEATURES + 1, tails.ROW)

    for i in (feature.STALE, feature.FEED_DELAY):
        assert rows[i] == pytest.approx(fit.identity_tail())
    assert rows[feature.SIZE, tails.SHAPE] <= 0.0


def test_thresholds_rise_as_the_budget_falls(trained: model.Model) -> None:
    assert trained.margins.shape == (at.N_CHANNELS, len(trained.rates))
    assert (np.diff(trained.margins, axis=1) >= 0.0).all()
    assert (np.diff(trained.rates) < 0.0).all()
    assert trained.margins[:, 0].min() >= 0.0
    assert 0.3 <= trained.card["joint_factor"] <= 1.6


def test_golden_rows_are_of_the_forests_inputs_and_reproduce(trained: model.Model) -> None:
    trees = trained.forest
    nodes = trees.nodes()
    for golden in trained.card["golden"]:
        row = np.array(golden["row"], dtype=np.float32)
        assert row.shape == (len(NAMES),)
        assert 0.0 <= row.min() <= row.max() <= 8.0
        found = forest.score(nodes, trees.roots, row, trees.normal_length())
        assert found == pytest.approx(golden["score"], abs=1e-9)
