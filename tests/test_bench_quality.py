"""The quality benchmark itself: events are where their labels say, and the count can also find failures."""

from pathlib import Path

import numpy as np
import pytest

from bench.quality import __main__ as command
from bench.quality import streams
from bench.quality.inject import KINDS, inject
from bench.quality.run import clean, injected, project, with_hindsight
from bench.quality.score import tally
from bench.quality.tape import NS, Tape
from common.errors import InputError, SettingError
from detector.engine import Engine
from tests import dbn


@pytest.fixture(scope="module")
def tape() -> Tape:
    return streams.simulated(1)[4]


def test_the_same_seed_gives_the_same_streams_and_others_differ(tape: Tape) -> None:
    assert np.array_equal(streams.simulated(1)[4].price, tape.price)
    assert not np.array_equal(streams.simulated(2)[4].price[:100], tape.price[:100])


@pytest.mark.parametrize(("kind", "execution"), [(kind, name) for kind, (_, found) in KINDS.items() for name in found])
def test_every_execution_marks_its_prints_and_keeps_the_order(tape: Tape, kind: str, execution: str) -> None:
    magnitudes, executions = KINDS[kind]
    changed = executions[execution](tape, 2_000, 7, magnitudes[-1], np.random.default_rng(1))

    assert np.count_nonzero(changed.event == 7) >= 1
    assert (np.diff(changed.ts_recv) >= 0).all()
    assert (changed.size > 0).all()
    assert np.isfinite(changed.price).all()
    untouched = changed.event == 0
    assert np.count_nonzero(untouched) >= len(tape) - 2_500


def test_events_are_spread_and_numbered(tape: Tape) -> None:
    changed, events = inject(tape, 0, 500, 1_000, np.random.default_rng(1))

    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert {event.number for event in events} == set(np.unique(changed.event)) - {0}
    assert {event.kind for event in events} >= {"block", "off_market", "close_ramp"}


def test_counting_by_event_and_episode(tape: Tape) -> None:
    changed, events = inject(tape, 0, 500, 1_000, np.random.default_rng(1))
    firsts = np.array([int(np.flatnonzero(changed.event == event.number)[0]) for event in events])
    ones = np.ones(len(firsts))

    perfect = tally(changed, events, firsts, [event.kind for event in events], ones)
    blind = tally(changed, events, firsts[:0], [], ones[:0])
    clock = np.maximum.accumulate(changed.ts_event)
    early = int(np.searchsorted(clock, clock[firsts[0]] - 30 * NS))
    wrong = tally(changed, events, np.array([early]), ["block"], ones[:1])

    assert (perfect.recall, perfect.precision, perfect.false_episodes) == (1.0, 1.0, 0)
    assert all(hit.named and hit.delay == 0 for hit in perfect.hits)
    assert (blind.recall, blind.f1) == (0.0, 0.0)
    assert (wrong.recall, wrong.false_episodes) == (0.0, 1)


def test_the_project_finds_events_and_hindsight_keeps_its_budget(tape: Tape) -> None:
    engine = Engine.load()
    quiet = clean(project(engine), [tape])
    rounds = injected(project(engine), [tape], 600)
    rule = with_hindsight(lambda one: one.size.astype(float), [tape], 400.0)

    assert quiet[0].per_million < 1_000
    assert sum(hit.found for one in rounds for hit in one.hits) > 10
    assert clean(rule, [tape])[0].per_million <= 400.0


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        (["--seed", "1", "100"], SettingError, "each --seed from 0 to 99"),
        (["--seed", "-1"], SettingError, "each --seed from 0 to 99"),
        (["--spacing", "0"], SettingError, "--spacing must be 100 or more"),
        (["FILE"], InputError, "no symbol has 4,000 prints or more"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    arguments: list[str], error: type[Exception], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = str(dbn.write(tmp_path / "few.dbn", dbn.trades(300)))
    monkeypatch.setattr("sys.argv", ["quality", *(few if word == "FILE" else word for word in arguments)])

    with pytest.raises(error, match=told):
        command.main()
