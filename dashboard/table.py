"""The table of episodes. Text from the feed goes only where it is not interpreted."""

from datetime import date
from typing import Final

import pandas as pd
import streamlit as st

from dashboard.clock import clock_text, moment, zone
from dashboard.episodes import Shown

_ROWS: Final = 200
_HEIGHT: Final = 435
_ROW_HEIGHT: Final = 66
"""Pixels; in rows of more than 64, Streamlit wraps a text that is wider than its column instead of cutting it."""


def draw(episodes: list[Shown], alerts: int, today: date) -> None:
    """Draw the newest episodes.

    Parameters
    ----------
    episodes : list of Shown
        Newest first.
    alerts : int
        How many alerts these episodes were made of.
    today : date
        Of the market clock; where everything is of that day, times are shown without it.
    """
    st.subheader("Latest anomalies", anchor=False)
    if not episodes:
        st.caption("None so far.")
        return
    listed = episodes[:_ROWS]
    st.caption(_extent(len(listed), len(episodes), alerts))
    st.dataframe(_frame(listed, today), width="stretch", hide_index=True, height=_HEIGHT, row_height=_ROW_HEIGHT)


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
            "symbol": [a.trade.symbol for a in anomalies],
            "kind": [a.kind.replace("_", " ") for a in anomalies],
            "why": [a.summary for a in anomalies],
            "price": [float(a.trade.price) for a in anomalies],
            "size": [a.trade.size for a in anomalies],
            "score": [round(a.score, 3) for a in anomalies],
            "severity": [a.severity for a in anomalies],
            "rules": [", ".join(a.rules) for a in anomalies],
            "alerts": [shown.alerts for shown in episodes],
        }
    )
