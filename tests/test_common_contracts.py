"""Trade and Anomaly against their JSON Schemas; and who may import whom."""

import ast
import json
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from common.anomaly import Anomaly
from common.errors import MessageError
from common.trade import FIELDS, LATEST_NS, Trade
from detector.catalog import FEATURES
from tests import ROOT, tape
from tests.scoring import block_alert

TRADE: dict[str, Any] = orjson.loads((ROOT / "common/schemas/trade.schema.json").read_bytes())
ANOMALY: dict[str, Any] = orjson.loads((ROOT / "common/schemas/anomaly.schema.json").read_bytes())
SERVICES = ("producer", "detector", "sink", "dashboard")
GOOD: dict[str, Any] = orjson.loads(tape.trades(1)[0].to_json())


def test_schemas_are_schemas_and_name_the_fields_in_their_order() -> None:
    Draft202012Validator.check_schema(TRADE)
    Draft202012Validator.check_schema(ANOMALY)
    assert tuple(TRADE["properties"]) == FIELDS
    own = [name for name in Anomaly.__dataclass_fields__ if name != "trade"]
    assert list(ANOMALY["properties"]) == [*FIELDS, *own]


def test_a_trade_fits_its_schema_and_comes_back() -> None:
    for trade in tape.trades(50):
        Draft202012Validator(TRADE).validate(orjson.loads(trade.to_json()))
        assert Trade.from_json(trade.to_json()) == trade


TEXTS, TIMES = ("trade_id", "venue", "symbol"), ("ts_event", "ts_recv")
OPTIONAL = ("sequence", "flags", "instrument_id", "publisher_id")
FIRST_AND_LAST: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(TEXTS, ("A", "A" * 256)),
    **dict.fromkeys(TIMES, (0, LATEST_NS - 1)),
    **dict.fromkeys(("size", *OPTIONAL), (0, 2**63 - 1)),
    "price": (-1e15, 1e15, 0, 5),
    "side": ("B", "A", "N"),
}
BEYOND: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(TEXTS, ("", "A" * 257, 1, None, [])),
    **dict.fromkeys(TIMES, (-1, LATEST_NS, 1.0, "1", True, None)),
    **dict.fromkeys(("size", *OPTIONAL), (-1, 2**63, 1.0, "1", True, None)),
    "price": (-1.001e15, 1.001e15, "1", True, None),
    "side": ("", "b", "BA", 1, None),
}


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_of_a_trade_has_its_bounds(field: str) -> None:
    for value in FIRST_AND_LAST[field]:
        message = GOOD | {field: value}
        assert list(Draft202012Validator(TRADE).iter_errors(message)) == []
        assert orjson.loads(Trade.from_json(orjson.dumps(message)).to_json()) == message
    for value in BEYOND[field]:
        message = GOOD | {field: value}
        # To a schema, 1.0 is an integer.
        assert list(Draft202012Validator(TRADE).iter_errors(message)) or repr(value) == "1.0"
        with pytest.raises(MessageError, match=f"field {field} "):
            Trade.from_json(orjson.dumps(message))


@pytest.mark.parametrize("field", OPTIONAL)
def test_a_number_that_a_trade_can_do_without_is_zero(field: str) -> None:
    message = {name: value for name, value in GOOD.items() if name != field}

    assert orjson.loads(Trade.from_json(orjson.dumps(message)).to_json()) == GOOD | {field: 0}


@pytest.mark.parametrize("field", TRADE["required"])
def test_each_required_field_is_missed(field: str) -> None:
    message = {name: value for name, value in GOOD.items() if name != field}
    with pytest.raises(MessageError, match=f"field {field} is missing"):
        Trade.from_json(orjson.dumps(message))


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", "not_json"), (b"\xff", "not_json"), (b"{", "not_json"), (b'{"price": NaN}', "not_json"),
        (b"[" * 2_000, "not_json"), (b"null", "bad_field"), (b"[]", "bad_field"), (b"1", "bad_field"),
        (b"{}", "bad_field"), (b'{"symbol": 1}', "bad_field"),
    ],
)  # fmt: skip
def test_foreign_bytes_are_refused_with_a_stable_code(message: bytes, reason: str) -> None:
    for contract in (Trade, Anomaly):
        with pytest.raises(MessageError) as told:
            contract.from_json(message)
        assert told.value.reason == reason


@pytest.fixture(scope="module")
def message() -> dict[str, Any]:
    """Return an anomaly as it stands on the topic."""
    found: dict[str, Any] = orjson.loads(block_alert().to_json())
    return found


def test_an_anomaly_fits_its_schema_and_comes_back(message: dict[str, Any]) -> None:
    Draft202012Validator(ANOMALY).validate(message)
    assert orjson.loads(Anomaly.from_json(orjson.dumps(message)).to_json()) == message
    newer = message | {"news": 1, "episode": message["episode"] | {"more": []}}
    assert orjson.loads(Anomaly.from_json(orjson.dumps(newer)).to_json()) == message


DEEP: Any = []
for _ in range(500):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "change",
    [
        {"anomaly_id": "x" * 600}, {"anomaly_id": None}, {"rules": "surprise"}, {"rules": []}, {"rules": [1]},
        {"kind": ""}, {"score": 2}, {"score": None}, {"score": "0.5"}, {"severity": "worst"}, {"severity": []},
        {"actual": None}, {"expected": True}, {"once_in": DEEP}, {"summary": "x" * 3_000}, {"reasons": {}},
        {"reasons": [None]}, {"episode": 1}, {"model": None}, {"detected_at": -1}, {"detected_at": 1.5},
        {"ts_event": LATEST_NS}, {"trade": DEEP, "price": DEEP},
    ],
    ids=lambda change: str(change)[:40],
)  # fmt: skip
def test_what_is_no_anomaly_is_refused_by_its_field(message: dict[str, Any], change: dict[str, Any]) -> None:
    with pytest.raises(MessageError, match=next(iter(change))):
        Anomaly.from_json(json.dumps(message | change))


@pytest.mark.parametrize("part", ["reasons", "episode", "model"])
def test_each_part_of_an_anomaly_needs_its_fields(message: dict[str, Any], part: str) -> None:
    whole = message[part][0] if part == "reasons" else message[part]
    for name, value in whole.items():
        for changed in ({key: kept for key, kept in whole.items() if key != name}, whole | {name: [value]}):
            with pytest.raises(MessageError, match=name):
                Anomaly.from_json(orjson.dumps(message | {part: [changed] if part == "reasons" else changed}))


def imported(package: str) -> set[str]:
    """Return the packages of this project that a package imports."""
    found = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: relative import"
                found.add((node.module or "").split(".")[0])
    return found & {"common", "producer", "detector", "sink", "dashboard", "local", "nasdaq", "bench", "tests"}


def test_common_imports_no_service() -> None:
    assert imported("common") == {"common"}


@pytest.mark.parametrize("service", SERVICES)
def test_services_import_common_and_nothing_of_each_other(service: str) -> None:
    assert imported(service) == {"common", service}


def test_every_kind_is_documented() -> None:
    kinds = (Anomaly.__doc__ or "").partition("kind : str")[2].partition("score : float")[0]

    assert set(kinds.split("``")[1::2]) == {feature.kind for feature in FEATURES}
