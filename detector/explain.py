"""``python -m detector explain``: derives one alert again from its file and model, and prints it with its reasons."""

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from common.anomaly import Anomaly
from common.errors import InputError
from common.output import plain
from common.times import iso
from detector.backtest import SymbolCount, find
from detector.files import add_budget, add_files, play
from detector.load import load_engine

_LEAST_DIGITS: Final = 6
_ALL_DIGITS: Final = 32
_MOST_NAMED: Final = 5
EXAMPLE: Final = "95de66e50b3895cee6d74b6a326fcb9f"
"""An anomaly in the sample."""


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "explain",
        help="derive one alert again from its file",
        epilog=f"example: python -m detector explain {EXAMPLE} nasdaq",
    )
    parser.add_argument(
        "anomaly_id",
        metavar="ANOMALY_ID",
        type=_identity,
        help=f"as in the anomaly's message or document; its first {_LEAST_DIGITS} digits or more will do",
    )
    add_files(parser)
    add_budget(parser)
    parser.add_argument("--model", type=Path, metavar="DIR", help="the model that gave the alert (MODEL_DIR)")
    parser.set_defaults(handler=_explain)


def _identity(text: str) -> str:
    if not re.fullmatch(rf"[0-9a-f]{{{_LEAST_DIGITS},{_ALL_DIGITS}}}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not {_LEAST_DIGITS} to {_ALL_DIGITS} hexadecimal digits")
    return text


def _explain(arguments: argparse.Namespace) -> None:
    engine = load_engine(model_dir=arguments.model, alerts_per_million=arguments.budget)
    counts: dict[str, SymbolCount] = defaultdict(SymbolCount)
    batches = play(arguments.paths, salvage=arguments.salvage, title="Searching")
    anomaly = chosen(find(engine, batches, counts), arguments.anomaly_id)
    if anomaly is None:
        raise InputError(
            f"no anomaly {arguments.anomaly_id} in these files with model {engine.tag.hash}; "
            "give all files that were played up to it, its budget, and the model whose hash is in its message"
        )
    sys.stdout.write(told(anomaly))


def chosen(anomalies: Iterable[Anomaly], asked: str) -> Anomaly | None:
    """Return the anomaly whose id begins with these digits, or None; given a whole id, stop at the first match.

    Raises
    ------
    InputError
        If several match.
    """
    found: dict[str, Anomaly] = {}
    for anomaly in anomalies:
        if anomaly.anomaly_id.startswith(asked):
            found.setdefault(anomaly.anomaly_id, anomaly)
            if len(asked) == _ALL_DIGITS:
                break
    if len(found) > 1:
        named = ", ".join([*list(found)[:_MOST_NAMED], *["…"][: len(found) > _MOST_NAMED]])
        raise InputError(f"{len(found)} anomalies have an id that begins with {asked}: {named}; give more digits")
    return next(iter(found.values()), None)


def told(anomaly: Anomaly) -> str:
    """Return the alert in words, with one line per reason."""
    trade, rules = anomaly.trade, ", ".join(anomaly.rules)
    lines = [
        anomaly.summary,
        f"  anomaly {anomaly.anomaly_id}, model {anomaly.model.hash}",
        f"  trade {trade.trade_id} at {trade.venue}, {iso(trade.ts_event)}",
        f"  {trade.size:,} at {trade.price!r}, side {trade.side}",
        f"  kind {anomaly.kind}, severity {anomaly.severity}, score {anomaly.score:.3f} by {rules}",
    ]
    lines += [f"  {reason.contribution:.3f}  {reason.feature}: {reason.text}" for reason in anomaly.reasons]
    episode = anomaly.episode
    lines.append(f"  alert {episode.count} of episode {episode.episode_id}")
    return "\n".join(map(plain, lines)) + "\n"
