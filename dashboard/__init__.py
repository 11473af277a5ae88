"""The live dashboard, a Streamlit page."""
