"""The sample session and the script that makes it."""

from pathlib import Path
from typing import Final

SAMPLE: Final = Path(__file__).with_name("sample.trades.dbn.zst")
