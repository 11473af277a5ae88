"""Output files: written completely or not at all, and never over an input."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.errors import SettingError
from common.output import folder, refuse_overwriting, replacing
from tests import ROOT


def write(path: Path, text: str) -> None:
    with replacing(path) as file:
        file.write(text)


def fail(path: Path, error: BaseException) -> None:
    with replacing(path) as file:
        file.write("half")
        raise error


def test_the_file_is_replaced_at_the_end_alone(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("earlier")
    path.chmod(0o640)

    with replacing(path) as file:
        file.write("é\r\n")
        file.flush()
        assert path.read_text() == "earlier"

    assert path.read_bytes() == "é\r\n".encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt(), FileNotFoundError(2, "gone", "other")])
def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "out"
    path.write_text("earlier")

    with pytest.raises(type(error)):
        fail(path, error)

    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "out")

    write(tmp_path / "link", "text")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "out").read_text() == "text"


@pytest.mark.parametrize(
    ("name", "reason"), [("", "Is a directory"), ("gone/out", "No such file"), ("/dev/full", "No space left on device")]
)
def test_what_cannot_be_written_is_named(tmp_path: Path, name: str, reason: str) -> None:
    path = tmp_path / name
    with pytest.raises(SettingError, match=rf"^{path}: cannot be written \({reason}"):
        write(path, "text")


def test_a_pipe_is_written_to_directly() -> None:
    reader, writer = os.pipe()
    write(Path(f"/dev/fd/{writer}"), "text")

    assert os.read(reader, 100) == b"text"
    os.close(reader)
    os.close(writer)


def test_standard_output_in_a_file_is_added_to(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from common.output import replacing\n"
        "with replacing(Path('/dev/stdout')) as file: file.write('first ')\n"
        "print('second')"
    )
    with (tmp_path / "out").open("w") as out:
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, stdout=out, check=True)

    assert (tmp_path / "out").read_text() == "first second\n"


def test_an_output_that_is_an_input_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").touch()
    (tmp_path / "link").symlink_to(tmp_path / "in")

    with pytest.raises(SettingError, match="link: is read as well"):
        refuse_overwriting(tmp_path / "link", [tmp_path / "gone", tmp_path / "in"])
    refuse_overwriting(tmp_path / "new", [tmp_path / "in"])


def test_a_folder_that_stays_empty_is_removed_with_those_made_for_it(tmp_path: Path) -> None:
    def failing(path: Path) -> None:
        with folder(path):
            assert path.is_dir()
            raise SettingError("mine")

    (tmp_path / "there").mkdir()
    for name in ("new/deep", "there", "there/deep"):
        with pytest.raises(SettingError, match="mine"):
            failing(tmp_path / name)
    assert list(tmp_path.rglob("*")) == [tmp_path / "there"]

    with folder(tmp_path / "kept"):
        (tmp_path / "kept/file").touch()
    assert (tmp_path / "kept/file").exists()


@pytest.mark.parametrize(("name", "reason"), [("file", "File exists"), ("file/x", "Not a dir"), ("/proc/self", "No ")])
def test_a_folder_that_takes_no_file_is_named_at_once(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / name

    with pytest.raises(SettingError, match=rf"^{path}: cannot be written \({reason}"), folder(path):
        pytest.fail("it was used")
