"""Pictures of a back-test: prices with alerts, the distribution of scores, and alerts per hour."""

import re
from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from common.anomaly import Anomaly
from common.batch import TradeBatch
from common.errors import SettingError
from common.output import plain
from detector import detectors
from detector.kernel import control, step
from detector.kernel.layout import N_CHANNELS

_SYMBOLS: Final = 12
_MOST_POINTS: Final = 40_000
"""Per symbol; whenever there are more, each stands for twice as many prints."""
_SOURCE: Final = "python -m detector backtest --plots"
"""Written into the pictures' metadata, so that those of an earlier run can be told from other files."""
_HEAD_BYTES: Final = 512
_EDGES: Final = np.linspace(-8.0, 8.0, 161)
_HOUR_NS: Final = 3_600_000_000_000
_SIZE: Final = (12.0, 5.0)
_DPI: Final = 110
_BLUE: Final = "#2a6f97"


@dataclass(slots=True)
class _History:
    """One symbol: the lowest and the highest of every so many prints, and all alerts."""

    prints: int = 0
    every: int = 2
    times: "array[int]" = field(default_factory=lambda: array("q"))
    prices: "array[float]" = field(default_factory=lambda: array("d"))
    alerts: list[tuple[int, float, str]] = field(default_factory=list)

    def add(self, times: NDArray[np.int64], prices: NDArray[np.float64]) -> None:
        bucket = (self.prints + np.arange(len(times))) // self.every
        total = self.prints + len(times)
        if self.prints % self.every:
            # The last bucket goes on.
            times, prices = np.append(self.times[-2:], times), np.append(self.prices[-2:], prices)
            bucket = np.append(bucket[[0, 0]], bucket)
            del self.times[-2:], self.prices[-2:]
        self.prints = total
        self._append(times, prices, bucket)
        while len(self.times) > _MOST_POINTS:
            self.every *= 2
            times, prices = np.array(self.times), np.array(self.prices)
            del self.times[:], self.prices[:]
            self._append(times, prices, np.arange(len(times)) // 4)

    def _append(self, times: NDArray[np.int64], prices: NDArray[np.float64], bucket: NDArray[np.int64]) -> None:
        order = np.lexsort((prices, bucket))
        first = np.flatnonzero(np.diff(bucket, prepend=-1))
        last = np.append(first[1:], len(bucket)) - 1
        kept = np.sort(np.column_stack((order[first], order[last]))).ravel()
        self.times.frombytes(times[kept].tobytes())
        self.prices.frombytes(prices[kept].tobytes())


class Plots:
    """Collects what the pictures show, at most 640 kB a symbol, and draws them at the end.

    Parameters
    ----------
    folder : Path
        Where the PNG files go.
    margins : ndarray of float64, shape (N_CHANNELS,)
        The engine's, for the distribution of the scores that count.

    Raises
    ------
    SettingError
        If matplotlib is not installed.
    """

    def __init__(self, folder: Path, margins: NDArray[np.float64]) -> None:
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise SettingError("--plots needs matplotlib; install it: pip install matplotlib") from None
        self._figure: Any = Figure
        self._folder = folder
        self._margins = margins
        self._histories: dict[str, _History] = defaultdict(_History)
        self._distances = np.zeros((N_CHANNELS, len(_EDGES) - 1))

    def add(self, batch: TradeBatch, scores: NDArray[np.float64], anomalies: list[Anomaly]) -> None:
        """Add a batch, its scores as filled by `Engine.replay`, and its alerts."""
        for j in np.unique(batch.symbol):
            rows = np.flatnonzero(batch.symbol == j)
            self._histories[batch.symbols[j]].add(batch.ts_event[rows], batch.price[rows])
        for anomaly in anomalies:
            trade = anomaly.trade
            self._histories[trade.symbol].alerts.append((trade.ts_event, trade.price, anomaly.kind))
        away = scores[:, :N_CHANNELS] - scores[:, step.THRESHOLDS : step.MARGINS]
        counted = scores[:, step.MARGINS : step.ECHOES] > control.SILENT
        counted &= scores[:, step.ECHOES : step.CLOCK] <= self._margins
        for d in range(N_CHANNELS):
            inside = np.clip(away[counted[:, d], d], _EDGES[0], _EDGES[-1])
            self._distances[d] += np.histogram(inside, _EDGES)[0]

    def draw(self) -> list[Path]:
        """Write the pictures; return their paths. An earlier run's pictures of symbols are removed."""
        busiest = sorted(self._histories, key=lambda name: (-len(self._histories[name].alerts), name))
        paths = [self._prices(name, place) for place, name in enumerate(busiest[:_SYMBOLS], 1)]
        for earlier in self._folder.glob("[0-9][0-9]-*.png"):
            if earlier not in paths and earlier.is_file() and _ours(earlier):
                earlier.unlink()
        return [*paths, self._scores(), self._hours()]

    def _prices(self, symbol: str, place: int) -> Path:
        history = self._histories[symbol]
        title = f"{plain(symbol)}: prints {history.prints:,}, alerts {len(history.alerts):,}"
        figure, axes = self._axes(title, "price")
        times = _clock(np.array(history.times))
        # A line through one point shows nothing.
        marker = "." if history.prints == 1 else ""
        axes.plot(times, history.prices, linewidth=0.6, color=_BLUE, drawstyle="steps-post", marker=marker)
        kinds = sorted({kind for _ts, _price, kind in history.alerts})
        for kind in kinds:
            marks = [(ts, price) for ts, price, own in history.alerts if own == kind]
            at = _clock(np.array([ts for ts, _price in marks]))
            label = f"{kind.replace('_', ' ')} ({len(marks)})"
            axes.scatter(at, [price for _ts, price in marks], s=28, marker="D", label=label, zorder=3)
        if kinds:
            axes.legend(fontsize=8)
        axes.set_xlabel(_days(times))
        # Symbols such as ES/NQ are not valid file names.
        return self._save(figure, f"{place:02d}-{re.sub(r'[^A-Za-z0-9._-]', '_', symbol)}.png")

    def _scores(self) -> Path:
        figure, axes = self._axes("Scores relative to the threshold, without silent channels and repetitions", "prints")
        for name, counts in zip(detectors.CHANNELS, self._distances, strict=True):
            axes.stairs(counts, _EDGES, label=name.replace("_", " "))
        axes.set_yscale("symlog")
        axes.axvline(0.0, color="black", linewidth=0.8)
        axes.set_xlabel("decades above the threshold")
        axes.legend(fontsize=8)
        return self._save(figure, "scores.png")

    def _hours(self) -> Path:
        figure, axes = self._axes("Alerts per hour", "alerts")
        histories = self._histories.values()
        hours = [ts // _HOUR_NS for history in histories for ts, _price, _kind in history.alerts]
        first = min(hours + [history.times[0] // _HOUR_NS for history in histories])
        last = max(hours + [history.times[-1] // _HOUR_NS for history in histories])
        ends = _clock(np.array([first, last + 1]) * _HOUR_NS)
        axes.set_xlim(*ends)
        axes.set_xlabel(_days(ends))
        # With files that lie years apart, a bar for every hour in between would take minutes to draw.
        busy, counts = np.unique(np.array(hours, dtype=np.int64), return_counts=True)
        if len(busy):
            axes.bar(_clock(busy * _HOUR_NS), counts, width=np.timedelta64(50, "m"), align="edge", color=_BLUE)
        return self._save(figure, "alerts-per-hour.png")

    def _axes(self, title: str, y: str) -> tuple[Any, Any]:
        figure = self._figure(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        # A symbol is plain text: a dollar sign in it does not start a formula.
        axes.set_title(title, parse_math=False)
        axes.set_ylabel(y)
        axes.grid(alpha=0.3)
        return figure, axes

    def _save(self, figure: Any, name: str) -> Path:
        path = self._folder / name
        figure.savefig(path, dpi=_DPI, metadata={"Source": _SOURCE})
        return path


def _ours(path: Path) -> bool:
    with path.open("rb") as file:
        return _SOURCE.encode() in file.read(_HEAD_BYTES)


def _clock(ts: NDArray[np.int64]) -> NDArray[np.datetime64]:
    return ts.astype("datetime64[ns]")


def _days(times: NDArray[np.datetime64]) -> str:
    ends = times.min(), times.max()
    return " to ".join(dict.fromkeys(str(end.astype("datetime64[D]")) for end in ends)) + " (UTC)"
