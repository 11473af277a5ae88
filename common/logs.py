"""Logging: a line is a sentence plus ``key=value`` pairs, on standard error, with UTC times."""

import logging
import time


def configure(service: str, level: str = "INFO") -> None:
    """Send the log of a whole process to standard error.

    Parameters
    ----------
    service : str
        Stands in every line.
    level : str
        Name of the lowest level shown.
    """
    layout = f"%(asctime)s.%(msecs)03dZ %(levelname)-7s {service}: %(message)s"
    formatter = logging.Formatter(layout, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("elastic_transport", "elasticsearch", "quixstreams", "urllib3", "databento"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    # Warnings of libraries are errors in the tests, and nothing that a user could act on.
    logging.captureWarnings(capture=True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
