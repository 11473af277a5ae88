"""The command without a broker: ``--dry-run``, ``--summary`` and mistakes of users."""

import io
import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from common.errors import InputError
from common.settings import load
from producer.run import count
from producer.settings import ProducerSettings
from tests import dbn
from tests.processes import command

produce = partial(command, "producer")


def test_a_dry_run_counts_by_file_and_symbol(tmp_path: Path) -> None:
    dbn.write(tmp_path / "a.dbn.zst", dbn.trades(10))
    dbn.write(
        tmp_path / os.fsdecode(b"t\xe4g.dbn"), [dbn.trade(10, price=dbn.UNDEF_PRICE), dbn.trade(11, instrument_id=77)]
    )
    summary = tmp_path / "out.json"

    done = produce("--dry-run", "--summary", summary, tmp_path)

    assert done.returncode == 0, done.stderr
    counts = json.loads(summary.read_bytes())
    assert {name: counts[name] for name in ("records", "trades", "dead_letters", "symbols")} == {
        "records": 12,
        "trades": 11,
        "dead_letters": 1,
        "symbols": {"AAA": 4, "BBB": 3, "CCC": 3, "77": 1},
    }
    # Names need not be UTF-8.
    assert [(Path(file["file"]).name, file["trades"]) for file in counts["files"]] == [
        ("a.dbn.zst", 10),
        (r"t\xe4g.dbn", 1),
    ]
    assert counts["files"][1]["unmapped"] == [77]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("gone.dbn", r"gone\.dbn: cannot be read \(No such file"),
        ("empty.dbn", "the file is empty"),
        ("foreign.csv", "neither DBN nor Databento CSV"),
        ("bars.dbn", "schema ohlcv-1d carries no prints; use one of trades"),
        ("folder", r"no \.dbn\.zst.* file in this folder"),
    ],
)
def test_files_that_cannot_be_played_are_named(tmp_path: Path, name: str, complaint: str) -> None:
    (tmp_path / "empty.dbn").touch()
    (tmp_path / "foreign.csv").write_text("a,b\n1,2\n")
    dbn.write(tmp_path / "bars.dbn", [], head=dbn.header("ohlcv-1d"))
    (tmp_path / "folder").mkdir()
    settings = load(ProducerSettings, paths=[tmp_path / name])

    with pytest.raises(InputError, match=complaint):
        count(settings, salvage=False, terminal=io.StringIO())


def test_a_mistake_is_one_line_and_an_exit_code(tmp_path: Path) -> None:
    done = produce("--dry-run", tmp_path / "gone.dbn")

    assert done.returncode == 3
    assert "gone.dbn" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_summary_never_takes_the_place_of_what_is_played(tmp_path: Path) -> None:
    path = dbn.write(tmp_path / "day.dbn", dbn.trades(3))
    (tmp_path / "link").symlink_to(path)
    content = path.read_bytes()

    done = produce("--dry-run", "--summary", tmp_path / "link", tmp_path)

    assert (done.returncode, path.read_bytes()) == (2, content)
    assert "link: is read as well" in done.stderr


def test_a_summary_that_cannot_be_written_is_told_before_anything_is_played(tmp_path: Path) -> None:
    path = dbn.write(tmp_path / "day.dbn", dbn.trades(3))

    done = produce("--dry-run", "--summary", tmp_path / "gone" / "out.json", path)

    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"producer: error: {tmp_path}/gone/out.json: cannot be written (No such file or directory)"
    ]


def test_an_earlier_summary_survives_a_failure(tmp_path: Path) -> None:
    path = dbn.write(tmp_path / "day.dbn", dbn.trades(3))
    path.write_bytes(path.read_bytes()[:-1])
    (tmp_path / "out.json").write_text("earlier")

    assert produce("--dry-run", "--summary", tmp_path / "out.json", path).returncode == 3
    assert (tmp_path / "out.json").read_text() == "earlier"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"symbols": "AAA,ZZZ,XYZ"}, "Some of the requested symbols have no trades; case counts. symbols=XYZ,ZZZ"),
        ({"start": "2030-01-01"}, "The files hold no trades, or none within the requested times."),
        ({"symbols": "AAA,BBB", "end": "2030-01-01"}, None),
        ({"symbols": "AAA,ZZZ", "limit": 2}, None),
    ],
)
def test_what_is_asked_for_in_vain_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, options: dict[str, Any], complaint: str | None
) -> None:
    settings = load(ProducerSettings, paths=[dbn.write(tmp_path / "day.dbn", dbn.trades(9))], **options)

    count(settings, salvage=False, terminal=io.StringIO())

    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told == ([] if complaint is None else [complaint])


def test_the_log_names_the_times_of_a_file_and_how_many_symbols_it_leaves_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    path = dbn.write(tmp_path / "day.dbn", [dbn.trade(place, instrument_id=100 + place) for place in range(10)])

    report = count(load(ProducerSettings, paths=[path]), salvage=False, terminal=io.StringIO())

    (line,) = [text for text in caplog.messages if text.startswith("Counted. file=")]
    assert line.endswith("100:1 101:1 102:1 103:1 104:1 105:1 106:1 107:1 and 2 more")
    (facts,) = report.summary()["files"]
    assert f"from={facts['from']} to={facts['to']} trades=10" in line

    caplog.clear()
    count(load(ProducerSettings, paths=[path], start=facts["to"]), salvage=False, terminal=io.StringIO())
    (line,) = [text for text in caplog.messages if text.startswith("Counted. file=")]
    assert f"from={facts['from']} to={facts['to']} trades=1 " in line
