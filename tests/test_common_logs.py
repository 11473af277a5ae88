"""A line of the log is one line, whatever stands in a string of the feed."""

import logging
from collections.abc import Iterator

import pytest

from common import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("AAPL", "AAPL"),
        ("日本 Ünï", "日本 Ünï"),
        ("A\n2026-01-01T00:00:00.000Z ERROR forged", "A\\n2026-01-01T00:00:00.000Z ERROR forged"),
        ("A\r\x1b[31mB\x00", "A\\r\\x1b[31mB\\x00"),
        ("\u202eA\u2028B", "\\u202eA\\u2028B"),
    ],
)
def test_a_string_forges_no_line(capfd: pytest.CaptureFixture[str], text: str, shown: str) -> None:
    logs.configure("test")

    logging.getLogger("test").info("A symbol. symbol=%s", text)

    lines = capfd.readouterr().err.split("\n")
    assert len(lines) == 2
    assert lines[0].endswith(f"Z INFO    test: A symbol. symbol={shown}")


def test_a_traceback_keeps_its_lines(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("test")

    try:
        int("x")
    except ValueError:
        logging.getLogger("test").exception("It failed.")

    assert "ValueError: invalid literal" in capfd.readouterr().err
