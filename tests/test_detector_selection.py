"""The selection of symbols and times in `backtest` and `explain`."""

from collections import defaultdict
from pathlib import Path

import orjson
import pytest

from common.decode import merged, open_file
from common.times import parse_time
from detector.engine import Engine
from detector.explain import EXAMPLE
from detector.finding import SymbolCount, find
from nasdaq import SAMPLE
from tests.processes import detector as run


def test_a_selection_is_judged_as_a_stream_that_was_played_from_there(engine: Engine, tmp_path: Path) -> None:
    output, begin, end = tmp_path / "some.jsonl", "2026-01-05T16:00", "2026-01-05T20:30:00.5Z"
    selection = ("--symbols", "SIMA, SIMB", "--start", begin, "--end", end)
    counts: dict[str, SymbolCount] = defaultdict(SymbolCount)
    played = merged(
        [open_file(SAMPLE)], symbols=frozenset({"SIMA", "SIMB"}), start=parse_time(begin), end=parse_time(end)
    )
    wanted = [(item.anomaly_id, item.summary) for item in find(engine, played, counts)]

    assert run("backtest", SAMPLE, "--output", output, *selection).returncode == 0
    found = [orjson.loads(line) for line in output.read_bytes().splitlines()]
    explained = run("explain", found[0]["anomaly_id"], SAMPLE, "--start", begin)

    assert len(found) > 5
    assert [(item["anomaly_id"], item["summary"]) for item in found] == wanted
    assert explained.stdout.startswith(found[0]["summary"])


def test_requested_symbols_without_trades_are_named() -> None:
    some, none = (run("backtest", SAMPLE, "--symbols", symbols) for symbols in ("SIMD,sima", "sima"))

    assert "Some of the requested symbols have no trades; case counts. symbols=sima" in some.stderr
    assert "The files hold no trades, or none of those asked for." in none.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backtest", SAMPLE, "--start", "noon"), "must be an ISO 8601 time"),
        (("backtest", SAMPLE, "--end", "1767624000"), "must be in nanoseconds"),
        (("explain", EXAMPLE, SAMPLE, "--start", "2026-01-06", "--end", "2026-01-05"), "--end must be after --start"),
        (("backtest", SAMPLE, "--symbols", ","), "at least one symbol"),
    ],
)
def test_a_selection_that_cannot_be_is_refused(arguments: tuple[str | Path, ...], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
