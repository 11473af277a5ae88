"""Checks a CA file before a client uses it: the clients' own error messages about it do not help."""

import ssl
from pathlib import Path

from common.errors import SettingError


def check(variable: str, path: Path) -> None:
    """Check that a file holds certificates.

    Parameters
    ----------
    variable : str
        The setting that names the file; used in the error message.
    path : Path
        The file.

    Raises
    ------
    SettingError
        If it cannot be read or holds no PEM certificate.
    """
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError as error:
        raise SettingError(f"{variable}={path}: holds no certificate in PEM format ({error.reason})") from None
    except OSError as error:
        raise SettingError(f"{variable}={path}: cannot be read ({error.strerror})") from None
