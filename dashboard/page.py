"""The page: filters, figures, charts and the table. Text from the feed goes only where it is not interpreted."""

from collections import Counter
from datetime import date
from typing import Final

import pandas as pd
import streamlit as st

from common.anomaly import Anomaly
from dashboard.charts import price_and_volume
from dashboard.clock import clock_text, moment, zone
from dashboard.window import Totals, Window

_ALL: Final = "Busiest symbols"
_CHARTS: Final = 4
_ROWS: Final = 200
_TABLE_HEIGHT: Final = 435
_ROW_HEIGHT: Final = 66
"""Pixels; in rows of more than 64, Streamlit wraps a text that is wider than its column instead of cutting it."""
RULES: Final = ("high_volume", "surprise", "isolation_forest")


def draw(window: Window, refresh_s: float) -> None:
    """Draw the page for one viewer, again every `refresh_s` seconds."""
    st.title("Trade anomalies", anchor=False)
    st.fragment(_live, run_every=refresh_s)(window)


def _live(window: Window) -> None:
    totals = window.totals()
    if window.trouble:
        st.warning(f"Not connected: {window.trouble}.")
    if not totals.trades:
        st.info("Waiting for data: no trade has arrived yet. The page fills by itself when the producer plays a file.")
        return
    left, right = st.columns(2)
    symbol = left.selectbox("Symbol", [_ALL, *window.symbols()], key="symbol")
    rules = right.multiselect("Rules", RULES, key="rules", placeholder="All rules")
    chosen = window.busiest(_CHARTS) if symbol == _ALL else [symbol]
    found = window.anomalies(() if symbol == _ALL else chosen, rules)
    _figures(totals, len(found))
    columns = st.columns(2 if len(chosen) > 1 else 1)
    for place, name in enumerate(chosen):
        bars = window.bars(name)
        if len(bars):
            own = [anomaly for anomaly in found if anomaly.trade.symbol == name]
            for kind, chart in zip(
                ("price", "volume"), price_and_volume(name, window.venue(name), bars, own), strict=True
            ):
                columns[place % len(columns)].altair_chart(chart, width="stretch", key=f"{kind}-{place}")
    _table(found, moment(totals.latest_ts_event, zone(totals.venue)).date())
    if found:
        _counts(found)


def _figures(totals: Totals, shown: int) -> None:
    latest = clock_text(totals.latest_ts_event, zone(totals.venue))
    figures = (
        ("Trades", f"{totals.trades:,}"),
        ("Trades a second", f"{totals.trades_per_s:,.0f}"),
        ("Anomalies", f"{totals.anomalies:,}"),
        ("Anomalies shown", f"{shown:,}"),
        ("Detector lag, messages", "unknown" if totals.lag is None else f"{totals.lag:,}"),
        ("Market clock", latest[:8]),
    )
    # In a row that wraps: columns would cut what is wider than they are.
    row = st.container(horizontal=True, gap="medium")
    for label, value in figures:
        row.metric(label, value, width="content")
    if totals.unreadable:
        st.caption(f"{totals.unreadable:,} messages fit no contract and are not shown.")


def _table(found: list[Anomaly], today: date) -> None:
    st.subheader("Latest anomalies", anchor=False)
    if not found:
        st.caption("None so far.")
        return
    listed = found[:_ROWS]
    dated = any(moment(a.trade.ts_event, zone(a.trade.venue)).date() != today for a in listed)
    rows = [
        {
            "time": clock_text(a.trade.ts_event, zone(a.trade.venue), dated=dated),
            "symbol": a.trade.symbol,
            "kind": a.kind.replace("_", " "),
            "why": a.summary,
            "price": float(a.trade.price),
            "size": a.trade.size,
            "score": round(a.score, 3),
            "severity": a.severity,
            "rules": ", ".join(a.rules),
            "episode": f"{a.episode.episode_id[:6]} ({a.episode.count})",
        }
        for a in listed
    ]
    st.dataframe(pd.DataFrame(rows), width="stretch", hide_index=True, height=_TABLE_HEIGHT, row_height=_ROW_HEIGHT)


def _counts(found: list[Anomaly]) -> None:
    st.subheader("Counts by rule and symbol", anchor=False)
    counts = Counter((a.trade.symbol, rule) for a in found for rule in a.rules)
    symbols = sorted({symbol for symbol, _rule in counts})
    rows = [{"symbol": symbol} | {rule: counts[symbol, rule] for rule in RULES} for symbol in symbols]
    st.dataframe(pd.DataFrame(rows), width="stretch", hide_index=True)
