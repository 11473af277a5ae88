"""What the health port of a service says."""

import urllib.error
import urllib.request

from local.services import Service


def status(service: Service, page: str) -> int:
    """Return the HTTP status of a health page; 0 while there is none."""
    return _answer(service, page)[0]


def not_ready(service: Service) -> str:
    """Return the reason given by ``/readyz``; empty if ready."""
    code, text = _answer(service, "readyz")
    return "" if code == 200 else text


def _answer(service: Service, page: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{service.health}/{page}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, "no answer"
