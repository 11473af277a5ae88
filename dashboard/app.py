"""The script that ``streamlit run dashboard/app.py`` runs for each viewer."""

import sys
from pathlib import Path

import streamlit as st

if (_root := str(Path(__file__).parent.parent)) not in sys.path:
    sys.path.insert(0, _root)  # Streamlit adds only the folder of this file.

from common.errors import PipelineError
from dashboard import hub, page

st.set_page_config(page_title="Trade anomalies", page_icon="📈", layout="wide")
try:
    feed = hub.shared()
except PipelineError as error:
    st.error("A setting is wrong:")
    st.text(str(error))
    st.stop()
page.draw(feed.window, feed.settings.refresh_s)
