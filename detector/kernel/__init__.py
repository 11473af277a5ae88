"""The compiled kernel: one symbol's state and one print in, features and scores out."""

import hashlib
import os
from pathlib import Path

import numba

# Numba's cache checks only the file of the outermost function: a change to a function that it calls in another file
# would go unnoticed. One cache folder per state of the sources rules out stale code.
_sources = [*Path(__file__).parent.glob("*.py"), *(Path(__file__).parents[1] / "detectors").glob("*.py")]
_digest = hashlib.blake2b(b"".join(path.read_bytes() for path in sorted(_sources)), digest_size=8).hexdigest()
_cache = Path(os.environ.get("NUMBA_CACHE_DIR") or Path(__file__).parent / "__pycache__")
numba.config.CACHE_DIR = str(_cache / _digest)  # type: ignore[attr-defined]
