"""A folder for the data and logs of one run."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common.errors import SettingError


@contextmanager
def workplace(prefix: str) -> Iterator[Path]:
    """Provide a folder for data and logs; after a failure it is kept, and its path is printed."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    failed = True
    try:
        yield folder
        failed = False
    except (KeyboardInterrupt, SettingError):
        failed = False
        raise
    finally:
        if failed:
            sys.stderr.write(f"The logs are kept in {folder}\n")
        else:
            shutil.rmtree(folder, ignore_errors=True)
