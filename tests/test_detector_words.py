"""Words: a reason says what was seen, in which direction, in which unit, and what is usual."""

import pytest

from detector.catalog import FEATURES, NAMES

TEXTS = {
    "size": (29_500.0, 153.2, "a size of 29,500, where 153 is usual"),
    "volume_2s": (30_842.4, 1_556.0, "a volume of 30,842 in about 2 s, where 1,556 is usual"),
    "volume_30s": (30_842.4, 1_556.0, "a volume of 30,842 in about 30 s, where 1,556 is usual"),
    "volume_60_prints": (30_842.4, 1_556.0, "a volume of 30,842 in about 60 prints, where 1,556 is usual"),
    "size_run_10_prints": (3.31, 0.22, "a weight of 3.3 in about 10 prints, where 0.2 is usual"),
    "size_run_60_prints": (4.5, 1.4, "a weight of 4.5 in about 60 prints, where 1.4 is usual"),
    "imbalance_30s": (
        -4_200.0,
        2_000.0,
        "4,200 more sold than bought in about 30 s, where 2,000 is the usual volume of both sides",
    ),
    "print_return": (0.25, 0.02, "a price 0.25 above the last accepted price, where 0.02 is usual"),
    "off_market": (-0.25, 0.02, "a price 0.25 below the market, where 0.02 is usual"),
    "snapback": (
        0.25,
        0.02,
        "the previous print was 0.25 above the market and the price came back, where 0.02 is usual",
    ),
    "move_2s": (-1.0, 0.5, "a price 1 below its fading 2-second mean, where 0.5 is usual"),
    "move_5_prints": (1.0, 0.5, "a price 1 above its fading 5-print mean, where 0.5 is usual"),
    "move_30s": (1.0, 0.5, "a price 1 above its fading 30-second mean, where 0.5 is usual"),
    "move_20_prints": (1.0, 0.5, "a price 1 above its fading 20-print mean, where 0.5 is usual"),
    "path_move": (-1.5, 0.5, "a nearly straight price move over 32 prints, worth -1.5, where 0.5 is usual"),
    "move_200_prints": (1.0, 0.5, "a price 1 above its fading 200-print mean, where 0.5 is usual"),
    "move_300s": (1.0, 0.5, "a price 1 above its fading 5-minute mean, where 0.5 is usual"),
    "close_move": (1.0, 0.5, "a price 1 above its fading 200-second mean, near the close, where 0.5 is usual"),
    "vwap_deviation": (1.0, 0.5, "a price 1 above the fading 10-minute VWAP, where 0.5 is usual"),
    "vwap_drift": (-1.0, 0.5, "a fading 10-minute VWAP 1 below its own mean, where 0.5 is usual"),
    "rate_2s": (9.96, 2.345, "prints at 10.0 separate moments in about 2 s, where 2.3 is usual"),
    "rate_30s": (1_234.0, 10.0, "prints at 1,234 separate moments in about 30 s, where 10 is usual"),
    "rate_scan": (44.4, 5.24, "prints at 44 separate moments in a time in which 5.2 is usual"),
    "repeats": (
        12.0,
        0.34,
        "12 of the previous 48 prints have this exact size and price within 2 minutes, where 0.3 is usual",
    ),
    "stale": (90.0, 0.02, "an event time 90 s behind the latest one, where 20 ms is usual"),
    "feed_delay": (7_200.0, 0.0001, "received 2 h after its event, where 100 µs is usual"),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_reason_is_told_in_words(name: str) -> None:
    actual, expected, text = TEXTS[name]

    assert FEATURES[NAMES.index(name)].text(actual, expected).endswith(text)


def test_the_opposite_direction_is_told_too() -> None:
    words = {feature.name: feature.text for feature in FEATURES}

    assert "4,200 more bought than sold" in words["imbalance_30s"](4_200.0, 2_000.0)
    assert "0.25 below the market and the price came back" in words["snapback"](-0.25, 0.02)
    assert "worth +1.5," in words["path_move"](1.5, 0.5)
    assert "VWAP 1 above its own mean" in words["vwap_drift"](1.0, 0.5)


def test_a_size_before_any_is_usual_stands_alone() -> None:
    assert FEATURES[0].text(500.0, 0.0) == "a size of 500"
