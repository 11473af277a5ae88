"""The table of episodes. Feed text is only passed where it is not interpreted as markup."""

from datetime import date
from typing import Final

import pandas as pd
import streamlit as st

from common.anomaly import SEVERITIES, Anomaly
from common.venues import zone
from dashboard.clock import clock_text, moment
from dashboard.episodes import Shown
from dashboard.kinds import kind_text

_ROWS: Final = 200
_HEIGHT: Final = 435
_ROW_HEIGHT: Final = 66
"""Pixels; in rows higher than 64, Streamlit wraps text that is wider than its column instead of cutting it off."""

_PRICE: Final = "%.12g"
"""Number format; by default, Streamlit rounds to four decimals."""

_TABLE: Final = "episodes"
_LISTED: Final = "listed"
_SELECTED: Final = "selected"
"""Keys in a viewer's session: the table, the episodes in its rows, and the selected episode."""


def draw(episodes: list[Shown], alerts: int, today: date) -> None:
    """Draw the newest episodes.

    Parameters
    ----------
    episodes : list of Shown
        Newest first; at least one.
    alerts : int
        Total number of alerts in these episodes.
    today : date
        Date of the market clock; if all rows are of that day, times are shown without the date.
    """
    listed = episodes[:_ROWS]
    st.caption(_extent(len(listed), len(episodes), alerts))
    _keep_selection(listed)
    st.dataframe(
        _frame(listed, today),
        key=_TABLE,
        width="stretch",
        hide_index=True,
        height=_HEIGHT,
        row_height=_ROW_HEIGHT,
        column_config={"price": st.column_config.NumberColumn(format=_PRICE)},
        on_select=_select,
        selection_mode="single-row",
    )
    if (place := _selected_place(listed)) is None:
        st.caption("Select a row at its left edge to read its reasons.")
    else:
        _reasons(listed[place].gravest)


def _select() -> None:
    """Remember which episode was selected: the table itself only knows the row number."""
    rows = st.session_state[_TABLE].selection.rows
    st.session_state[_SELECTED] = st.session_state[_LISTED][rows[0]] if rows else None


def _keep_selection(listed: list[Shown]) -> None:
    """Move the selection to the current row of the selected episode."""
    st.session_state[_LISTED] = [_identity(shown) for shown in listed]
    place = _selected_place(listed)
    rows = [] if place is None else [place]
    if _TABLE in st.session_state and list(st.session_state[_TABLE].selection.rows) != rows:
        st.session_state[_TABLE] = {"selection": {"rows": rows}}


def _selected_place(listed: list[Shown]) -> int | None:
    chosen = st.session_state.get(_SELECTED)
    return next((place for place, shown in enumerate(listed) if _identity(shown) == chosen), None)


def _identity(shown: Shown) -> tuple[str, str]:
    return shown.gravest.trade.symbol, shown.gravest.episode.episode_id


def _reasons(anomaly: Anomaly) -> None:
    st.text(anomaly.summary)
    st.text("\n".join(f"{reason.contribution:.3f}  {reason.feature}: {reason.text}" for reason in anomaly.reasons))
    st.code(f"python -m detector explain {anomaly.anomaly_id} FILE", language=None)


def _extent(listed: int, episodes: int, alerts: int) -> str:
    whole = f"{episodes:,} episode{'s'[: episodes > 1]}, {alerts:,} alert{'s'[: alerts > 1]}"
    part = f"The newest {listed:,} of {whole}" if listed < episodes else whole
    return f"{part}. Each episode is shown by its gravest alert."


def _frame(episodes: list[Shown], today: date) -> pd.DataFrame:
    anomalies = [shown.gravest for shown in episodes]
    dated = any(moment(a.trade.ts_event, zone(a.trade.venue)).date() != today for a in anomalies)
    return pd.DataFrame(
        {
            "time": [clock_text(a.trade.ts_event, zone(a.trade.venue), dated=dated) for a in anomalies],
            # Prefixed with its rank, so that a click on the column header sorts by severity.
            "severity": [f"{SEVERITIES.index(a.severity) + 1} {a.severity}" for a in anomalies],
            "symbol": [a.trade.symbol for a in anomalies],
            "kind": [kind_text(a.kind) for a in anomalies],
            "alerts": [shown.alerts for shown in episodes],
            "why": [a.summary for a in anomalies],
            "price": [float(a.trade.price) for a in anomalies],
            "size": [a.trade.size for a in anomalies],
            "score": [round(a.score, 3) for a in anomalies],
            "rules": [", ".join(a.rules) for a in anomalies],
            "anomaly_id": [a.anomaly_id for a in anomalies],
        }
    )
