"""What training reads, and what it leaves behind if it fails."""

import hashlib
import os
from io import BufferedReader
from pathlib import Path

import pytest

from detector.train import described, read
from tests import dbn
from tests.processes import detector as run


def test_a_file_that_is_named_twice_is_trained_on_once(tmp_path: Path) -> None:
    days = tmp_path / "days"
    days.mkdir()
    one, two = (dbn.write(days / f"{name}.dbn", dbn.trades(count)) for name, count in (("one", 10), ("two", 20)))
    (tmp_path / "link.dbn").symlink_to(one)

    def counts(*paths: Path) -> list[tuple[str, int]]:
        return [(stream.name, sum(map(len, stream.batches))) for stream in read(list(paths), salvage=False)]

    assert counts(two, one) == [("two.dbn", 20), ("one.dbn", 10)]
    assert counts(days) == [("days", 30)]
    assert counts(one, tmp_path / "link.dbn", one) == [("one.dbn", 10)]
    assert counts(days, one, days) == [("days", 30)]
    assert counts(one, days) == [("one.dbn", 10), ("days", 20)]
    (tmp_path / "copy.dbn").write_bytes(one.read_bytes())
    assert counts(tmp_path / "copy.dbn", days) == [("copy.dbn", 10), ("days", 20)]


def test_the_current_folder_is_named_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dbn.write(tmp_path / "one.dbn", dbn.trades(10))
    monkeypatch.chdir(tmp_path)

    assert [stream.name for stream in read([Path(), Path("..", tmp_path.name)], salvage=False)] == [tmp_path.name]


def test_a_file_is_hashed_once_and_only_beside_another_of_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = {"one": 10, "two": 10, "three": 20}
    paths = [dbn.write(tmp_path / f"{name}.dbn", dbn.trades(count)) for name, count in counts.items()]
    paths[1].write_bytes(paths[1].read_bytes()[:-1] + b"\x01")
    hashed = []
    digest = hashlib.file_digest

    def counting(file: BufferedReader, name: str) -> object:
        hashed.append(Path(file.name).name)
        return digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", counting)

    assert [sum(map(len, stream.batches)) for stream in read([tmp_path], salvage=False)] == [40]
    assert sorted(hashed) == ["one.dbn", "two.dbn"]


def test_the_card_names_files_in_utf_8_whatever_their_names_are(tmp_path: Path) -> None:
    path = dbn.write(tmp_path / os.fsdecode(b"t\xe4g.dbn"), dbn.trades(10))
    (stream,) = read([path], salvage=False)

    assert described(stream)["file"] == r"t\xe4g.dbn"


def test_a_mistyped_input_leaves_no_folder_behind(tmp_path: Path) -> None:
    done = run("train", tmp_path / "gone.dbn", "--output", tmp_path / "models/mine")

    assert done.returncode == 3
    assert "gone.dbn" in done.stderr
    assert list(tmp_path.iterdir()) == []
