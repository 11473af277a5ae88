"""``python -m detector explain``: derives one alert again from its file and model, and says why in full."""

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from common.anomaly import Anomaly
from common.errors import InputError
from detector.backtest import SymbolCount, find
from detector.files import add_files, play
from detector.load import load_engine


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "explain",
        help="derive one alert again from its file",
        epilog="example: python -m detector explain 39a735307013650db8d913a9eb49daf7 nasdaq",
    )
    parser.add_argument("anomaly_id", help="as in the anomaly's message or document")
    add_files(parser)
    parser.add_argument("--budget", type=float, metavar="N", help="alerts per million trades (ALERTS_PER_MILLION)")
    parser.add_argument("--model", type=Path, metavar="DIR", help="the model that gave it (MODEL_DIR)")
    parser.set_defaults(handler=_explain)


def _explain(arguments: argparse.Namespace) -> None:
    engine = load_engine(model_dir=arguments.model, alerts_per_million=arguments.budget)
    counts: dict[str, SymbolCount] = defaultdict(SymbolCount)
    for anomaly in find(engine, play(arguments.paths, salvage=arguments.salvage, title="Searching"), counts):
        if anomaly.anomaly_id == arguments.anomaly_id:
            sys.stdout.write(told(anomaly))
            return
    raise InputError(
        f"no anomaly {arguments.anomaly_id} in these files with model {engine.tag.hash}; "
        "give all files that were played before it, its budget, and the model whose hash stands in the message"
    )


def told(anomaly: Anomaly) -> str:
    """Return the alert in words, a line per reason."""
    trade = anomaly.trade
    lines = [
        anomaly.summary,
        f"  trade {trade.trade_id} at {trade.venue}: {trade.size:,} at {trade.price:g}, side {trade.side}",
        f"  kind {anomaly.kind}, severity {anomaly.severity}, score {anomaly.score:.3f} by {', '.join(anomaly.rules)}",
    ]
    lines += [f"  {reason.contribution:.3f}  {reason.feature}: {reason.text}" for reason in anomaly.reasons]
    episode = anomaly.episode
    lines.append(f"  alert {episode.count} of episode {episode.episode_id}; model {anomaly.model.hash}")
    return "\n".join(lines) + "\n"
