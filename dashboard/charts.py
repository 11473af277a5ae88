"""Charts of one symbol, in exchange time: the price with its anomalies, and the volume."""

from typing import Any, Final
from zoneinfo import ZoneInfo

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.anomaly import SEVERITIES
from common.venues import zone
from dashboard.bars import BAR_NS, CLOSE, HIGH, LOW, START, VOLUME, coarser, width_s
from dashboard.clock import clock_text, span_text, wall_times
from dashboard.episodes import Shown
from dashboard.kinds import kind_text

_BARS: Final = 500
_MARKS: Final = 300
_PRICE_HEIGHT: Final = 300
_VOLUME_HEIGHT: Final = 130
_EXTENT: Final = 60
"""Width of both y axes in pixels, which fits their numbers and so aligns the time axes of the two charts."""
_TEXT: Final = "#555a66"
_PRICE_AXIS: Final = alt.Axis(minExtent=_EXTENT, maxExtent=_EXTENT, tickCount=5, labelColor=_TEXT)
_VOLUME_AXIS: Final = alt.Axis(
    minExtent=_EXTENT, maxExtent=_EXTENT, tickCount=3, tickMinStep=1, format="~s", labelColor=_TEXT
)
_PADDING: Final = 5
_SMALL: Final[dict[str, Any]] = {"fontSize": 12, "fontWeight": "normal", "offset": 2}
_RIM_WIDTH: Final = 0.6
_BAR: Final = "#708d9c"
_COLORS: Final = ("#a88400", "#d9690f", "#c81d34", "#6d1246")
"""Each stands out from white by 3 to 1 at least, text by 4.5 to 1 (WCAG 2.2, 1.4.3 and 1.4.11)."""
_SHAPES: Final = ("circle", "triangle-up", "square", "diamond")
_SIZES: Final = (60, 110, 100, 190)


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
    width = width_s(bars, _BARS)
    shown = coarser(bars, width)
    begins = shown[:, START] // width * width
    first, last = wall_times(_ns(bars[[0, -1], START]), where)
    dated = first.date() != last.date()
    days = " to ".join(dict.fromkeys(f"{time:%Y-%m-%d}" for time in (first, last))) + f", {where.key}"
    frame = pd.DataFrame(
        {
            "time": wall_times(_ns(shown[:, START]), where),
            "begin": wall_times(_ns(begins), where),
            "end": wall_times(_ns(begins + width), where),
            "price": shown[:, CLOSE],
            "low": shown[:, LOW],
            "high": shown[:, HIGH],
            "volume": shown[:, VOLUME],
        }
    )
    first_ns, end_ns = int(shown[0, START]) * BAR_NS, (int(bars[-1, START]) + 1) * BAR_NS
    marks = [shown for shown in reversed(episodes) if first_ns <= shown.gravest.trade.ts_event < end_ns]
    times = alt.Axis(
        format="%b %d %H:%M" if dated else "%H:%M:%S",
        labelOverlap=True,
        labelBound=True,
        labelFlush=False,
        labelColor=_TEXT,
    )
    scale = alt.Scale(type="utc", domain=[_utc(frame["begin"].iloc[0]), _utc(frame["end"].iloc[-1])], padding=_PADDING)
    # The gravest come last: marks drawn later cover the others.
    marks = sorted(marks, key=lambda shown: SEVERITIES.index(shown.gravest.severity))[-_MARKS:]
    x = alt.X("time:T", title=None, scale=scale, axis=times)
    y = alt.Y("price:Q", title=None, axis=_PRICE_AXIS, scale=alt.Scale(zero=False))
    base = alt.Chart(frame)
    span = base.mark_rule(color=_BAR).encode(x=x, y=alt.Y("low:Q", title=None, axis=_PRICE_AXIS), y2="high:Q")
    line = base.mark_line(color="#2a6f97", strokeWidth=1.2, interpolate="step-after").encode(x=x, y=y)
    x_volume = alt.X("begin:T", title=None, scale=scale, axis=times)
    y_volume = alt.Y("volume:Q", title=None, axis=_VOLUME_AXIS)
    volume = (
        base.mark_bar(color=_BAR)
        .encode(x=x_volume, x2="end:T", y=y_volume, y2=alt.datum(0))
        .properties(
            height=_VOLUME_HEIGHT,
            title=alt.Title(f"Volume per {span_text(width)}", **_SMALL),
            description=f"Volume of {symbol} per {span_text(width)}, {days}.",
        )
    )
    title = alt.Title(symbol, subtitle=days)
    points = _marked(marks, where, x, y, dated=dated)
    price = (span + line + points).properties(
        height=_PRICE_HEIGHT, title=title, description=f"Price of {symbol}, {days}. Anomalies marked: {len(marks)}."
    )
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


def _ns(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    return seconds.astype(np.int64) * BAR_NS


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
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        labelColor=_TEXT,
        symbolOpacity=1,
        # Streamlit's theme would draw the white rim so wide that it covers the symbol.
        symbolStrokeWidth=_RIM_WIDTH,
    )
    # With the same field and legend, Vega-Lite draws one legend for all three.
    color, shape, size = (
        channel("severity:N", scale=alt.Scale(domain=list(SEVERITIES), range=list(looks)), legend=legend)
        for channel, looks in ((alt.Color, _COLORS), (alt.Shape, _SHAPES), (alt.Size, _SIZES))
    )
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("at", "kind", "why", "price", "size", "severity", "alerts")]
    return (
        alt.Chart(frame)
        .mark_point(filled=True, opacity=0.95, stroke="white", strokeWidth=_RIM_WIDTH)
        .encode(x=x, y=y, color=color, shape=shape, size=size, tooltip=tooltip)
    )
