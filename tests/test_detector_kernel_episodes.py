"""Episodes: alerts of one symbol at most 10 s apart, with their count, peak and first time."""

import numpy as np

from detector import detectors
from detector.kernel import layout as at
from detector.kernel import step
from tests import kernel, tape
from tests.kernel import Floats, Integers

SECOND = 10**9


def alert(s: Floats, k: Integers, at_s: float, strength: float = 1.5, first_s: float | None = None) -> Floats:
    """Note an alert of one channel; return its episode's count, peak, and first time in seconds."""
    k[at.I_CLOCK] = tape.START + round(at_s * SECOND)
    scores = np.zeros(step.OUT_COLUMNS)
    scores[step.THRESHOLDS : step.MARGINS] = 4.0
    scores[detectors.SIZE], scores[detectors.RATES] = 400.0, 4.0 * strength
    ts_event = tape.START + round((at_s if first_s is None else first_s) * SECOND)
    step.note_alert(s, k, ts_event, scores, 1 << detectors.RATES)
    first_ns = int(scores[step.EPISODE + 2]) * step.SPLIT + int(scores[step.EPISODE + 3])
    return np.array([scores[step.EPISODE], scores[step.EPISODE + 1], (first_ns - tape.START) / SECOND])


def test_alerts_at_most_10_s_apart_are_one_episode() -> None:
    s, k = kernel.state()

    counts = [alert(s, k, at_s)[0] for at_s in (100.0, 110.0, 119.9, 130.0, 135.0)]

    assert counts == [1.0, 2.0, 3.0, 1.0, 2.0]


def test_an_episode_has_the_time_of_its_first_print_and_the_peak_of_the_channels_that_fired() -> None:
    s, k = kernel.state()

    found = [
        alert(s, k, 100.0, 1.5, first_s=97.5),
        alert(s, k, 105.0, 3.0),
        alert(s, k, 106.0, 1.2),
        alert(s, k, 200.0, 1.1),
    ]

    assert [each.tolist() for each in found] == [
        [1.0, 1.5, 97.5],
        [2.0, 3.0, 97.5],
        [3.0, 3.0, 97.5],
        [1.0, 1.1, 200.0],
    ]


def test_the_absolute_rule_alone_has_no_peak() -> None:
    s, k = kernel.state()
    scores = np.full(step.OUT_COLUMNS, 5.0)

    step.note_alert(s, k, tape.START, scores, step.ABSOLUTE)

    assert scores[step.EPISODE : step.EPISODE + 2].tolist() == [1.0, 0.0]
