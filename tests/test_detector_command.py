"""``python -m detector`` on files, as a user types it."""

import csv
from pathlib import Path

import orjson
import pytest
from jsonschema import Draft202012Validator

from common.decode import merged, open_file
from detector.explain import EXAMPLE, listed
from nasdaq import SAMPLE
from tests import ROOT, dbn
from tests.processes import detector as run

SCHEMA = orjson.loads((ROOT / "common/schemas/anomaly.schema.json").read_bytes())


@pytest.fixture(scope="module")
def backtest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("backtest") / "anomalies.jsonl"
    done = run("backtest", SAMPLE, "--output", output)
    assert done.returncode == 0, done.stderr
    assert "SIMA" in done.stdout
    return output


def test_backtest_writes_messages_of_the_contract(backtest: Path) -> None:
    validator = Draft202012Validator(SCHEMA)
    lines = [orjson.loads(line) for line in backtest.read_bytes().splitlines()]
    assert len(lines) > 20
    for line in lines:
        validator.validate(line)
    assert len({line["anomaly_id"] for line in lines}) == len(lines)


def test_backtest_is_the_same_every_time(backtest: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.jsonl"
    assert run("backtest", SAMPLE, "--output", again).returncode == 0

    def kept(path: Path) -> list[dict[str, object]]:
        return [orjson.loads(line) | {"detected_at": 0} for line in path.read_bytes().splitlines()]

    assert kept(again) == kept(backtest)


def test_backtest_sweeps_budgets_draws_and_writes_csv_in_one_pass(backtest: Path, tmp_path: Path) -> None:
    table, pictures = tmp_path / "anomalies.csv", tmp_path / "pictures"
    done = run("backtest", SAMPLE, "--output", table, "--sweep", "1000,50,150", "--plots", pictures)
    assert done.returncode == 0, done.stderr

    wanted = [orjson.loads(line) for line in backtest.read_bytes().splitlines()]
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["anomaly_id"] for row in rows] == [anomaly["anomaly_id"] for anomaly in wanted]
    assert [row["summary"] for row in rows] == [anomaly["summary"] for anomaly in wanted]

    lines = [line.replace(",", "").split() for line in done.stdout.splitlines()[-3:]]
    alerts, episodes = ({float(line[0]): int(line[place]) for line in lines} for place in (1, 2))
    assert alerts[150] == len(wanted)
    assert episodes[150] == len({anomaly["episode"]["episode_id"] for anomaly in wanted})
    assert episodes[50] < episodes[150] < episodes[1000]

    names = sorted(path.name for path in pictures.iterdir())
    assert names[-2:] == ["alerts-per-hour.png", "scores.png"]
    assert len(names) == 6
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in pictures.iterdir())


def test_a_sweep_counts_what_a_back_test_of_the_budget_finds(tmp_path: Path) -> None:
    swept = run("backtest", SAMPLE, "--sweep", "600,0.5")
    done = run("backtest", SAMPLE, "--output", tmp_path / "a.jsonl", "--budget", "600")
    assert (swept.returncode, done.returncode) == (0, 0), swept.stderr + done.stderr
    found = [orjson.loads(line) for line in (tmp_path / "a.jsonl").read_bytes().splitlines()]
    least, (budget, alerts, episodes, _rate) = (
        line.replace(",", "").split() for line in swept.stdout.splitlines()[-2:]
    )

    assert (least[0], budget) == ("0.5", "600")
    assert int(alerts) == len(found) > 0
    assert int(episodes) == len({anomaly["episode"]["episode_id"] for anomaly in found})


@pytest.mark.parametrize("nonsense", ["10,many", "", "10,"])
def test_a_sweep_of_nonsense_is_refused(nonsense: str) -> None:
    done = run("backtest", SAMPLE, "--sweep", nonsense)
    assert done.returncode == 2
    assert f"--sweep {nonsense}: give numbers" in done.stderr


def test_most_labelled_events_of_the_sample_are_found(backtest: Path) -> None:
    labels = orjson.loads((SAMPLE.parent / "sample.labels.json").read_bytes())
    alerts = [orjson.loads(line) for line in backtest.read_bytes().splitlines()]
    hit = [
        any(
            alert["symbol"] == label["symbol"] and label["first_ts_recv"] <= alert["ts_recv"] <= label["last_ts_recv"]
            for alert in alerts
        )
        for label in labels
    ]
    assert sum(hit) >= 0.8 * len(labels)


def test_a_smaller_budget_speaks_less(backtest: Path, tmp_path: Path) -> None:
    output = tmp_path / "few.jsonl"
    assert run("backtest", SAMPLE, "--output", output, "--budget", "10").returncode == 0
    assert 0 < len(output.read_bytes().splitlines()) < len(backtest.read_bytes().splitlines())


def test_explain_derives_an_alert_again(backtest: Path) -> None:
    alert = orjson.loads(backtest.read_bytes().splitlines()[5])
    done = run("explain", alert["anomaly_id"], SAMPLE)
    assert done.returncode == 0, done.stderr
    assert alert["trade_id"] in done.stdout
    assert alert["reasons"][0]["text"] in done.stdout


def test_explain_lists_the_prints_of_the_symbol_around_the_alert() -> None:
    done = run("explain", EXAMPLE, SAMPLE, "--context", "2")
    assert done.returncode == 0, done.stderr
    (batch,) = merged([open_file(SAMPLE)])
    prints = [trade for trade in batch.trades() if trade.symbol == "SIMA"]
    own = next(place for place, trade in enumerate(prints) if trade.trade_id in done.stdout)
    assert done.stdout.endswith(listed(prints[own - 2 : own + 3], prints[own]))
    assert "time  " not in run("explain", EXAMPLE, SAMPLE, "--context", "0").stdout


def test_the_example_of_the_help_is_an_anomaly_of_the_sample_and_a_few_digits_will_do() -> None:
    done = run("explain", EXAMPLE[:8].upper(), SAMPLE)
    assert done.returncode == 0, done.stderr
    assert f"anomaly {EXAMPLE}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("explain", "abc", SAMPLE), "hexadecimal"),
        (("explain", "wrong-id", SAMPLE), "hexadecimal"),
        (("explain", "0" * 33, SAMPLE), "hexadecimal"),
        (("explain", EXAMPLE, SAMPLE, "--context", "-1"), "whole number"),
        (("explain", EXAMPLE, SAMPLE, "--context", "10001"), "whole number"),
        (("train", SAMPLE, "--output", "unused", "--seed", "-1"), "whole number"),
        (("train", SAMPLE, "--output", "unused", "--seed", str(2**32)), "whole number"),
        (("train", SAMPLE, "--output", "unused", "--version", ""), "printable text"),
        (("train", SAMPLE, "--output", "unused", "--version", "2\n"), "printable text"),
    ],
)
def test_arguments_that_cannot_be_are_refused(arguments: tuple[str | Path, ...], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_file_that_is_named_twice_or_copied_is_played_once(tmp_path: Path) -> None:
    copy = tmp_path / "copy.dbn.zst"
    copy.write_bytes(SAMPLE.read_bytes())
    once, twice = run("backtest", SAMPLE), run("backtest", SAMPLE.parent, SAMPLE, copy)
    assert once.stdout == twice.stdout
    assert f"file={copy} same_as={SAMPLE}" in twice.stderr


def test_explain_warns_of_a_cut_file_once_although_it_reads_it_twice(tmp_path: Path) -> None:
    cut, found = tmp_path / "cut.dbn.zst", tmp_path / "found.jsonl"
    cut.write_bytes(SAMPLE.read_bytes()[: SAMPLE.stat().st_size * 3 // 4])
    assert run("backtest", cut, "--salvage", "--output", found).returncode == 0
    alert = orjson.loads(found.read_bytes().splitlines()[-1])

    done = run("explain", alert["anomaly_id"][:12], cut, "--salvage", "--context", "10000")

    assert alert["summary"] in done.stdout
    assert done.stderr.count("(--salvage)") == 1


def test_explain_of_an_unknown_id_fails_and_says_so() -> None:
    done = run("explain", "0" * 32, SAMPLE)
    assert done.returncode != 0
    assert "0" * 32 in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (("backtest", "no-such-file.dbn.zst"), {}, "no-such-file.dbn.zst"),
        (("backtest", str(SAMPLE)), {"ALERTS_PER_MILLION": "many"}, "ALERTS_PER_MILLION"),
        (("backtest", str(SAMPLE)), {"MODEL_DIR": "no-such-model"}, "no-such-model"),
    ],
)
def test_mistakes_get_a_clear_error_and_no_traceback(
    arguments: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    done = run(*arguments, **environment)
    assert done.returncode not in (0, 1)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_train_is_deterministic_and_its_model_is_used(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        done = run("train", SAMPLE, "--output", folder, "--seed", "3", "--version", "2.1.0")
        assert done.returncode == 0, done.stderr
        assert "The forest is grown" in done.stderr
    assert (one / "card.json").read_bytes() == (two / "card.json").read_bytes()
    assert (one / "model.npz").read_bytes() == (two / "model.npz").read_bytes()

    output = tmp_path / "anomalies.jsonl"
    assert run("backtest", SAMPLE, "--model", one, "--output", output).returncode == 0
    alerts = [orjson.loads(line) for line in output.read_bytes().splitlines()]
    assert {alert["model"]["version"] for alert in alerts} == {"2.1.0"}


def test_train_on_too_little_says_so(tmp_path: Path) -> None:
    few = dbn.write(tmp_path / "few.dbn.zst", dbn.trades(100))
    done = run("train", few, "--output", tmp_path / "model")
    assert done.returncode not in (0, 1)
    assert "training needs" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("backtest", SAMPLE, "--output", "{missing}/x.csv"),
        ("backtest", SAMPLE, "--plots", "{file}"),
        ("train", SAMPLE, "--output", "{file}/x"),
    ],
)
def test_a_place_that_cannot_be_written_is_named_before_the_work(tmp_path: Path, arguments: tuple[object, ...]) -> None:
    file = tmp_path / "file"
    file.touch()
    done = run(*(str(part).format(missing=tmp_path / "missing", file=file) for part in arguments))

    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"detector: error: {tmp_path}")
    assert "Traceback" not in done.stderr


def test_training_on_a_file_without_prints_says_so(tmp_path: Path) -> None:
    path = dbn.write(tmp_path / "empty.dbn", [])
    done = run("train", path, "--output", tmp_path / "model")

    assert done.returncode == 3
    assert "empty.dbn: there are no prints to train on" in done.stderr
