"""The files to play, the progress of each, and their prints as one stream."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from common.batch import TradeBatch
from common.decode import Rejected, TradeFile, merged
from common.decode.copies import Once
from common.decode.merge import take
from common.errors import IntegrityError
from common.output import legible
from producer.identity import Identity, check_manifest, check_unchanged, identify
from producer.progress import Progress
from producer.settings import ProducerSettings

logger = logging.getLogger(__name__)

_RECORD_BITS: Final = 40
"""Bits of a record number for the record within its file; the bits above hold the number of the file."""

_RECORD_MASK: Final = (1 << _RECORD_BITS) - 1


@dataclass(slots=True)
class Entry:
    """One file of the playlist.

    Attributes
    ----------
    path : Path
        The file.
    identity : Identity
        Its identity when the playlist was made.
    key : str
        Key of its progress, made from its content and the selection.
    progress : Progress
        How far it has been played.
    resumed : int
        Trades published by earlier runs.
    source : TradeFile or None
        The file as it is read, once playing has begun; None if it was finished before.
    """

    path: Path
    identity: Identity
    key: str
    progress: Progress
    resumed: int = 0
    source: TradeFile | None = None


class Playlist:
    """Several files, played as one stream in time order.

    Parameters
    ----------
    paths : list of Path
        The files.
    settings : ProducerSettings
        The selection of symbols and times, and the limit.
    salvage : bool
        Play the good part of a file that fails its checks.
    """

    def __init__(self, paths: list[Path], settings: ProducerSettings, *, salvage: bool = False) -> None:
        self._settings = settings
        self._salvage = salvage
        # The last place was that of `salvage` in earlier versions, whose progress counts.
        selection = repr((sorted(settings.symbols), settings.start, settings.end, False))
        mark = hashlib.sha256(selection.encode()).hexdigest()[:8]
        self.entries: list[Entry] = []
        once = Once()
        for path in paths:
            TradeFile(path)  # The header alone reveals most mistakes, before the whole file is read.
            identity = identify(path)
            key = f"{identity.sha256}-{mark}"
            if not once.passes(path, identity.sha256):
                continue
            self._check_manifest(path, identity)
            self.entries.append(Entry(path, identity, key, Progress(legible(path.name), session="", owner="")))

    @property
    def name(self) -> str:
        """Identifier of the set of files and the selection, independent of the order."""
        return hashlib.sha256("".join(sorted(entry.key for entry in self.entries)).encode()).hexdigest()[:16]

    @property
    def keys(self) -> list[str]:
        """Keys of the files' progress."""
        return [entry.key for entry in self.entries]

    @property
    def trades(self) -> int:
        """Trades published so far, including earlier runs."""
        return sum(entry.progress.trades for entry in self.entries)

    @property
    def limit_reached(self) -> bool:
        """Whether the limit on published trades has been reached."""
        return self._limits(self.trades)

    @property
    def symbols(self) -> frozenset[str]:
        """The requested symbols; empty means all."""
        return self._settings.symbols

    def seen_whole(self, trades: int) -> bool:
        """Return whether a run of this many trades read all files whole: not resumed, and not ended by the limit."""
        return not self._limits(trades) and not any(entry.resumed for entry in self.entries)

    def _limits(self, trades: int) -> bool:
        return self._settings.limit is not None and trades >= self._settings.limit

    def unfinished(self) -> list[Entry]:
        """Return the files that were not played to their end."""
        return [entry for entry in self.entries if not entry.progress.finished]

    def resume(self, known: Mapping[str, Progress]) -> None:
        """Set the progress of the files from that of earlier runs, given by key."""
        for entry in self.entries:
            entry.progress = known.get(entry.key, entry.progress)
            entry.resumed = entry.progress.trades

    def check(self, on_batch: Callable[[TradeFile, int], None] = lambda _file, _count: None) -> None:
        """Decode every file completely, so that nothing of a bad one is published.

        A file that was begun earlier is not checked again: it passed then, or its good part was asked for, and its
        progress is keyed by its content.
        With `salvage`, nothing is checked here: faults show while playing.

        Parameters
        ----------
        on_batch : callable
            Called with each file and the number of prints just read.

        Raises
        ------
        InputError
            If a file cannot be played.
        """
        for entry in self.entries:
            if entry.progress.finished or entry.progress.trades or self._salvage:
                continue
            file = TradeFile(entry.path, reject=lambda _rejected: None)
            for batch in file.batches():
                on_batch(file, len(batch))
            _check_unchanged(entry, file)

    def play(self, reject: Callable[[Entry, Rejected], None]) -> Iterator[TradeBatch]:
        """Yield the unplayed prints of all files in time order; `record` also holds the number of the file.

        Parameters
        ----------
        reject : callable
            Called with the file and each print that is not a trade, as they are read.
        """
        for number, entry in enumerate(self.entries):
            entry.source = None if entry.progress.finished else _Source(entry, number, self._salvage, reject)
        limit = self._settings.limit
        yield from merged(
            [entry.source for entry in self.entries if entry.source is not None],
            symbols=self._settings.symbols or None,
            start=self._settings.start,
            end=self._settings.end,
            limit=None if limit is None else max(limit - self.trades, 0),
        )
        for entry in self.entries:
            if entry.source is not None:
                _check_unchanged(entry, entry.source)

    def split(self, batch: TradeBatch) -> Iterator[tuple[Entry, NDArray[np.intp]]]:
        """Yield each file that has prints in a batch, with their rows."""
        numbers = batch.record >> _RECORD_BITS
        for number in np.unique(numbers):
            yield self.entries[number], np.flatnonzero(numbers == number)

    def advance(self, batch: TradeBatch) -> list[Entry]:
        """Advance the progress of the files past the prints of a batch; return the files that have any."""
        moved = []
        for entry, rows in self.split(batch):
            entry.progress = replace(
                entry.progress,
                next_record=(int(batch.record[rows[-1]]) & _RECORD_MASK) + 1,
                trades=entry.progress.trades + len(rows),
            )
            moved.append(entry)
        return moved

    def _check_manifest(self, path: Path, identity: Identity) -> None:
        try:
            if check_manifest(path, identity):
                logger.info("The file matches its manifest. file=%s", path)
        except IntegrityError as error:
            if not self._salvage:
                raise
            logger.warning("%s (continuing: --salvage)", error)


def _check_unchanged(entry: Entry, read: TradeFile) -> None:
    check_unchanged(entry.path, entry.identity, f"; its {read.records} records so far are good")


class _Source(TradeFile):
    """One file from its progress on: prints published before are decoded again and dropped."""

    def __init__(self, entry: Entry, number: int, salvage: bool, reject: Callable[[Entry, Rejected], None]) -> None:
        known = entry.progress.rejected

        def fresh(rejected: Rejected) -> None:
            if self.rejected > known:
                reject(entry, rejected)

        super().__init__(entry.path, salvage=salvage, reject=fresh)
        self._entry = entry
        self._next_record = entry.progress.next_record
        self._first = number << _RECORD_BITS

    def batches(self, share: float = 1.0) -> Iterator[TradeBatch]:
        """Yield the prints not yet published; raises `IntegrityError` if the file has changed."""
        for batch in super().batches(share):
            _check_unchanged(self._entry, self)
            fresh = batch.record >= self._next_record
            if fresh.any():
                kept = batch if fresh.all() else take(batch, fresh)
                yield replace(kept, record=kept.record + self._first)
