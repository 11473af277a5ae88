"""The kernel over columns of prints, for files, training and back-tests."""

from typing import Any

import numpy as np
from numba import njit

from detector.kernel import features as feature
from detector.kernel import price, step


@njit(cache=True, nogil=True)
def run(
    states: Any,
    symbol: Any,
    ts_event: Any,
    ts_recv: Any,
    prices: Any,
    sizes: Any,
    sides: Any,
    auctions: Any,
    sessions: Any,
    to_close_s: Any,
    model: Any,
    fired: Any,
    outs: Any,
    every: bool,
) -> int:
    """Run the kernel over n prints of several symbols, in order.

    Parameters
    ----------
    states : ndarray of float64, shape (n_symbols, SLOTS)
        One state per symbol, updated in place.
    symbol : ndarray of int, shape (n,)
        Row of `states` that each print belongs to.
    ts_event, ts_recv, prices, sizes, auctions, sessions, to_close_s : ndarray, shape (n,)
        As `step.step` takes them for one print.
    sides : ndarray of uint8, shape (n,)
        ASCII codes: ``B`` for a buying aggressor, ``A`` for a selling one; any other code means that none is given.
    model : tuple
        As `step.step` takes it.
    fired : ndarray of int64, shape (m,)
        Filled with ``i * step.BITS + bits`` for each print i that fired.
    outs : ndarray of float64, shape (m, OUT_ROWS, OUT_COLUMNS)
        Filled with the output of `step.step` for the same prints.
    every : bool
        Whether to record every print, fired or not.

    Returns
    -------
    int
        Number of rows filled in `fired` and `outs`. The run stops as soon as they are full; the caller can then go on
        with the print after the last one recorded.
    """
    work = np.empty(price.MEDIAN_PRINTS)
    row = np.empty(feature.N_FEATURES, dtype=np.float32)
    out = np.zeros((step.OUT_ROWS, step.OUT_COLUMNS))
    integers = states.view(np.int64)
    found = 0
    for i in range(len(prices)):
        j = symbol[i]
        sign = 1.0 if sides[i] == 66 else (-1.0 if sides[i] == 65 else 0.0)
        bits = step.step(
            states[j],
            integers[j],
            ts_event[i],
            ts_recv[i],
            prices[i],
            float(sizes[i]),
            sign,
            auctions[i],
            sessions[i],
            to_close_s[i],
            model,
            out,
            work,
            row,
        )
        if bits or every:
            fired[found] = i * step.BITS + bits
            outs[found] = out
            found += 1
            if found == len(fired):
                return found
    return found
