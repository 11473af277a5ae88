"""``python -m detector backtest``: the stream's own engine on files, with no broker, and a table by symbol."""

import argparse
import logging
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from common.anomaly import Anomaly
from common.batch import TradeBatch
from detector.engine import Engine
from detector.files import add_files, play
from detector.load import load_engine

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class SymbolCount:
    """What was seen of one symbol."""

    trades: int = 0
    first_ts: int = 2**63 - 1
    last_ts: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    episodes: set[str] = field(default_factory=set)
    worst: Anomaly | None = None

    def add(self, anomaly: Anomaly) -> None:
        """Count one alert."""
        self.kinds[anomaly.kind] += 1
        self.episodes.add(anomaly.episode.episode_id)
        if self.worst is None or anomaly.once_in > self.worst.once_in:
            self.worst = anomaly


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "backtest",
        help="find the anomalies in files, without a broker",
        epilog="example: python -m detector backtest nasdaq --output anomalies.jsonl --budget 50",
    )
    add_files(parser)
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the anomalies here, one JSON message a line")
    parser.add_argument("--budget", type=float, metavar="N", help="alerts per million trades (ALERTS_PER_MILLION)")
    parser.add_argument("--model", type=Path, metavar="DIR", help="another model than the shipped one (MODEL_DIR)")
    parser.set_defaults(handler=_backtest)


def find(engine: Engine, batches: Iterable[TradeBatch], counts: dict[str, SymbolCount]) -> Iterator[Anomaly]:
    """Yield the anomalies among the prints, in order, and count into `counts`."""
    states: dict[str, NDArray[np.float64]] = {}
    for batch in batches:
        for j in np.unique(batch.symbol):
            rows = batch.ts_event[batch.symbol == j]
            count = counts[batch.symbols[j]]
            count.trades += len(rows)
            count.first_ts, count.last_ts = min(count.first_ts, int(rows.min())), max(count.last_ts, int(rows.max()))
        for _index, anomaly in engine.replay(batch, states, time.time_ns()):
            counts[anomaly.trade.symbol].add(anomaly)
            yield anomaly


def _backtest(arguments: argparse.Namespace) -> None:
    engine = load_engine(model_dir=arguments.model, alerts_per_million=arguments.budget)
    counts: dict[str, SymbolCount] = defaultdict(SymbolCount)
    started = time.perf_counter()
    batches = play(arguments.paths, salvage=arguments.salvage, title="Back-testing")
    found = 0
    if arguments.output is None:
        found = sum(1 for _ in find(engine, batches, counts))
    else:
        with arguments.output.open("wb") as file:
            for anomaly in find(engine, batches, counts):
                file.write(anomaly.to_json() + b"\n")
                found += 1
    seconds = time.perf_counter() - started
    write_table(counts, sys.stdout)
    trades = sum(count.trades for count in counts.values())
    logger.info(
        "The back-test is done. trades=%d anomalies=%d seconds=%.1f model=%s", trades, found, seconds, engine.tag.hash
    )


def write_table(counts: dict[str, SymbolCount], out: TextIO) -> None:
    """Write a line per symbol: trades, alerts, episodes, per million and per hour, kinds, and the worst."""
    out.write(f"{'symbol':<16}{'trades':>10}{'alerts':>8}{'episodes':>10}{'/million':>10}{'/hour':>8}  kinds; worst\n")
    for symbol, count in sorted(counts.items()):
        hours = max((count.last_ts - count.first_ts) / 3.6e12, 1e-9)
        episodes = len(count.episodes)
        kinds = ", ".join(f"{kind} {number}" for kind, number in count.kinds.most_common())
        worst = f"; {count.worst.summary}" if count.worst else ""
        out.write(
            f"{symbol:<16}{count.trades:>10,}{sum(count.kinds.values()):>8}{episodes:>10}"
            f"{episodes * 1e6 / max(count.trades, 1):>10.0f}{episodes / hours:>8.1f}  {kinds}{worst}\n"
        )
