"""The file of a certificate authority, looked at before a client uses it: what clients say of it is no help."""

import ssl
from pathlib import Path

from common.errors import SettingError


def check(variable: str, path: Path) -> None:
    """Look whether a file holds certificates.

    Parameters
    ----------
    variable : str
        The setting that names the file, for the message.
    path : Path
        The file.

    Raises
    ------
    SettingError
        If it cannot be read, or holds no certificate in PEM.
    """
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError as error:
        raise SettingError(f"{variable}={path}: holds no certificate in PEM ({error.reason})") from None
    except OSError as error:
        raise SettingError(f"{variable}={path}: cannot be read ({error.strerror})") from None
