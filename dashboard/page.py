"""The page: filters, figures, charts and tables. Feed text is only passed where it is not interpreted as markup."""

from collections import Counter
from typing import Final

import pandas as pd
import streamlit as st

from common.anomaly import SEVERITIES, Anomaly
from common.venues import zone
from dashboard import table
from dashboard.charts import price_and_volume
from dashboard.clock import moment, zone_text
from dashboard.episodes import by_episode
from dashboard.kinds import KINDS, kind_text
from dashboard.window import MOST_FORGOTTEN, Totals, Window

_ALL: Final = "Most episodes"
_CHARTS: Final = 4
LEARNING_PRINTS: Final = 400
_SILENCE: Final = (
    f"No anomaly to show. The detector is silent while it learns from a symbol's first {LEARNING_PRINTS} prints."
)
RULES: Final = ("high_volume", "surprise", "isolation_forest")


def draw(window: Window, refresh_s: float) -> None:
    """Draw the page for one viewer and redraw it every `refresh_s` seconds."""
    st.title("Trade anomalies", anchor=False)
    st.fragment(_live, run_every=refresh_s)(window)


def _live(window: Window) -> None:
    totals = window.totals()
    if window.trouble:
        st.warning(f"Not connected: {window.trouble}.")
    if not totals.trades:
        st.info("Waiting for data: no trade has arrived yet. The page fills by itself when the producer plays a file.")
        return
    first, second, third, fourth = st.columns(4)
    symbol = first.selectbox("Symbol", _selectable(window), key="symbol")
    rules = second.multiselect("Rules", RULES, key="rules", placeholder="All rules")
    kinds = third.multiselect("Kinds", KINDS, key="kinds", format_func=kind_text, placeholder="All kinds")
    severities = fourth.multiselect("Severities", SEVERITIES[::-1], key="severities", placeholder="All severities")
    chosen = window.busiest(_CHARTS) if symbol == _ALL else [symbol]
    found = window.anomalies(() if symbol == _ALL else chosen, rules, kinds, severities)
    episodes = by_episode(found)
    _figures(totals, len(found), len(episodes))
    # Two charts per row of columns: a narrow window stacks the columns of a row, each with all its content.
    wide = min(2, len(chosen))
    columns = [column for _row in range(0, len(chosen), 2) for column in st.columns(wide)]
    for place, name in enumerate(chosen):
        bars = window.bars(name)
        if len(bars):
            own = [shown for shown in episodes if shown.gravest.trade.symbol == name]
            for kind, chart in zip(
                ("price", "volume"), price_and_volume(name, window.venue(name), bars, own), strict=True
            ):
                columns[place].altair_chart(chart, width="stretch", key=f"{kind}-{place}")
        else:
            columns[place].caption("No prints of this symbol are kept.")
    st.subheader("Latest anomalies", anchor=False)
    if found:
        table.draw(episodes, len(found), moment(totals.latest_ts_event, zone(totals.venue)).date())
        _counts(found)
    else:
        st.caption("No anomaly matches the filters." if rules or kinds or severities else _SILENCE)


def _selectable(window: Window) -> list[str]:
    """Return the selectable symbols, including a selected one that was forgotten: Streamlit would reset the choice."""
    selected = st.session_state.get("symbol", _ALL)
    return [_ALL, *sorted({*window.symbols(), selected} - {_ALL})]


def _figures(totals: Totals, shown: int, episodes: int) -> None:
    hidden = shown < totals.anomalies
    latest = moment(totals.latest_ts_event, zone(totals.venue))
    figures = (
        ("Trades", f"{totals.trades:,}"),
        ("Trades a second", f"{totals.trades_per_s:,.0f}"),
        ("Anomalies", f"{shown:,} of {totals.anomalies:,}" if hidden else f"{shown:,}"),
        ("Episodes", f"{episodes:,}"),
        ("Detector lag, messages", "unknown" if totals.lag is None else f"{totals.lag:,}"),
        (f"Market clock, {zone_text(latest)}", f"{latest:%Y-%m-%d %H:%M:%S}"),
    )
    # A row that wraps: columns would cut off wide values.
    row = st.container(horizontal=True, gap="medium")
    for label, value in figures:
        row.metric(label, value, width="content")
    if totals.unreadable:
        remedy = "`python -m common.deadletters list` names them"
        st.caption(f"{totals.unreadable:,} messages are not valid and are not shown; {remedy}.")
    if totals.forgotten:
        more = " or more" if totals.forgotten == MOST_FORGOTTEN else ""
        st.caption(f"Symbols without charts, as there are more than DASHBOARD_MAX_SYMBOLS: {totals.forgotten:,}{more}.")


def _counts(found: list[Anomaly]) -> None:
    st.subheader("Episodes by rule and symbol", anchor=False)
    episodes = {(a.trade.symbol, rule, a.episode.episode_id) for a in found for rule in a.rules}
    counts = Counter((symbol, rule) for symbol, rule, _episode in episodes)
    symbols = sorted({symbol for symbol, _rule in counts})
    rows = [{"symbol": symbol} | {rule: counts[symbol, rule] for rule in RULES} for symbol in symbols]
    st.dataframe(pd.DataFrame(rows), width="stretch", hide_index=True)
