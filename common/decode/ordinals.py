"""Ordinals among prints with the same identity, so that every trade id is unique and reproducible."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_MIX: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9))


class Ordinals:
    """Counts prints of one file with the same publisher, instrument, ts_event and sequence.

    To bound memory, only the last two batches are remembered. Identical prints further apart may get the same ordinal
    and thus the same id: they count as one print that was reported twice.
    """

    def __init__(self) -> None:
        self._earlier: list[tuple[NDArray[np.uint64], NDArray[np.int64]]] = []

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
        distinct, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
        before = np.zeros(len(distinct), dtype=np.int64)
        for keys, seen in self._earlier:
            place = np.minimum(np.searchsorted(keys, distinct), len(keys) - 1)
            before = np.maximum(before, np.where(keys[place] == distinct, seen[place], 0))
        ordinal = before[inverse]
        if len(distinct) < len(key):
            ordinal += _rank_among_equals(inverse, counts)
        self._earlier = [*self._earlier[-1:], (distinct, before + counts)] if len(distinct) else self._earlier
        return ordinal


def _rank_among_equals(inverse: NDArray[np.intp], counts: NDArray[np.intp]) -> NDArray[np.int64]:
    order = np.argsort(inverse, kind="stable")
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    rank = np.empty(len(inverse), dtype=np.int64)
    rank[order] = np.arange(len(inverse)) - starts
    return rank
