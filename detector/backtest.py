"""``python -m detector backtest``: the stream's own engine on files, without a broker; prints a table by symbol."""

import argparse
import csv
import logging
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final, TextIO

from common.anomaly import Anomaly
from common.decode import distinct, expand
from common.output import folder, plain, refuse_overwriting, replacing
from common.times import iso
from detector.files import add_budget, add_files, add_selection, play, selected
from detector.finding import SymbolCount, find
from detector.kernel import step
from detector.load import load_engine
from detector.plots import Plots
from detector.sweep import Sweep, budgets

logger = logging.getLogger(__name__)

_LEAST_HOURS: Final = 0.1
"""Over a shorter time, an hourly rate means nothing."""
_SHOWN_DIGITS: Final = 12
"""Digits of an id that are shown; `explain` needs no more."""
_STDOUT: Final = Path("/dev/stdout")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""First characters of a cell that a spreadsheet would take for a formula."""
CSV_COLUMNS: Final = (
    *("anomaly_id", "time", "ts_event", "venue", "symbol", "price", "size", "side", "trade_id"),
    *("kind", "rules", "score", "severity", "once_in", "actual", "expected", "episode_id", "summary"),
)


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "backtest",
        help="find the anomalies in files, without a broker",
        description="Finds the anomalies in files, without a broker, and prints a table by symbol. Its column /million "
        "is episodes of alerts per million trades; /hour is episodes per hour of trading, in which silences of a "
        f"symbol over half an hour do not count. Symbols with fewer than {step.LEARNING_PRINTS} prints are marked as "
        "still learning: the detector is silent for that long. Each symbol's rarest alert is listed below it, with the "
        "id that `explain` takes.",
        epilog="examples: python -m detector backtest nasdaq --output anomalies.jsonl --budget 50; "
        "python -m detector backtest day.dbn.zst --output anomalies.csv --sweep 25,50,150,500 --plots pictures",
    )
    add_files(parser)
    add_selection(parser)
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write the anomalies here: CSV if named .csv, else JSON lines"
    )
    add_budget(parser)
    parser.add_argument("--sweep", metavar="N,N,…", help="also count alerts under these budgets, in the same pass")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw prices with alerts, scores and alerts per hour")
    parser.add_argument("--model", type=Path, metavar="DIR", help="model to use instead of the shipped one (MODEL_DIR)")
    parser.set_defaults(handler=_backtest)


def _backtest(arguments: argparse.Namespace) -> None:
    files = expand(arguments.paths)
    if arguments.output:
        refuse_overwriting(arguments.output, files)
    # An output that cannot be written is reported before the work, not after it.
    with folder(arguments.plots) if arguments.plots else nullcontext():
        _run(arguments, distinct(files))


def _run(arguments: argparse.Namespace, files: list[Path]) -> None:
    selection = selected(arguments)
    engine = load_engine(model_dir=arguments.model, alerts_per_million=arguments.budget)
    asked = [] if arguments.sweep is None else budgets(arguments.sweep)
    others = [load_engine("--sweep", model_dir=arguments.model, alerts_per_million=budget) for budget in asked]
    sweep = Sweep(others) if asked else None
    plots = Plots(arguments.plots, engine.margins) if arguments.plots else None
    watching = [each.add for each in (sweep, plots) if each is not None]
    counts: dict[str, SymbolCount] = defaultdict(SymbolCount)
    started = time.perf_counter()
    batches = play(files, salvage=arguments.salvage, title="Back-testing", selection=selection)
    found = write(find(engine, batches, counts, *watching), arguments.output)
    seconds = time.perf_counter() - started
    # Where the anomalies are piped to another program, nothing may stand among them.
    shown = sys.stderr if arguments.output == _STDOUT else sys.stdout
    write_table(counts, shown)
    if sweep is not None:
        shown.write("\n")
        sweep.write(asked, shown)
    if plots is not None and counts:
        logger.info("The pictures are drawn. files=%s", ",".join(map(str, plots.draw())))
    trades = sum(count.trades for count in counts.values())
    if trades == 0:
        logger.warning("The files hold no trades, or none of those asked for.")
    elif absent := (selection.symbols or frozenset()) - counts.keys():
        logger.warning(
            "Some of the requested symbols have no trades; case counts. symbols=%s", ",".join(sorted(absent))
        )
    logger.info(
        "The back-test is done. trades=%d anomalies=%d seconds=%.1f model=%s", trades, found, seconds, engine.tag.hash
    )


def write(anomalies: Iterable[Anomaly], path: Path | None) -> int:
    """Write anomalies as JSON lines, or as flat CSV if the file is named .csv; return how many there were.

    Raises
    ------
    SettingError
        If the file cannot be written. An earlier file is replaced only once everything is written.
    """
    if path is None:
        return sum(1 for _ in anomalies)
    found = 0
    with replacing(path) as text:
        if path.suffix.lower() == ".csv":
            table = csv.writer(text)
            table.writerow(CSV_COLUMNS)
            for found, anomaly in enumerate(anomalies, 1):  # noqa: B007
                table.writerow(_flat(anomaly))
        else:
            for found, anomaly in enumerate(anomalies, 1):  # noqa: B007
                text.write(anomaly.to_json().decode() + "\n")
    return found


def _flat(anomaly: Anomaly) -> list[object]:
    fields = anomaly.to_dict() | {
        "time": iso(anomaly.trade.ts_event),
        "rules": " ".join(anomaly.rules),
        "episode_id": anomaly.episode.episode_id,
    }
    return [_cell(fields[name]) for name in CSV_COLUMNS]


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; numbers are left as they are."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def write_table(counts: dict[str, SymbolCount], out: TextIO) -> None:
    """Write a line per symbol, one for all together, and the rarest alert of each symbol."""
    out.write(f"{'symbol':<16}{'trades':>12}{'alerts':>8}{'episodes':>10}{'/million':>10}{'/hour':>8}  kinds\n")
    for symbol, count in sorted(counts.items()):
        learning = ["still learning"] if count.trades < step.LEARNING_PRINTS else []
        _write_line(plain(symbol), count, learning, out)
    if len(counts) > 1:
        _write_line("(all)", _together(counts.values()), [], out)
    rarest = [count.worst for _symbol, count in sorted(counts.items()) if count.worst]
    if rarest:
        out.write("\nThe rarest alert of each symbol, by id and time:\n")
    for anomaly in rarest:
        shown = anomaly.anomaly_id[:_SHOWN_DIGITS]
        out.write(f"{shown}  {iso(anomaly.trade.ts_event)}  {plain(anomaly.summary)}\n")


def _write_line(name: str, count: SymbolCount, notes: list[str], out: TextIO) -> None:
    hours, episodes = count.traded_ns / 3.6e12, len(count.episodes)
    per_hour = f"{episodes / hours:.1f}" if hours >= _LEAST_HOURS else "-"
    kinds = ", ".join([*notes, *(f"{kind} {number}" for kind, number in count.kinds.most_common())])
    out.write(
        f"{name:<16}{count.trades:>12,}{sum(count.kinds.values()):>8,}{episodes:>10,}"
        f"{episodes * 1e6 / max(count.trades, 1):>10.0f}{per_hour:>8}  {kinds}\n"
    )


def _together(counts: Iterable[SymbolCount]) -> SymbolCount:
    total = SymbolCount()
    for count in counts:
        total.trades += count.trades
        total.traded_ns += count.traded_ns
        total.kinds.update(count.kinds)
        total.episodes |= count.episodes
    return total
