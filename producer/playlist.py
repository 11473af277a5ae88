"""The files to play, each with where it stands, and their one stream of prints."""

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
from producer.identity import Identity, check_manifest, check_unchanged, identify
from producer.progress import Progress
from producer.settings import ProducerSettings

logger = logging.getLogger(__name__)

_RECORD_BITS: Final = 40
"""Record numbers of the stream: the file's number in the bits above these, the number within the file below."""

_RECORD_MASK: Final = (1 << _RECORD_BITS) - 1


@dataclass(slots=True)
class Entry:
    """One file of the playlist.

    Attributes
    ----------
    path : Path
        The file.
    identity : Identity
        What it was when it was listed.
    key : str
        Names its progress: content and selection.
    progress : Progress
        Where it stands.
    resumed : int
        Trades that earlier runs had published.
    source : TradeFile or None
        The open file, once it is played.
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
        selection = repr((sorted(settings.symbols), settings.start, settings.end, salvage))
        mark = hashlib.sha256(selection.encode()).hexdigest()[:8]
        self.entries: list[Entry] = []
        once = Once()
        for path in paths:
            TradeFile(path)  # Its header alone tells most mistakes, before all of it is read.
            identity = identify(path)
            key = f"{identity.sha256}-{mark}"
            if not once.passes(path, identity.sha256):
                continue
            self._check_manifest(path, identity)
            self.entries.append(Entry(path, identity, key, Progress(path.name, session="", owner="")))

    @property
    def name(self) -> str:
        """Identifies the set of files and the selection, whatever their order."""
        return hashlib.sha256("".join(sorted(entry.key for entry in self.entries)).encode()).hexdigest()[:16]

    @property
    def keys(self) -> list[str]:
        """Keys of the files' progress."""
        return [entry.key for entry in self.entries]

    @property
    def trades(self) -> int:
        """Trades published so far, earlier runs included."""
        return sum(entry.progress.trades for entry in self.entries)

    @property
    def limit_reached(self) -> bool:
        """Whether as many trades were published as the limit allows."""
        return self._limits(self.trades)

    @property
    def symbols(self) -> frozenset[str]:
        """Symbols that were asked for; none stands for all."""
        return self._settings.symbols

    def seen_whole(self, trades: int) -> bool:
        """Return whether a run of so many trades saw all there is: no earlier run began it, and no limit ended it."""
        return not self._limits(trades) and not any(entry.resumed for entry in self.entries)

    def _limits(self, trades: int) -> bool:
        return self._settings.limit is not None and trades >= self._settings.limit

    def unfinished(self) -> list[Entry]:
        """Return the files that were not played to their end."""
        return [entry for entry in self.entries if not entry.progress.finished]

    def resume(self, known: Mapping[str, Progress]) -> None:
        """Take where earlier runs left the files, by key."""
        for entry in self.entries:
            entry.progress = known.get(entry.key, entry.progress)
            entry.resumed = entry.progress.trades

    def check(self, told: Callable[[TradeFile, int], None] = lambda _file, _count: None) -> None:
        """Decode every file from end to end, so that nothing of a bad one is published.

        A file that was begun earlier passed then, and its content is what names its progress.

        Parameters
        ----------
        told : callable
            Is given each file and the prints just read.

        Raises
        ------
        InputError
            If a file cannot be played; with `salvage`, an `IntegrityError` is left to the playing.
        """
        for entry in self.entries:
            if entry.progress.finished or entry.progress.trades or self._salvage:
                continue
            file = TradeFile(entry.path, reject=lambda _rejected: None)
            for batch in file.batches():
                told(file, len(batch))
            _check_unchanged(entry, file)

    def play(self, reject: Callable[[Entry, Rejected], None]) -> Iterator[TradeBatch]:
        """Yield the prints from where each file stands, in time order; `record` is a number of the whole stream.

        Parameters
        ----------
        reject : callable
            Is given each print that is no trade, as it is met.
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
        """Yield each file that a batch holds prints of, with their rows."""
        numbers = batch.record >> _RECORD_BITS
        for number in np.unique(numbers):
            yield self.entries[number], np.flatnonzero(numbers == number)

    def advance(self, batch: TradeBatch) -> list[Entry]:
        """Move the files behind the prints of a batch; return those moved."""
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
                logger.info("The file is what its manifest says. file=%s", path)
        except IntegrityError as error:
            if not self._salvage:
                raise
            logger.warning("%s (going on: --salvage)", error)


def _check_unchanged(entry: Entry, read: TradeFile) -> None:
    check_unchanged(entry.path, entry.identity, f"; its {read.records} records so far are good")


class _Source(TradeFile):
    """One file from where it stands; what was published before is decoded again and passed over."""

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
        """Yield the prints not yet published, as long as the file is the one whose progress is kept."""
        for batch in super().batches(share):
            _check_unchanged(self._entry, self)
            fresh = batch.record >= self._next_record
            if fresh.any():
                kept = batch if fresh.all() else take(batch, fresh)
                yield replace(kept, record=kept.record + self._first)
