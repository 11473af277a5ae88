"""The live Streamlit page."""
