"""What ``python -m detector`` writes: never over its input, nor anything that a terminal or spreadsheet executes."""

import csv
from dataclasses import replace
from pathlib import Path

from common.anomaly import Anomaly
from nasdaq import SAMPLE
from tests import dbn, tape
from tests.processes import detector as run


def test_a_result_is_never_written_over_its_input_nor_lost_to_a_failure(tmp_path: Path) -> None:
    day, result, broken = tmp_path / "day.dbn.zst", tmp_path / "found.jsonl", tmp_path / "broken.csv"
    day.write_bytes(SAMPLE.read_bytes())
    result.write_text("an earlier result")
    broken.write_text("no trades")

    over = run("backtest", tmp_path / "day.dbn.zst", "--output", day)
    failed = run("backtest", broken, "--output", result, "--plots", tmp_path / "new/pictures")

    assert (over.returncode, failed.returncode) == (2, 3)
    assert str(day) in over.stderr
    assert day.read_bytes() == SAMPLE.read_bytes()
    assert result.read_text() == "an earlier result"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.csv", "day.dbn.zst", "found.jsonl"]


def test_a_symbol_commands_neither_the_terminal_nor_a_spreadsheet(tmp_path: Path) -> None:
    day, table = tmp_path / "day.csv", tmp_path / "found.csv"
    prints = tape.trades(801, symbol="=1+\x1b[2J")
    prints[-1] = replace(prints[-1], size=5_000_000)
    with day.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("ts_event", "symbol", "price", "size", "side", "sequence"))
        rows.writerows((each.ts_event, each.symbol, each.price, each.size, each.side, each.sequence) for each in prints)

    found = run("backtest", day, "--output", table)
    with table.open(newline="") as file:
        block = list(csv.DictReader(file))[-1]
    told = run("explain", block["anomaly_id"], day)

    assert block["symbol"] == "'=1+\x1b[2J"
    assert float(block["price"]) == prints[-1].price
    for done in (found, told):
        assert done.returncode == 0, done.stderr
        assert "=1+" in done.stdout
        assert done.stdout.replace("\n", "").isprintable()


def test_a_file_without_trades_is_told_and_a_moment_has_no_rate(tmp_path: Path) -> None:
    empty = run("backtest", dbn.write(tmp_path / "empty.dbn", []))
    moment = run("backtest", dbn.write(tmp_path / "moment.dbn", dbn.trades(3)), "--output", tmp_path / "found.CSV")

    assert "WARNING detector: The files hold no trades, or none of those asked for." in empty.stderr
    assert {line.split()[5] for line in moment.stdout.splitlines()[1:]} == {"-"}
    assert (tmp_path / "found.CSV").read_text().startswith("anomaly_id,")


def test_what_is_piped_to_another_program_is_anomalies_alone() -> None:
    done = run("backtest", SAMPLE, "--sweep", "25", "--output", "/dev/stdout")

    assert all(Anomaly.from_json(line) for line in done.stdout.splitlines())
    assert "SIMA" in done.stderr
    assert "budget/million" in done.stderr
