"""The step between Kafka and the engine: state is held for one batch and no longer, whatever the batches are."""

from typing import Any

import pytest
from prometheus_client import REGISTRY
from quixstreams.context import set_message_context
from quixstreams.models import MessageContext

from common.anomaly import Anomaly
from common.deadletters.letter import DeadLetter
from common.trade import Trade
from detector.app import Scorer
from detector.engine import Engine
from tests import tape


class Store:
    """The state of one partition, and of one key in it."""

    def __init__(self) -> None:
        self.values: dict[tuple[bytes | None, Any], bytes] = {}
        self.writes = 0

    def of(self, _partition: int, key: bytes | None) -> Any:
        store = self

        class State:
            def get_bytes(self, name: Any) -> bytes | None:
                return store.values.get((key, name))

            def set_bytes(self, name: Any, value: bytes) -> None:
                store.values[key, name] = value
                store.writes += 1

        return State()


def events() -> list[Trade]:
    """Return the prints of two symbols, with a huge one in each."""
    prints = []
    for one, other in zip(tape.trades(700, 1, "AAA"), tape.trades(700, 2, "BBB"), strict=True):
        prints += [one, other]
    for place in (1_200, 1_301):
        fields = prints[place].to_dict() | {"size": 5_000_000}
        prints[place] = Trade(**fields)
    return prints


def run(engine: Engine, batch: int) -> tuple[list[Anomaly], Store]:
    """Score as the stream does, settling after every `batch` messages."""
    scorer, store, found = Scorer(engine, lambda: 7), Store(), []
    for number, trade in enumerate(events()):
        set_message_context(MessageContext("trades", 0, number, 1))
        key = trade.symbol.encode()
        result = scorer(store.of, trade.to_json(), key, 0, None)
        if result is not None:
            assert isinstance(result, Anomaly)
            found.append(result)
        if number % batch == batch - 1:
            scorer.settle()
    scorer.settle()
    return found, store


@pytest.mark.parametrize("batch", [7, 100, 5_000])
def test_batches_change_nothing(engine: Engine, batch: int) -> None:
    expected, one_by_one = run(engine, 1)

    found, store = run(engine, batch)

    assert len(expected) >= 2
    assert [anomaly.to_json() for anomaly in found] == [anomaly.to_json() for anomaly in expected]
    assert store.values == one_by_one.values
    assert store.writes < one_by_one.writes == len(events())


def test_state_stands_where_quix_streams_would_put_it(engine: Engine) -> None:
    _found, store = run(engine, 10)

    assert {name for _key, name in store.values} == {f'"{engine.tag.hash}"'.encode()}


def test_two_partitions_share_no_state(engine: Engine) -> None:
    scorer, stores = Scorer(engine, lambda: 7), (Store(), Store())
    for number, trade in enumerate(tape.trades(20)):
        set_message_context(MessageContext("trades", number % 2, number, 1))
        scorer(stores[number % 2].of, trade.to_json(), b"AAA", 0, None)
    scorer.settle()

    assert [store.writes for store in stores] == [1, 1]
    assert stores[0].values != stores[1].values


def test_what_is_no_trade_leaves_state_alone(engine: Engine) -> None:
    scorer, store = Scorer(engine, lambda: 7), Store()
    good = tape.trades(1)[0]
    set_message_context(MessageContext("trades", 0, 3, 1))

    dead = [
        scorer(store.of, value, key, 0, None)
        for value, key in ((b"{", b"AAA"), (None, b"AAA"), (good.to_json(), b"BBB"), (good.to_json(), None))
    ]
    scorer.settle()

    assert [letter.reason for letter in dead if isinstance(letter, DeadLetter)] == ["not_json"] * 2 + ["wrong_key"] * 2
    assert store.writes == 0


@pytest.mark.parametrize(("appended_ms", "seconds"), [(4_000, 2.5), (9_000, 0.0)])
def test_an_alert_is_counted_by_its_rules_with_the_time_since_its_trade_came(
    engine: Engine, appended_ms: int, seconds: float
) -> None:
    def measured(rules: tuple[str, ...]) -> list[float]:
        names = [f"detector_latency_seconds_{name}" for name in ("count", "sum")]
        counted = [REGISTRY.get_sample_value("anomalies_emitted_total", {"rule": rule}) for rule in rules]
        return [value or 0.0 for value in (*map(REGISTRY.get_sample_value, names), *counted)]

    scorer, store = Scorer(engine, lambda: 6_500_000_000), Store()
    rules = ("high_volume", "isolation_forest")
    before = measured(rules)
    found = []
    for number, trade in enumerate(tape.with_block(tape.trades(600), 500)[:501]):
        set_message_context(MessageContext("trades", 0, number, 1))
        found.append(scorer(store.of, trade.to_json(), b"AAA", appended_ms, None))

    (alert,) = [anomaly for anomaly in found if isinstance(anomaly, Anomaly)]
    count, total, *counted = (now - then for now, then in zip(measured(rules), before, strict=True))
    assert count == 1.0
    assert total == pytest.approx(seconds)
    assert counted == [float(rule in alert.rules) for rule in rules] != [0.0, 0.0]
    event_s = alert.trade.ts_event / 1e9
    assert REGISTRY.get_sample_value("detector_market_clock_seconds") == pytest.approx(event_s)
    assert REGISTRY.get_sample_value("detector_event_delay_seconds") == pytest.approx(6.5 - event_s)
