"""The comparison after the faults tells each way in which documents can be wrong."""

from typing import Any

import pytest

from bench.chaos.compare import Comparison
from bench.faulty import FaultyError, within

WANTED: dict[str, dict[str, Any]] = {
    name: {"anomaly_id": name, "symbol": "SIMA", "rules": ["surprise"]} for name in ("a", "b", "c")
}


def hits(*names: str, **changed: object) -> list[tuple[str, dict[str, Any]]]:
    return [(name, WANTED[name] | {"detected_at": number} | changed) for number, name in enumerate(names)]


def test_the_wanted_documents_are_sound() -> None:
    compared = Comparison.of(WANTED, hits("c", "a", "b"))

    assert compared.sound
    assert str(compared) == "documents: 3 of 3; lost 0, doubled 0, differing 0, foreign 0"


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (hits("a", "b"), "documents: 2 of 3; lost 1, doubled 0, differing 0, foreign 0"),
        (hits("a", "b", "c", "c"), "documents: 4 of 3; lost 0, doubled 1, differing 0, foreign 0"),
        (hits("a", "b") + hits("c", symbol="X"), "documents: 3 of 3; lost 0, doubled 0, differing 1, foreign 0"),
        ([*hits("a", "b", "c"), ("d", {})], "documents: 4 of 3; lost 0, doubled 0, differing 0, foreign 1"),
        (hits("a", "b", "c") + hits("c", symbol="X"), "documents: 4 of 3; lost 0, doubled 1, differing 1, foreign 0"),
    ],
    ids=["lost", "doubled", "changed", "foreign", "doubled and changed"],
)
def test_a_wrong_document_is_told(found: list[tuple[str, dict[str, Any]]], told: str) -> None:
    compared = Comparison.of(WANTED, found)

    assert not compared.sound
    assert str(compared) == told


def test_nothing_compared_with_nothing_is_not_sound() -> None:
    assert not Comparison.of({}, []).sound


def test_patience_ends() -> None:
    seen: list[int] = []
    within(60.0, "It has not ended", lambda: seen.append(1))()
    assert seen == [1]

    with pytest.raises(FaultyError, match=r"^It has not ended within -1 s\.$"):
        within(-1.0, "It has not ended")()
