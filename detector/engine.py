"""The engine: scores prints by one model and budget, one by one (stream) or in columns (files), with one kernel."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from common.anomaly import Anomaly, ModelTag
from common.batch import TradeBatch
from common.errors import ModelError
from common.trade import Trade
from detector import detectors, model
from detector.alerts import assemble, channels_of
from detector.budget import Budget
from detector.catalog import NAMES
from detector.columns import Columns
from detector.detectors import isolation_forest
from detector.kernel import features as feature
from detector.kernel import forest, odd, price, step
from detector.kernel import layout as at
from detector.rarity import Rarity, channel_rates
from detector.sessions import Sessions

_CORES: Final = os.cpu_count() or 1
_SIGNS: Final = {"B": 1.0, "A": -1.0, "N": 0.0}


class Engine:
    """Scores trades by one model under one budget.

    Attributes
    ----------
    tag : ModelTag
        Identifies the model.
    feature_names : tuple of str
        Names of the columns of `features`, in order.
    absolute_size : float
        A print larger than this is flagged whatever is usual; infinite if there is no such rule.
    margins : ndarray of float64, shape (N_CHANNELS,)
        How far above its quantile each channel's threshold lies under this budget.
    """

    feature_names = NAMES

    def __init__(self, artefact: model.Model, budget: Budget | None = None) -> None:
        budget = budget or Budget()
        self.tag: ModelTag = artefact.tag()
        self.absolute_size = float("inf") if budget.absolute_size is None else float(budget.absolute_size)
        self._nodes = artefact.forest.nodes()
        self._roots = artefact.forest.roots
        self.margins = np.array([artefact.margin(d, rate) for d, rate in enumerate(channel_rates(artefact, budget))])
        limits = [artefact.margin(d, odd.ODD_PER_MILLION) for d in range(at.N_CHANNELS)]
        card = np.column_stack([artefact.quantiles, self.margins, limits])
        self._rarity = Rarity(artefact, budget)
        self._model = (
            artefact.tails,
            card,
            self._nodes,
            self._roots,
            artefact.forest.normal_length(),
            self.absolute_size,
        )
        self._cores = ThreadPoolExecutor(_CORES)
        self._sessions = Sessions()
        self._columns = Columns(self._model, self._sessions)
        self._buffer = bytearray(at.STATE_BYTES)
        self._state = np.frombuffer(self._buffer, dtype=np.float64)
        self._integers = self._state.view(np.int64)
        self._zeros = bytes(at.STATE_BYTES)
        self._out = np.zeros((step.OUT_ROWS, step.OUT_COLUMNS))
        self._work = np.empty(price.MEDIAN_PRINTS)
        self._row = np.empty(feature.N_FEATURES, dtype=np.float32)
        model.check_golden(artefact, self._nodes)

    @classmethod
    def load(cls, folder: Path = model.SHIPPED, budget: Budget | None = None) -> Self:
        """Read a model and check it.

        Raises
        ------
        ModelError
            If the artefact is missing, foreign, made for other features, or does not reproduce its card's scores.
        SettingError
            If a budget is not positive.
        """
        return cls(model.load(folder), budget)

    def warm_up(self) -> None:
        """Compile what scores and explains a trade, or load it from its cache, before the first trade arrives."""
        self.score(None, Trade("1-1-1-1-0", "XNAS", "SPY", 1, 1, 1.0, 1, "N", 0, 0, 0, 0), 0)
        self._gains(self._out)

    def score(self, state: bytes | None, trade: Trade, detected_at: int) -> tuple[bytes, Anomaly | None]:
        """Score one trade of one symbol.

        Parameters
        ----------
        state : bytes, optional
            State returned for the symbol's previous trade; None for its first.
        trade : Trade
            The print.
        detected_at : int
            Wall clock in nanoseconds, for the message.

        Returns
        -------
        tuple of (bytes, Anomaly or None)
            The symbol's new state, `layout.STATE_BYTES` long, and the alert if there is one.

        Raises
        ------
        ModelError
            If the state's length is that of another version.
        """
        if state is not None and len(state) != at.STATE_BYTES:
            raise ModelError(f"a state has {len(state)} bytes; this version's have {at.STATE_BYTES}")
        self._buffer[:] = self._zeros if state is None else state
        session, to_close_s, auction = self._sessions.of(trade.venue, trade.ts_event, ord(trade.side))
        fired = step.step(
            self._state,
            self._integers,
            trade.ts_event,
            trade.ts_recv,
            float(trade.price),
            float(trade.size),
            _SIGNS[trade.side],
            auction,
            session,
            to_close_s,
            self._model,
            self._out,
            self._work,
            self._row,
        )
        anomaly = None
        if fired:
            anomaly = self._alert(self._integers, trade, fired, self._out, detected_at)
        return bytes(self._buffer), anomaly

    def replay(
        self,
        batch: TradeBatch,
        states: dict[str, NDArray[np.float64]],
        detected_at: int,
        scores: NDArray[np.float64] | None = None,
    ) -> list[tuple[int, Anomaly]]:
        """Score a batch of prints of any symbols.

        Parameters
        ----------
        batch : TradeBatch
            n prints.
        states : dict
            State by symbol, float64 of shape (SLOTS,); updated in place and added to.
        detected_at : int
            Wall clock in nanoseconds, for the messages.
        scores : ndarray of float64, shape (n, step.EPISODE), optional
            Filled with every print's scores, thresholds, margins, echoes and clock.

        Returns
        -------
        list of (int, Anomaly)
            Index of each flagged print within the batch, and its alert, byte for byte as `score` returns it.
        """
        # Symbols do not depend on each other, and the kernel releases the interpreter's lock.
        found = self._cores.map(
            lambda rows: [
                (index, self._alert(integers, batch.trade(index), fired, out, detected_at))
                for index, fired, integers, out in self._columns.flagged(batch, rows, states, scores)
            ],
            batch.shares(_CORES),
        )
        return sorted(chain.from_iterable(found), key=itemgetter(0))

    def features(
        self,
        batch: TradeBatch,
        states: dict[str, NDArray[np.float64]],
        row: int = step.X,
        *,
        closing: bool = False,
    ) -> NDArray[np.float64]:
        """Return one row of the kernel's output for every print of a batch.

        Parameters
        ----------
        batch, states
            As in `replay`.
        row : int
            `step.X` gives features (the default), `step.SURPRISE` their surprises; shape (n, N_FEATURES).
            `step.SCORES` gives scores, thresholds, margins and echoes, shape (n, step.CLOCK).
        closing : bool
            Whether to treat all prints as near the session's end.
        """
        return self._columns.outputs(batch, states, row, closing=closing)

    def _alert(
        self, integers: NDArray[np.int64], trade: Trade, fired: int, out: NDArray[np.float64], detected_at: int
    ) -> Anomaly:
        rows = out.tolist()
        scores = rows[step.SCORES]
        gains = self._gains(out) if fired & ~step.ABSOLUTE == 1 << detectors.FOREST else None
        once_in = max((self._rarity.once_in(c, scores[step.MARGINS + c]) for c in channels_of(fired)), default=1.0)
        begins = int(scores[step.EPISODE]) <= 1
        held = None if begins else integers[at.I_EPISODE_ID : at.I_EPISODE_ID + 2].tobytes().hex()
        anomaly = assemble(trade, fired, rows, gains, once_in, held, self.tag, self.absolute_size, detected_at)
        if begins:
            integers[at.I_EPISODE_ID : at.I_EPISODE_ID + 2] = np.frombuffer(
                bytes.fromhex(anomaly.anomaly_id), dtype=np.int64
            )
        return anomaly

    def _gains(self, out: NDArray[np.float64]) -> NDArray[np.float64]:
        gains = np.zeros(feature.N_FEATURES)
        row = np.minimum(out[step.SURPRISE, : feature.N_FEATURES], isolation_forest.MOST_INPUT).astype(np.float32)
        forest.gains(self._nodes, self._roots, row, gains)
        return gains
