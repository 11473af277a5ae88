"""What a run shows: a progress bar on a terminal, otherwise a log line every few seconds, and the summary."""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np
import orjson
from tqdm import tqdm

from common.batch import TradeBatch
from common.decode import TradeFile, expand
from common.output import legible, refuse_overwriting, replacing
from common.times import iso
from producer.identity import MANIFEST
from producer.playlist import Entry, Playlist

logger = logging.getLogger(__name__)

_EVERY_S: Final = 5.0
_NAMED: Final = 8


@contextmanager
def summary_file(path: Path | None, paths: Iterable[Path]) -> Iterator[TextIO | None]:
    """Open the summary file, which replaces an earlier one at the end; yields None if `path` is None.

    Raises
    ------
    SettingError
        If it cannot be written, or is one of the files to be played or one of their manifests.
    """
    if path is None:
        yield None
        return
    files = expand(list(paths))
    refuse_overwriting(path, [*files, *(file.with_name(MANIFEST) for file in files)])
    with replacing(path) as output:
        yield output


class Report:
    """Counts what is read and published, and shows it.

    Parameters
    ----------
    playlist : Playlist
        The files.
    verb : str
        What is done with the trades, for the log: ``Published`` or ``Counted``.
    terminal : text stream
        Where the bar is drawn; without a terminal, the counts are logged instead.
    """

    def __init__(self, playlist: Playlist, verb: str, terminal: TextIO) -> None:
        self._playlist = playlist
        self._verb = verb
        self._began = time.monotonic()
        self._logged = self._began
        self._trades = 0
        self._checked: Counter[Path] = Counter()
        self._by_symbol: dict[str, Counter[str]] = {entry.key: Counter() for entry in playlist.entries}
        self._bar = tqdm(unit=" trades", unit_scale=True, disable=not terminal.isatty(), file=terminal, mininterval=0.2)

    def checking(self, file: TradeFile, count: int) -> None:
        """Count prints decoded by the check."""
        self._checked[file.path] += count
        self._bar.set_description(f"Checking {file.path.name}", refresh=False)
        self._bar.update(count)
        if self._due():
            logger.info("Checking. file=%s records=%d", file.path, file.records)

    def playing(self) -> None:
        """Restart the clock and the bar after the checks."""
        self._began = self._logged = time.monotonic()
        self._bar.reset()
        self._bar.set_description(self._verb, refresh=False)

    def add(self, batch: TradeBatch) -> None:
        """Count a batch that was published or, in a dry run, decoded."""
        for entry, rows in self._playlist.split(batch):
            counts = np.bincount(batch.symbol[rows], minlength=len(batch.symbols))
            met = np.flatnonzero(counts)
            self._by_symbol[entry.key].update({batch.symbols[index]: int(counts[index]) for index in met})
        self._trades += len(batch)
        clock = np.datetime64(int(batch.ts_recv[-1]), "ns").astype("datetime64[ms]")
        self._bar.set_postfix_str(f"market {clock}Z", refresh=False)
        self._bar.update(len(batch))
        if self._due():
            logger.info("%s. trades=%d rate=%.0f/s market=%sZ", self._verb, self._trades, self._rate(), clock)

    def close(self) -> None:
        """Close the bar."""
        self._bar.close()

    def log_end(self) -> None:
        """Log the counts of each file and in total, and warn of requested symbols without trades."""
        for entry in self._playlist.entries:
            facts = self._file(entry)
            logger.info(
                "%s. file=%s records=%d from=%s to=%s trades=%d dead_letters=%d symbols=%s",
                self._verb,
                entry.path,
                facts["records"],
                facts["from"],
                facts["to"],
                facts["trades"],
                facts["dead_letters"],
                _most(facts["symbols"]),
            )
        self._warn()
        logger.info(
            "Done. trades=%d seconds=%.1f rate=%.0f/s", self._trades, time.monotonic() - self._began, self._rate()
        )

    def summary(self) -> dict[str, Any]:
        """Return all counts: by file, by symbol and in total."""
        files = [self._file(entry) for entry in self._playlist.entries]
        symbols: Counter[str] = sum(self._by_symbol.values(), Counter())
        totals = {name: sum(file[name] for file in files) for name in ("records", "trades", "resumed", "dead_letters")}
        seconds = round(time.monotonic() - self._began, 3)
        return totals | {"seconds": seconds, "symbols": dict(symbols.most_common()), "files": files}

    def write(self, output: TextIO) -> None:
        """Write the summary as JSON."""
        output.write(orjson.dumps(self.summary(), option=orjson.OPT_INDENT_2).decode() + "\n")

    def _file(self, entry: Entry) -> dict[str, Any]:
        symbols = self._by_symbol[entry.key]
        source = entry.source
        return {
            "file": legible(entry.path),
            "sha256": entry.identity.sha256,
            "dataset": source.dataset if source else "",
            "schema": source.schema if source else "",
            "records": source.records if source else 0,
            "from": _iso(source.ts_first if source else None),
            "to": _iso(source.ts_last if source else None),
            "trades": symbols.total(),
            "resumed": entry.resumed,
            "dead_letters": source.rejected if source else 0,
            "unmapped": sorted(source.unmapped) if source else [],
            "symbols": dict(symbols.most_common()),
        }

    def _warn(self) -> None:
        if not self._playlist.seen_whole(self._trades):
            return
        met = {symbol for counts in self._by_symbol.values() for symbol in counts}
        if absent := self._playlist.symbols - met:
            logger.warning(
                "Some of the requested symbols have no trades; case counts. symbols=%s",
                ",".join(sorted(absent)),
            )
        elif not self._trades:
            logger.warning("The files hold no trades, or none within the requested times.")

    def _rate(self) -> float:
        return self._trades / max(time.monotonic() - self._began, 1e-9)

    def _due(self) -> bool:
        now = time.monotonic()
        if not self._bar.disable or now - self._logged < _EVERY_S:
            return False
        self._logged = now
        return True


def _most(symbols: dict[str, int]) -> str:
    """Return the counts of the first few symbols, and how many more there are."""
    named = [f"{name}:{count}" for name, count in list(symbols.items())[:_NAMED]]
    if len(symbols) > _NAMED:
        named.append(f"and {len(symbols) - _NAMED} more")
    return " ".join(named) or "none"


def _iso(ts: int | None) -> str:
    return "" if ts is None else iso(ts)
