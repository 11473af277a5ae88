"""The plots of a back-test: what they keep of the prints, what they draw, and the files that they leave."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from numpy.typing import NDArray

from common.anomaly import Anomaly
from common.batch import TradeBatch
from common.decode.merge import take
from detector.engine import Engine
from detector.kernel.layout import N_CHANNELS
from detector.plots import Plots
from detector.sweep import empty_scores
from tests import tape

YEAR_NS = 365 * 86_400 * 10**9


@pytest.fixture(scope="module")
def played() -> tuple[TradeBatch, list[Anomaly]]:
    prints = tape.trades(801)
    prints[-1] = replace(prints[-1], size=5_000_000)
    batch = tape.batch(prints)
    return batch, [anomaly for _row, anomaly in Engine.load().replay(batch, {}, 0, empty_scores(batch))]


def silent(batch: TradeBatch) -> NDArray[np.float64]:
    return np.full(empty_scores(batch).shape, -99.0)


def test_the_memory_of_a_symbol_has_a_bound_and_no_extreme_price_is_lost(
    tmp_path: Path, played: tuple[TradeBatch, list[Anomaly]]
) -> None:
    batch, scores = played[0], silent(played[0])
    plots = Plots(tmp_path, np.ones(N_CHANNELS))
    every = 8
    prices = np.random.default_rng(1).normal(100.0, 1.0, 120 * 801)
    prices[50_001], prices[90_002] = 500.0, 0.01
    parts = np.split(np.arange(len(prices)), 120)

    tracemalloc.start()
    for part in parts:
        plots.add(replace(batch, ts_event=part, price=prices[part]), scores, [])
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    history = plots._histories["AAA"]
    wanted = []
    for part in np.split(np.arange(len(prices)), np.arange(every, len(prices), every)):
        wanted += sorted((part[prices[part].argmin()], part[prices[part].argmax()]))
    assert history.prints == len(prices)
    assert history.times.tolist() == wanted
    assert history.prices.tolist() == prices[wanted].tolist()
    assert held < 1_000_000


def test_of_few_prints_all_are_kept(tmp_path: Path, played: tuple[TradeBatch, list[Anomaly]]) -> None:
    batch, scores = played[0], silent(played[0])
    plots = Plots(tmp_path, np.ones(N_CHANNELS))
    for number in range(3):
        plots.add(replace(batch, ts_event=batch.ts_event + number * YEAR_NS), scores, [])

    history = plots._histories["AAA"]
    assert len(history.times) == 3 * 801 + 1
    assert set(history.times) == {time + number * YEAR_NS for time in batch.ts_event.tolist() for number in range(3)}


def test_files_years_apart_are_drawn_with_a_bar_for_each_hour_that_has_alerts(
    tmp_path: Path, played: tuple[TradeBatch, list[Anomaly]], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, anomalies = played
    plots = Plots(tmp_path, np.ones(N_CHANNELS))
    bars = []
    save = Plots._save

    def counting(self: Plots, figure: object, name: str) -> Path:
        bars.append(len(figure.axes[0].patches) if name.startswith("alerts") else 0)  # type: ignore[attr-defined]
        return save(self, figure, name)

    monkeypatch.setattr(Plots, "_save", counting)
    plots.add(batch, silent(batch), anomalies)
    plots.add(replace(batch, ts_event=batch.ts_event + 9 * YEAR_NS), silent(batch), [])
    plots.draw()

    assert anomalies
    assert sum(bars) == 1


def test_pictures_name_the_days_and_the_zone_of_their_times(
    tmp_path: Path, played: tuple[TradeBatch, list[Anomaly]], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, _anomalies = played
    day = np.datetime64(tape.START, "ns").astype("datetime64[D]")
    labels = {}
    save = Plots._save

    def reading(self: Plots, figure: object, name: str) -> Path:
        labels[name] = figure.axes[0].get_xlabel()  # type: ignore[attr-defined]
        return save(self, figure, name)

    monkeypatch.setattr(Plots, "_save", reading)
    plots = Plots(tmp_path, np.ones(N_CHANNELS))
    plots.add(batch, silent(batch), [])
    plots.draw()
    assert (labels["01-AAA.png"], labels["alerts-per-hour.png"]) == (f"{day} (UTC)", f"{day} (UTC)")

    plots.add(replace(batch, ts_event=batch.ts_event + 9 * YEAR_NS), silent(batch), [])
    plots.draw()
    later = (np.datetime64(tape.START + 9 * YEAR_NS, "ns")).astype("datetime64[D]")
    assert (labels["01-AAA.png"], labels["alerts-per-hour.png"]) == (f"{day} to {later} (UTC)",) * 2


def test_a_single_print_of_a_symbol_that_commands_a_terminal_is_seen(
    tmp_path: Path, played: tuple[TradeBatch, list[Anomaly]]
) -> None:
    batch = replace(take(played[0], slice(0, 1)), symbols=("A\x1b[2J",))
    plots = Plots(tmp_path, np.ones(N_CHANNELS))
    plots.add(batch, silent(batch), [])

    # A character without a glyph, in the title, would be a warning, and so an error here.
    picture = imread(plots.draw()[0])

    assert np.any((picture[..., 0] < 0.3) & (picture[..., 2] > 0.5))


def test_a_second_run_leaves_its_own_pictures_and_those_of_others(
    tmp_path: Path, played: tuple[TradeBatch, list[Anomaly]]
) -> None:
    batch, _anomalies = played
    for symbols in (("BBB",), ("CCC",)):
        plots = Plots(tmp_path, np.ones(N_CHANNELS))
        plots.add(replace(batch, symbols=symbols), silent(batch), [])
        plots.draw()
        (tmp_path / "01-holiday.png").write_bytes(b"\x89PNG of another")

    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["01-CCC.png", "01-holiday.png", "alerts-per-hour.png", "scores.png"]
