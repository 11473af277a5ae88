"""The speed benchmark works on tiny inputs; the speeds themselves are not asserted."""

import sys
from pathlib import Path

import numpy as np
import orjson
import pytest

from bench import tape as trades_of
from bench.speed import __main__ as command
from bench.speed import forest, kernel, machine, replay
from bench.speed.report import Row, Table
from common.decode.merge import take
from common.errors import SettingError
from nasdaq import SAMPLE
from tests import dbn, tape


def test_the_kernel_is_timed_trade_by_trade() -> None:
    table = kernel.measure(tape.trades(900))

    whole, compiled = table.rows[:2]
    assert whole.figures["trades"] == compiled.figures["trades"] == 900
    assert all(0.0 < float(row.figures["median_us"]) <= float(row.figures["max_us"]) for row in (whole, compiled))
    assert whole.met is not None


def test_the_forest_is_scikit_learns() -> None:
    batch = take(trades_of.read([SAMPLE])[0], slice(0, 6_000))

    table = forest.measure([batch], count=4_000)

    difference = table.rows[-1]
    assert float(difference.figures["difference"]) <= forest.GOAL_DIFFERENCE
    assert difference.met
    assert not table.failed


def test_another_forest_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = take(trades_of.read([SAMPLE])[0], slice(0, 3_000))
    exact = forest.walk

    def wrong(nodes: object, roots: object, rows: object, length: float, out: "np.typing.NDArray[np.float64]") -> None:
        exact(nodes, roots, rows, length, out)
        out[-1] += 1e-9

    monkeypatch.setattr(forest, "walk", wrong)

    assert "differs" in forest.measure([batch], count=1_000).failed


def test_compared_rows_lie_on_split_thresholds() -> None:
    generator = np.random.default_rng(1)
    real = generator.random((50, 3), dtype=np.float32)
    feature, threshold = np.array([0, -1, 2], dtype=np.int8), np.array([0.25, 0.0, 0.75])

    rows = forest.compared_rows(real, feature, threshold, 400, generator)

    assert rows.shape == (400, 3)
    assert np.isfinite(rows).all()
    assert (rows[200:300, 0] == 0.25).any()
    assert (rows[200:300, 0] == np.nextafter(np.float32(0.25), np.float32(1.0))).any()
    assert (rows[200:300, 2] == 0.75).any()


def test_a_back_test_is_timed_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "small.trades.dbn.zst"
    dbn.write(path, dbn.trades(300))

    table = replay.measure([path], trades_of.read([path]))

    assert [row.figures.get("trades") for row in table.rows] == [300, 300, 300, None]
    assert table.rows[-1].met


def test_trades_repeat_with_ids_and_times_of_their_own() -> None:
    day = tape.trades(50)

    many = list(trades_of.repeated(day, 120))

    assert len({trade.trade_id for trade in many}) == len(many) == 120
    assert [trade.ts_event for trade in many] == sorted(trade.ts_event for trade in many)
    assert [trade.price for trade in many[50:100]] == [trade.price for trade in day]


def test_a_table_is_markdown_and_json() -> None:
    table = Table("part", "Title", [Row("one", {"median_us": 12.345}, "≤ 12", met=False), Row("two", {"rows": 1_000})])

    assert table.markdown().splitlines() == [
        "### Title",
        "",
        "| what | median, µs | rows | goal |",
        "| --- | ---: | ---: | --- |",
        "| one | 12.3 |  | ≤ 12: missed |",
        "| two |  | 1,000 |  |",
    ]
    assert orjson.loads(orjson.dumps(table.to_dict()))["rows"][0] == {
        "what": "one", "median_us": 12.345, "goal": "≤ 12", "met": False,
    }  # fmt: skip


def test_the_command_writes_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "small.trades.dbn.zst", tmp_path / "speed.json"
    dbn.write(source, dbn.trades(300))
    monkeypatch.setattr(sys, "argv", ["speed", str(source), "--only", "kernel,backtest", "--json", str(target)])

    command.main()

    assert "### Back-test" in capsys.readouterr().out
    assert set(orjson.loads(target.read_bytes())) == {"machine", "kernel", "backtest"}


def test_wrong_options_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["speed", "--trades", "5"])
    with pytest.raises(SettingError, match="--trades"):
        command.main()
    monkeypatch.setattr(sys, "argv", ["speed", "--only", "kernel,nothing"])
    with pytest.raises(SystemExit):
        command.main()


def test_the_machine_is_named() -> None:
    assert {"processor", "Python", "numba", "scikit-learn"} <= {row.what for row in machine.describe().rows}
