"""The kernel over columns of prints: what files, training and back-test run on."""

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
    """Run the kernel over n prints of several symbols.

    Parameters
    ----------
    states : ndarray of float64, shape (n_symbols, SLOTS)
        Updated in place; `symbol` points into it.
    fired : ndarray of int64, shape (m,)
        Filled with ``row * step.BITS + channels`` of the prints that fired.
    outs : ndarray of float64, shape (m, OUT_ROWS, OUT_COLUMNS)
        Filled with what `step.step` gives for them; with `every`, for each print, fired or not (m = n).

    Returns
    -------
    int
        How many rows of `fired` and `outs` are filled; when they are full the run stops early at the row after the
        last one, so that the caller can go on from there.
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
