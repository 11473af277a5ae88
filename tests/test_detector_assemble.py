"""From the kernel's output to a message: score, rules, reasons with their weights, kind, severity and episode."""

import numpy as np
import pytest

from detector.alerts import score_of
from detector.catalog import FEATURES, NAMES
from detector.kernel import features as feature
from detector.kernel import step
from tests.output import FIRST_NS, TRADE, Output, contributions


def test_a_score_is_one_half_at_the_threshold_and_each_further_one_halves_the_rest() -> None:
    assert [score_of(times * 3.0, 3.0) for times in (0, 1, 2, 3)] == [0.0, 0.5, 0.75, 0.875]
    assert score_of(1.0, 0.0) == 1.0


def test_the_channel_furthest_above_its_threshold_gives_the_score_and_all_their_rules() -> None:
    told = Output(forest=(5.0, 5.0), sums=(9.0, 3.0), rates=(8.0, 4.0)).surprising(volume_2s=9.0, rate_2s=8.0).told()

    assert told.score == 0.875
    assert told.rules == ("high_volume", "surprise", "isolation_forest")
    assert Output(rates=(8.0, 4.0)).surprising(rate_2s=8.0).told().rules == ("surprise",)


def test_reasons_weigh_the_square_of_what_is_remarkable_and_add_up_to_the_score() -> None:
    told = Output(rates=(4.0, 4.0)).surprising(rate_2s=4.0, rate_30s=3.0, rate_scan=2.0, stale=0.9).told()

    shares = np.array([9.0, 4.0, 1.0]) / 14.0
    assert contributions(told) == pytest.approx(
        dict(zip(["rate_2s", "rate_30s", "rate_scan"], 0.5 * shares, strict=True))
    )


def test_only_features_of_the_detectors_that_fired_are_reasons() -> None:
    surprises = {"size": 8.0, "imbalance_30s": 2.0, "print_return": 3.0, "rate_2s": 9.0}
    output, other = Output(size=(8.0, 4.0)), Output(rates=(8.0, 4.0))

    assert list(contributions(output.surprising(**surprises).told())) == ["size", "imbalance_30s"]
    assert list(contributions(other.surprising(**surprises).told())) == ["rate_2s", "print_return"]


def test_five_reasons_are_told_the_heaviest_first() -> None:
    surprises = {name: 2.0 + i for i, name in enumerate(NAMES[feature.RATE_2S :])}
    output = Output(rates=(8.0, 4.0)).surprising(**surprises).surprising(move_300s=2.5)
    output.rows[step.RAW, feature.FEED_DELAY] = 1.0

    found = contributions(output.told())

    assert list(found) == list(reversed(list(surprises)))[:5]
    assert sum(found.values()) == pytest.approx(0.75)


def test_what_the_forest_alone_finds_is_explained_by_what_shortened_its_paths() -> None:
    gains = np.zeros(feature.N_FEATURES)
    gains[[feature.SIZE, feature.RATE_2S, feature.STALE]] = 3.0, 1.0, -2.0

    told = Output(forest=(4.0, 4.0)).surprising(size=2.0, move_2s=3.0).told(gains=gains)

    assert contributions(told) == pytest.approx({"size": 0.375, "rate_2s": 0.125})
    assert told.kind == "block"


def test_without_any_remarkable_feature_the_most_surprising_is_the_reason() -> None:
    told = Output(rates=(4.0, 4.0)).surprising(rate_30s=0.9, rate_2s=0.8).told()

    assert contributions(told) == {"rate_30s": 0.5}


def test_a_reason_says_what_was_seen_and_what_is_usual() -> None:
    output = Output(size=(4.0, 4.0)).surprising(raw=900.0, size=5.0)
    output.rows[step.USUAL, feature.SIZE] = 100.0

    told = output.told(once_in=33_333.0)

    (reason,) = told.reasons
    assert (reason.actual, reason.expected) == (told.actual, told.expected) == (900.0, 100.0)
    assert reason.text == FEATURES[feature.SIZE].text(900.0, 100.0)
    assert told.summary == f"{TRADE.symbol}: {reason.text}; expected once in 33,000 trades of this symbol."


@pytest.mark.parametrize(("surprise", "kind"), [(2.9, "close_ramp"), (2.5, "price_burst")])
def test_a_burst_with_a_fifth_of_its_weight_near_the_close_is_a_ramp(surprise: float, kind: str) -> None:
    # 16 and a fifth of it, 3.2: a surprise of 2.79.
    told = Output(moves=(8.0, 4.0)).surprising(move_300s=5.0, close_move=surprise).told()

    assert (told.reasons[0].feature, told.kind) == ("move_300s", kind)


@pytest.mark.parametrize(
    ("once_in", "severity"),
    [
        (9.9e4, "low"),
        (1e5, "medium"),
        (9.9e5, "medium"),
        (1e6, "high"),
        (9.9e7, "high"),
        (1e8, "critical"),
        (1e20, "critical"),
    ],
)
def test_an_alert_is_as_severe_as_it_is_rare(once_in: float, severity: str) -> None:
    told = Output(rates=(4.0, 4.0)).surprising(rate_2s=4.0).told(once_in)

    assert told.severity == severity
    assert told.once_in == min(once_in, 1e9)


def test_an_episode_keeps_its_id_and_first_time_and_the_peak_of_its_scores() -> None:
    output = Output(rates=(4.0, 4.0)).surprising(rate_2s=4.0)

    begins, goes_on = output.told(), output.told(episode="abc")

    assert (begins.episode.episode_id, goes_on.episode.episode_id) == (begins.anomaly_id, "abc")
    assert begins.anomaly_id == goes_on.anomaly_id
    for told in (begins, goes_on):
        assert (told.episode.first_ts_event, told.episode.count) == (FIRST_NS, 3)
        assert told.episode.peak_score == pytest.approx(1.0 - 2.0**-1.25)
    assert Output(rates=(8.0, 4.0)).surprising(rate_2s=4.0).told().episode.peak_score == 0.75


def test_the_absolute_rule_alone_tells_the_size_and_no_rarity() -> None:
    told = Output().surprising(raw=30_000.0, size=0.2).told(1.0, absolute=20_000.0)

    assert Output(size=(8.0, 4.0)).surprising(size=8.0).told(absolute=20_000.0).rules == ("high_volume",)
    assert (told.rules, told.kind, told.score, told.severity) == (("high_volume",), "block", 0.5, "low")
    assert contributions(told) == {"size": 0.5}
    assert told.summary == f"{TRADE.symbol}: a size of 30,000; above the absolute limit of 20,000."


def test_the_absolute_rule_names_the_size_after_what_is_rare() -> None:
    output = Output(rates=(8.0, 4.0)).surprising(30_000.0, rate_2s=5.0, rate_30s=3.0, size=0.1)

    told = output.told(absolute=20_000.0)

    assert contributions(told) == pytest.approx(
        {"rate_2s": 0.75 * 16 / 28, "size": 0.75 * 8 / 28, "rate_30s": 0.75 * 4 / 28}
    )
    assert (told.reasons[0].feature, told.rules) == ("rate_2s", ("high_volume", "surprise"))
    rarity, limit = "expected once in 30,000 trades of this symbol", "a size above the absolute limit of 20,000"
    assert told.summary.endswith(f"; {rarity}, {limit}.")
