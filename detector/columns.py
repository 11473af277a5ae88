"""The kernel over batches of prints of many symbols, for replays, training and benchmarks."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from common.batch import TradeBatch
from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel import step
from detector.kernel.run import run
from detector.sessions import Sessions

_FLAGGED_ROWS: Final = 4096

States = dict[str, NDArray[np.float64]]
"""State by symbol, float64 of shape (SLOTS,)."""


def would_fire(scores: NDArray[np.float64], margins: NDArray[np.float64]) -> Any:
    """Return which channels would fire under given margins.

    Parameters
    ----------
    scores : ndarray of float64, shape (n, at least step.CLOCK)
        Row `step.SCORES` of n prints.
    margins : ndarray of float64, shape (…, 1, N_CHANNELS) or (N_CHANNELS,)
        How far above its quantile each channel's threshold lies.

    Returns
    -------
    ndarray of bool, shape (…, n, N_CHANNELS)
    """
    above = scores[:, step.MARGINS : step.ECHOES] > margins
    return above & (scores[:, step.ECHOES : step.CLOCK] <= margins)


class Columns:
    """Runs the kernel over the columns of batches.

    Parameters
    ----------
    model : tuple
        As `step.step` takes it.
    sessions : Sessions
        Trading hours.
    """

    def __init__(self, model: tuple[Any, ...], sessions: Sessions) -> None:
        self._model = model
        self._sessions = sessions

    def flagged(
        self, batch: TradeBatch, rows: NDArray[np.intp], states: States, scores: NDArray[np.float64] | None
    ) -> Iterator[tuple[int, int, NDArray[np.int64], NDArray[np.float64]]]:
        """Yield the prints that fired, in order.

        Parameters
        ----------
        batch : TradeBatch
            n prints.
        rows : ndarray of intp
            Indices of the prints to run over: either all or none of a symbol's.
        states : dict
            State by symbol; updated in place, and new symbols are added.
        scores : ndarray of float64, shape (n, at most OUT_COLUMNS), optional
            Filled with row `step.SCORES` of every print in `rows`.

        Yields
        ------
        tuple of (int, int, ndarray of int64, ndarray of float64)
            Index within the batch, bits of the channels, integer view of the symbol's state, and the kernel's output.
        """
        fired = np.empty(_FLAGGED_ROWS, dtype=np.int64)
        outs = np.empty((_FLAGGED_ROWS, step.OUT_ROWS, step.OUT_COLUMNS))
        for start, found, table in self._runs(batch, rows, states, fired, outs, every=scores is not None):
            if scores is not None:
                scores[rows[start : start + found]] = outs[:found, step.SCORES, : scores.shape[1]]
            for place, out in zip(fired[:found].tolist(), outs, strict=False):
                if channels := place % step.BITS:
                    index = int(rows[start + place // step.BITS])
                    yield index, channels, table[batch.symbol[index]].view(np.int64), out

    def outputs(self, batch: TradeBatch, states: States, row: int, *, closing: bool) -> NDArray[np.float64]:
        """Return one row of the kernel's output for every print; see `detector.engine.Engine.features`."""
        fired = np.empty(len(batch) + 1, dtype=np.int64)
        outs = np.empty((len(batch) + 1, step.OUT_ROWS, step.OUT_COLUMNS))
        for _run in self._runs(batch, np.arange(len(batch)), states, fired, outs, every=True, closing=closing):
            pass
        width = step.CLOCK if row == step.SCORES else feature.N_FEATURES
        return outs[: len(batch), row, :width].copy()

    def _runs(
        self,
        batch: TradeBatch,
        rows: NDArray[np.intp],
        states: States,
        fired: NDArray[np.int64],
        outs: NDArray[np.float64],
        *,
        every: bool,
        closing: bool = False,
    ) -> Iterator[tuple[int, int, NDArray[np.float64]]]:
        """Run the kernel over rows of a batch; yield (start, found, states) when `fired` is full, and at the end."""
        names = batch.symbols
        table = np.zeros((len(names), at.SLOTS))
        present = np.unique(batch.symbol[rows])
        for j in present:
            if (held := states.get(names[j])) is not None:
                table[j] = held
        session, to_close_s, auction = self._sessions.columns(batch)
        if closing:
            to_close_s[:] = 0.0
        start, count = 0, len(rows)
        while start < count:
            part = rows[start:]
            found = run(
                table,
                batch.symbol[part],
                batch.ts_event[part],
                batch.ts_recv[part],
                batch.price[part],
                batch.size[part],
                batch.side[part],
                auction[part],
                session[part],
                to_close_s[part],
                self._model,
                fired,
                outs,
                every,
            )
            yield start, found, table
            start = start + int(fired[found - 1]) // step.BITS + 1 if found == len(fired) else count
        for j in present:
            states[names[j]] = table[j].copy()
