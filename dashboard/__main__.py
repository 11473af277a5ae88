"""``python -m dashboard``: serves the page; its feed and health port start before the first viewer connects."""

import argparse
import os
import signal
import sys
from pathlib import Path

from common import cli


def main() -> None:
    """Start the feed, then Streamlit in the same process."""
    parser = argparse.ArgumentParser(
        prog="python -m dashboard",
        description="Serve the live page. Settings come from the environment: .env.example.",
        epilog="example: STREAMLIT_SERVER_PORT=8501 python -m dashboard",
    )
    parser.parse_args()
    # Slow imports belong here, where Ctrl-C is already handled.
    from streamlit.web import cli as streamlit

    from dashboard import hub

    os.environ.setdefault("STREAMLIT_SERVER_ADDRESS", "127.0.0.1")
    # Streamlit stops cleanly on SIGTERM but not on SIGHUP. Under nohup, SIGHUP stays ignored.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda _number, _frame: signal.raise_signal(signal.SIGTERM))
    hub.shared()
    sys.argv = ["streamlit", "run", str(Path(__file__).with_name("app.py"))]
    streamlit.main()


if __name__ == "__main__":
    cli.run("dashboard", main)
