"""Which files a folder stands for."""

from pathlib import Path

import pytest

from common.decode import distinct, expand, open_file
from common.errors import InputError
from tests import dbn


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    for name in ("b.dbn.zst", "a.csv", "notes.txt", "manifest.json"):
        (tmp_path / name).touch()

    assert [path.name for path in expand([tmp_path])] == ["a.csv", "b.dbn.zst"]


def test_a_folder_stands_for_the_files_of_its_folders_too(tmp_path: Path) -> None:
    for name in ("b.dbn", "XNAS-1/day.dbn.zst", "XNAS-1/manifest.json", "XNAS-1/more/day.csv", ".venv/share/day.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    names = [str(path.relative_to(tmp_path)) for path in expand([tmp_path, tmp_path / "XNAS-1"])]
    assert names == ["XNAS-1/day.dbn.zst", "XNAS-1/more/day.csv", "b.dbn"]


def test_a_copy_of_a_file_is_left_out(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.dbn", "copy.dbn", "same-size.dbn", "other.dbn", "gone.dbn")]
    for path, content in zip(paths, (b"abc", b"abc", b"abd", b"abcd"), strict=False):
        path.write_bytes(content)

    assert [path.name for path in distinct(paths)] == ["a.dbn", "same-size.dbn", "other.dbn", "gone.dbn"]


def test_a_file_beside_its_compressed_form_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name, prints in (("day", 3), ("other", 2), ("cut", 3)):
        dbn.write(tmp_path / f"{name}.dbn", dbn.trades(prints))
        dbn.write(tmp_path / f"{name}.dbn.zst", dbn.trades(3))
    cut = tmp_path / "cut.dbn.zst"
    cut.write_bytes(cut.read_bytes()[:-9])

    names = [path.name for path in (*expand([tmp_path]), *expand([tmp_path]))]

    assert names == ["cut.dbn", "cut.dbn.zst", "day.dbn.zst", "other.dbn", "other.dbn.zst"] * 2
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warnings == [
        f"Skipped the uncompressed copy of another file. file={tmp_path}/day.dbn same_as={tmp_path}/day.dbn.zst"
    ]
    assert expand([tmp_path / "day.dbn", tmp_path / "day.dbn.zst"]) == [tmp_path / "day.dbn", tmp_path / "day.dbn.zst"]


def test_what_comes_beside_the_prints_of_a_download_is_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tables = {
        "symbology.csv": "raw_symbol,instrument_id,date\nAAA,1,2024-03-01\n",
        "bars.csv": "ts_event,open,high,low,close,volume\n1,2,3,4,5,6\n",
        "day.csv.gz": "",
    }
    for name, content in tables.items():
        (tmp_path / name).write_text(content)
    dbn.write(tmp_path / "definition.dbn.zst", [], head=dbn.header("definition"))
    (tmp_path / "._day.dbn.zst").write_bytes(b"a Mac's attributes")
    dbn.write(tmp_path / "DAY.DBN.ZST", dbn.trades(3))
    (tmp_path / "manifest.json").touch()

    assert [path.name for path in (*expand([tmp_path]), *expand([tmp_path]))] == ["DAY.DBN.ZST"] * 2
    left_out = sorted(("bars.csv", "day.csv.gz", "definition.dbn.zst", "symbology.csv"))
    assert sorted(name for name in left_out for line in caplog.messages if f"/{name}" in line) == left_out
    assert len(caplog.messages) == len(left_out)


@pytest.mark.parametrize("name", ["day.dbn", "day.csv"])
def test_what_may_be_damaged_is_not_left_out(tmp_path: Path, name: str) -> None:
    head = {"day.dbn": b"\0\0\0", "day.csv": b"ts_event,pri"}[name]
    (tmp_path / name).write_bytes(head)

    assert expand([tmp_path]) == [tmp_path / name]


def test_a_file_without_prints_that_is_named_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "symbology.csv"
    path.write_text("raw_symbol,instrument_id,date\nAAA,1,2024-03-01\n")

    with pytest.raises(InputError, match=r"symbology\.csv: neither DBN nor Databento CSV"):
        open_file(expand([path])[0])
    with pytest.raises(InputError, match="file in this folder, or none with prints"):
        expand([tmp_path])
