"""``python -m detector explain``: derives one alert again from its file and model, and prints it with its reasons."""

import argparse
import re
import sys
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, Final

import numpy as np

from common.anomaly import Anomaly
from common.batch import TradeBatch
from common.decode import distinct, expand
from common.errors import InputError
from common.output import plain
from common.times import iso
from common.trade import Trade
from detector.files import add_budget, add_files, add_selection, play, selected, warning_once
from detector.finding import SymbolCount, find
from detector.load import load_engine

_LEAST_DIGITS: Final = 6
_ALL_DIGITS: Final = 32
_MOST_NAMED: Final = 5
_MOST_AROUND: Final = 10_000
EXAMPLE: Final = "7dcb7cbf573b29c32044f94884a04a0e"
"""An anomaly in the sample."""


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "explain",
        help="derive one alert again from its file",
        description="Derives one alert again from its file, says why it was made, and lists the prints of its symbol "
        "around it: time (UTC), price, size, and side of the aggressor (B buyer, A seller, N none). A > stands at the "
        "alert's own print. An alert depends on all prints of its symbol before it: give --start if they were played "
        "from there on.",
        epilog=f"example: python -m detector explain {EXAMPLE} nasdaq --context 20",
    )
    parser.add_argument(
        "anomaly_id",
        metavar="ANOMALY_ID",
        type=_identity,
        help=f"as in the anomaly's message or document; its first {_LEAST_DIGITS} digits or more will do",
    )
    add_files(parser)
    add_selection(parser)
    add_budget(parser)
    parser.add_argument("--model", type=Path, metavar="DIR", help="the model that gave the alert (MODEL_DIR)")
    parser.add_argument(
        "--context", type=_number, default=5, metavar="N", help="prints listed before and after it (default: 5)"
    )
    parser.set_defaults(handler=_explain)


def _identity(text: str) -> str:
    if not re.fullmatch(rf"[0-9a-fA-F]{{{_LEAST_DIGITS},{_ALL_DIGITS}}}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not {_LEAST_DIGITS} to {_ALL_DIGITS} hexadecimal digits")
    return text.lower()


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) > _MOST_AROUND:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {_MOST_AROUND:,}")
    return int(text)


def _explain(arguments: argparse.Namespace) -> None:
    engine = load_engine(model_dir=arguments.model, alerts_per_million=arguments.budget)
    counts: dict[str, SymbolCount] = defaultdict(SymbolCount)

    selection = selected(arguments)
    files = distinct(expand(arguments.paths))

    def prints(title: str) -> Iterator[TradeBatch]:
        return play(files, salvage=arguments.salvage, title=title, selection=selection)

    with warning_once():
        anomaly = chosen(find(engine, prints("Searching"), counts), arguments.anomaly_id)
        if anomaly is None:
            raise InputError(
                f"no anomaly {arguments.anomaly_id} in these files with model {engine.tag.hash}; "
                "give all files that were played up to it (--start if only from a time on), its budget (--budget), and "
                "the model whose hash is in its message (--model)"
            )
        sys.stdout.write(in_words(anomaly))
        if arguments.context:
            trade = anomaly.trade
            own = _of_symbol(prints("Listing"), trade.symbol)
            sys.stdout.write(listed(around(own, trade, arguments.context), trade))


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


def in_words(anomaly: Anomaly) -> str:
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


def _of_symbol(batches: Iterable[TradeBatch], symbol: str) -> Iterator[Trade]:
    for batch in batches:
        if symbol in batch.symbols:
            for row in np.flatnonzero(batch.symbol == batch.symbols.index(symbol)).tolist():
                yield batch.trade(row)


def around(prints: Iterator[Trade], trade: Trade, count: int) -> list[Trade]:
    """Return a print of these between up to `count` before it and up to `count` after it."""
    before = deque(takewhile(lambda each: each.trade_id != trade.trade_id, prints), maxlen=count)
    return [*before, trade, *islice(prints, count)]


def listed(prints: list[Trade], own: Trade) -> str:
    """Return a line for each print below a head, in columns, with a mark at the alert's own."""
    rows = [("time", "price", "size", "side")]
    rows += [(iso(each.ts_event), repr(each.price), f"{each.size:,}", each.side) for each in prints]
    marks = [" ", *(">" if each.trade_id == own.trade_id else " " for each in prints)]
    time, price, size, _side = (max(map(len, column)) for column in zip(*rows, strict=True))
    return "".join(
        f"{mark} {row[0]:<{time}}  {row[1]:>{price}}  {row[2]:>{size}}  {row[3]}\n"
        for mark, row in zip(marks, rows, strict=True)
    )
