"""Charts of one symbol, in exchange time: the price with its anomalies, and the volume."""

from typing import Any, Final
from zoneinfo import ZoneInfo

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.anomaly import SEVERITIES
from common.venues import zone
from dashboard.bars import BAR_NS, CLOSE, HIGH, LOW, START, VOLUME, coarser
from dashboard.clock import clock_text, wall_times
from dashboard.episodes import Shown
from dashboard.kinds import kind_text

_BARS: Final = 500
_MARKS: Final = 300
_PRICE_HEIGHT: Final = 300
_VOLUME_HEIGHT: Final = 120
_EXTENT: Final = 60
"""Width of both y axes in pixels, which fits their numbers and so aligns the time axes of the two charts."""
_PRICE_AXIS: Final = alt.Axis(minExtent=_EXTENT, maxExtent=_EXTENT, tickCount=5)
_VOLUME_AXIS: Final = alt.Axis(minExtent=_EXTENT, maxExtent=_EXTENT, tickCount=5, tickMinStep=1, format="~s")
_PADDING: Final = 5
_RIM_WIDTH: Final = 0.6
_COLORS: Final = ("#e8c547", "#f08a24", "#d7263d", "#8e1b5c")


def price_and_volume(symbol: str, venue: str, bars: NDArray[np.float64], episodes: list[Shown]) -> tuple[Any, Any]:
    """Return the price chart and the volume chart, to be shown one below the other.

    Parameters
    ----------
    symbol, venue : str
        The symbol, and the venue whose clock is shown.
    bars : ndarray of float64, shape (n, 7)
        Bars as made by `dashboard.bars`; n at least 1.
    episodes : list of Shown
        Episodes of this symbol, newest first. Those outside the bars, such as those of an earlier replay, are left out;
        of more than 300, the gravest are marked.
    """
    where = zone(venue)
    shown = coarser(bars, _BARS)
    first, last = wall_times(_ns(bars[[0, -1]]), where)
    dated = first.date() != last.date()
    frame = pd.DataFrame(
        {
            "time": wall_times(_ns(shown), where),
            "price": shown[:, CLOSE],
            "low": shown[:, LOW],
            "high": shown[:, HIGH],
            "volume": shown[:, VOLUME],
        }
    )
    first_ns, end_ns = int(shown[0, START]) * BAR_NS, (int(bars[-1, START]) + 1) * BAR_NS
    marks = [shown for shown in reversed(episodes) if first_ns <= shown.gravest.trade.ts_event < end_ns]
    times = alt.Axis(
        format="%b %d %H:%M" if dated else "%H:%M:%S", labelOverlap=True, labelBound=True, labelFlush=False
    )
    scale = alt.Scale(type="utc", domain=[_utc(first), _utc(last + pd.Timedelta(seconds=1))], padding=_PADDING)
    # The gravest come last: marks drawn later cover the others.
    marks.sort(key=lambda shown: SEVERITIES.index(shown.gravest.severity))
    x = alt.X("time:T", title=None, scale=scale, axis=times)
    y = alt.Y("price:Q", title=None, axis=_PRICE_AXIS, scale=alt.Scale(zero=False))
    base = alt.Chart(frame)
    span = base.mark_rule(color="#9db4c0", opacity=0.6).encode(
        x=x, y=alt.Y("low:Q", title=None, axis=_PRICE_AXIS), y2="high:Q"
    )
    line = base.mark_line(color="#2a6f97", strokeWidth=1.2, interpolate="step-after").encode(x=x, y=y)
    y_volume = alt.Y("volume:Q", title=None, axis=_VOLUME_AXIS)
    volume = base.mark_bar(color="#9db4c0").encode(x=x, y=y_volume).properties(height=_VOLUME_HEIGHT)
    title = f"{symbol} ({where.key})"
    points = _marked(marks[-_MARKS:], where, x, y, dated=dated)
    price = (span + line + points).properties(height=_PRICE_HEIGHT, title=title)
    return price, volume


def _utc(time: pd.Timestamp) -> alt.DateTime:
    return alt.DateTime(
        year=time.year,
        month=time.month,
        date=time.day,
        hours=time.hour,
        minutes=time.minute,
        seconds=time.second,
        utc=True,
    )


def _ns(bars: NDArray[np.float64]) -> NDArray[np.int64]:
    return bars[:, START].astype(np.int64) * BAR_NS


def _marked(episodes: list[Shown], where: ZoneInfo, x: Any, y: Any, *, dated: bool) -> Any:
    anomalies = [shown.gravest for shown in episodes]
    frame = pd.DataFrame(
        {
            "time": wall_times(np.array([a.trade.ts_event for a in anomalies], np.int64), where),
            "price": [float(a.trade.price) for a in anomalies],
            "severity": [a.severity for a in anomalies],
            "kind": [kind_text(a.kind) for a in anomalies],
            "why": [a.summary for a in anomalies],
            "size": [a.trade.size for a in anomalies],
            "alerts": [shown.alerts for shown in episodes],
            "at": [clock_text(a.trade.ts_event, where, dated=dated) for a in anomalies],
        }
    )
    severity = alt.Color(
        "severity:N",
        scale=alt.Scale(domain=list(SEVERITIES), range=list(_COLORS)),
        # Streamlit's theme would draw the white rim so wide that it covers the symbol.
        legend=alt.Legend(
            title=None, orient="top", direction="horizontal", symbolOpacity=1, symbolStrokeWidth=_RIM_WIDTH
        ),
    )
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("at", "kind", "why", "price", "size", "severity", "alerts")]
    return (
        alt.Chart(frame)
        .mark_point(size=110, filled=True, shape="diamond", opacity=0.95, stroke="white", strokeWidth=_RIM_WIDTH)
        .encode(x=x, y=y, color=severity, tooltip=tooltip)
    )
