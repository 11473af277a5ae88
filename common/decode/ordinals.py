"""Ordinals among prints with the same identity, so that every trade id is unique and reproducible."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_MIX: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9))
_STRETCH: Final = 1 << 16

_Seen = tuple[NDArray[np.uint64], NDArray[np.int32]]
"""Keys in order, and how often each was seen."""


class Ordinals:
    """Counts prints of one file with the same publisher, instrument, ts_event and sequence.

    To bound memory, a file is divided into stretches of 65,536 prints, and only the current stretch and the one before
    it are remembered, however the batches fall. Identical prints further apart may get the same ordinal and thus the
    same id: they count as one print that was reported twice.
    """

    def __init__(self) -> None:
        self._before: list[_Seen] = []
        self._now: list[_Seen] = []
        self._room = _STRETCH

    def of(
        self,
        publisher_id: NDArray[np.int64],
        instrument: NDArray[np.int64],
        ts_event: NDArray[np.int64],
        sequence: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Return the ordinal of each print of the next batch, from 0; all arrays have shape (n,)."""
        key = ts_event.astype(np.uint64)
        for part, factor in zip((sequence, instrument, publisher_id), _MIX, strict=True):
            key = (key ^ (key >> np.uint64(29))) * factor + part.astype(np.uint64)
        ordinal = np.empty(len(key), dtype=np.int64)
        begin = 0
        while begin < len(key):
            end = min(begin + self._room, len(key))
            ordinal[begin:end] = self._within_stretch(key[begin:end])
            self._room -= end - begin
            if not self._room:
                self._before, self._now, self._room = self._now, [], _STRETCH
            begin = end
        return ordinal

    def _within_stretch(self, key: NDArray[np.uint64]) -> NDArray[np.int64]:
        distinct, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
        before = np.zeros(len(distinct), dtype=np.int64)
        for keys, seen in [*self._before, *self._now]:
            place = np.minimum(np.searchsorted(keys, distinct), len(keys) - 1)
            before = np.maximum(before, np.where(keys[place] == distinct, seen[place], 0))
        ordinal = before[inverse]
        if len(distinct) < len(key):
            ordinal += _rank_among_equals(inverse, counts)
        self._note((distinct, (before + counts).astype(np.int32)))
        return ordinal

    def _note(self, seen: _Seen) -> None:
        # Small ones are joined, so that there are few to look into.
        while self._now and len(self._now[-1][0]) <= len(seen[0]):
            seen = _joined(self._now.pop(), seen)
        self._now.append(seen)


def _joined(one: _Seen, later: _Seen) -> _Seen:
    keys, seen = np.concatenate([one[0], later[0]]), np.concatenate([one[1], later[1]])
    order = np.argsort(keys, kind="stable")
    keys, seen = keys[order], seen[order]
    last = np.append(keys[1:] != keys[:-1], True)
    return keys[last], seen[last]


def _rank_among_equals(inverse: NDArray[np.intp], counts: NDArray[np.intp]) -> NDArray[np.int64]:
    order = np.argsort(inverse, kind="stable")
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    rank = np.empty(len(inverse), dtype=np.int64)
    rank[order] = np.arange(len(inverse)) - starts
    return rank
