"""``python -m bench.quality`` (``make quality``): how well anomalies are found, compared with the alternatives."""

import argparse
import logging
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

from bench.quality import peers, report, streams
from bench.quality.run import Detector, clean, injected, project, with_hindsight
from bench.quality.tape import Tape
from common import cli
from common.errors import InputError, SettingError
from detector.budget import Budget
from detector.engine import Engine
from detector.model import SHIPPED

logger = logging.getLogger(__name__)

_TRAINING_SESSIONS: Final = 4
_SLOW_PRINTS: Final = 6_000
_LEAST_SPACING: Final = 100


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(
        prog="make quality",
        description="Put labelled anomalies into clean streams and count what is found, by event.",
        epilog='examples: make quality ARGS="day.trades.dbn.zst --budget 50"; ARGS="--no-peers --seed 1 2 3 4 5"',
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="real streams (default: simulated ones)")
    parser.add_argument(
        "--seed", type=int, nargs="+", default=[1], help="of the simulated streams, one or more, below 100 (default: 1)"
    )
    parser.add_argument("--spacing", type=int, default=1_000, help="prints from event to event (default: 1000)")
    parser.add_argument("--budget", type=float, default=150.0, help="alerts per million (default: 150)")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="default: the shipped one")
    parser.add_argument("--faint", action="store_true", help="also inject the smallest magnitude of each kind")
    parser.add_argument("--slow", action="store_true", help="also compare with rrcf, which takes some minutes more")
    parser.add_argument("--no-peers", action="store_true", help="measure this project alone")
    arguments = parser.parse_args()
    if arguments.spacing < _LEAST_SPACING or not all(0 <= seed < streams.TUNED_ON for seed in arguments.seed):
        raise SettingError(f"--spacing must be {_LEAST_SPACING} or more, each --seed from 0 to {streams.TUNED_ON - 1}")
    engine = Engine.load(arguments.model, Budget(alerts_per_million=arguments.budget))
    if arguments.files:
        tapes = streams.from_files(arguments.files)
        if not tapes:
            raise InputError(f"no symbol has {streams.LEAST_PRINTS:,} prints or more, which measuring needs")
    else:
        tapes = [tape for seed in arguments.seed for tape in streams.simulated(seed)]
    _say(f"Machine: {platform.machine()}, Python {platform.python_version()}; model {engine.tag.hash}")
    prints = sum(len(tape) for tape in tapes)
    _say(f"Streams: {len(tapes)}, {prints:,} prints; an event about every {arguments.spacing}\n")
    find = project(engine)
    quiet = clean(find, tapes)
    rounds = injected(find, tapes, arguments.spacing, faint=arguments.faint)
    lines = [*report.clean_table(quiet), "", *report.kind_table(report.together(rounds).hits), ""]
    _say("\n".join(lines))
    _say(report.PEER_HEAD)
    _say(report.peer_row("**this project**", rounds, quiet))
    dense = injected(find, tapes, 600, faint=arguments.faint)
    _say(report.peer_row("this project, an event in 600 prints", dense, quiet))
    if not arguments.no_peers:
        _compare(engine, tapes, arguments)


def _compare(engine: Engine, tapes: list[Tape], arguments: argparse.Namespace) -> None:
    training = np.concatenate([peers.features(engine, tape)[::4] for tape in streams.training(_TRAINING_SESSIONS)])
    shorter = [tape.head(_SLOW_PRINTS) for tape in tapes]
    makers: list[tuple[str, Callable[[], peers.Score], list[Tape]]] = [
        ("plain rule: size", lambda: peers.plain_rule, tapes),
        ("plain forest: price and size", lambda: peers.plain_forest, tapes),
        ("scikit-learn forest, same features", lambda: peers.same_features_forest(engine, training), tapes),
        ("isotree, same features", lambda: peers.isotree_forest(engine, training), tapes),
        ("river HalfSpaceTrees, same features ¹", lambda: peers.half_space_trees(engine), shorter),
    ]
    if arguments.slow:
        makers.append(("rrcf, same features ¹", lambda: peers.random_cut_forest(engine), shorter))
    for name, make, streamed in tqdm(makers, desc="Peers", disable=not sys.stderr.isatty()):
        try:
            score = make()
        except ImportError as error:
            _say(f"| {name} | not installed ({error.name}): `make peers` | | | | | | |")
            continue
        find: Detector = with_hindsight(score, streamed, arguments.budget)
        rounds = injected(find, streamed, arguments.spacing, faint=arguments.faint)
        _say(report.peer_row(name, rounds, clean(find, streamed)))
    rounds = injected(project(engine), shorter, arguments.spacing, faint=arguments.faint)
    _say(report.peer_row("this project ¹", rounds, clean(project(engine), shorter)))
    _say("\nPeers' thresholds are chosen with hindsight on the clean streams.")
    _say(f"¹ The first {_SLOW_PRINTS:,} prints of each.")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    cli.run("quality", main)
