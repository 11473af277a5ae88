"""The files that are played as one: in time order, from where earlier runs got to, and only while unchanged."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from common.batch import TradeBatch
from common.decode import Rejected
from common.decode.merge import concatenate, take
from common.errors import IntegrityError
from producer.playlist import Entry, Playlist
from producer.progress import Progress
from producer.settings import ProducerSettings
from tests import dbn


def playlist(*paths: Path, salvage: bool = False, **settings: Any) -> Playlist:
    return Playlist(list(paths), ProducerSettings(**settings), salvage=salvage)


def prices(batches: list[TradeBatch]) -> list[float]:
    return [price for batch in batches for price in batch.price.tolist()]


def ignore(_entry: Entry, _rejected: Rejected) -> None:
    return


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two files whose prints alternate."""
    records = dbn.trades(200)
    return dbn.write(tmp_path / "a.dbn", records[::2]), dbn.write(tmp_path / "b.dbn", records[1::2])


def test_files_are_merged_in_time_order(files: tuple[Path, Path]) -> None:
    assert prices(list(playlist(*files).play(ignore))) == [100 + number / 100 for number in range(200)]


@pytest.mark.parametrize("count", [0, 1, 2, 77, 199, 200])
def test_any_point_can_be_resumed(files: tuple[Path, Path], count: int) -> None:
    whole = prices(list(playlist(*files).play(ignore)))
    begun = playlist(*files)
    batch = concatenate(list(begun.play(ignore)))
    begun.advance(take(batch, slice(0, count)))

    resumed = playlist(*files)
    resumed.resume({entry.key: entry.progress for entry in begun.entries})

    assert resumed.trades == count
    assert prices(list(resumed.play(ignore))) == whole[count:]


def test_a_finished_file_is_left_out_and_what_earlier_runs_published_is_known(files: tuple[Path, Path]) -> None:
    resumed = playlist(*files)
    one, two = resumed.entries
    begun = {
        one.key: replace(one.progress, next_record=100, trades=100, finished=True),
        two.key: replace(two.progress, next_record=40, trades=40),
    }
    resumed.resume(begun)

    assert resumed.unfinished() == [two]
    assert prices(list(resumed.play(ignore))) == [100 + number / 100 for number in range(81, 200, 2)]
    assert one.source is None  # It is not read again.
    assert [entry.resumed for entry in resumed.entries] == [100, 40]
    assert not resumed.seen_whole(60)
    assert playlist(*files).seen_whole(200)
    assert (playlist(*files, limit=5).seen_whole(5), playlist(*files, limit=6).seen_whole(5)) == (False, True)


def test_a_resumed_selection_counts_its_own_trades(files: tuple[Path, Path]) -> None:
    begun = playlist(*files, symbols="BBB", limit=10)
    batch = concatenate(list(begun.play(ignore)))
    begun.advance(batch)

    resumed = playlist(*files, symbols="BBB", limit=12)
    resumed.resume({entry.key: entry.progress for entry in begun.entries})

    assert (begun.limit_reached, resumed.limit_reached) == (True, False)
    assert prices(list(resumed.play(ignore))) == [100.31, 100.34]


def test_dead_letters_of_earlier_runs_are_not_repeated(tmp_path: Path) -> None:
    records = [dbn.trade(number, price=dbn.UNDEF_PRICE) for number in range(5)]
    path = dbn.write(tmp_path / "bad.dbn", records)
    resumed = playlist(path)
    resumed.resume({resumed.entries[0].key: Progress("bad.dbn", "", "", rejected=3)})
    seen: list[int] = []

    assert list(resumed.play(lambda _entry, rejected: seen.append(rejected.record))) == []

    assert seen == [3, 4]


def test_the_name_depends_on_content_and_selection_alone(files: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = files
    name = playlist(one, two).name

    assert playlist(two, one).name == name
    assert playlist(one.rename(tmp_path / "c.dbn"), two, speed="5", limit=3).name == name
    assert playlist(two).name != name
    assert playlist(tmp_path / "c.dbn", two, symbols="AAA").name != name


def test_salvage_goes_on_from_the_progress_without_it(files: tuple[Path, Path]) -> None:
    assert playlist(*files, salvage=True).keys == playlist(*files).keys


def test_a_file_given_twice_is_played_once(files: tuple[Path, Path]) -> None:
    assert len(playlist(files[0], files[0]).entries) == 1


def test_a_cut_file_is_refused_by_the_check(files: tuple[Path, Path]) -> None:
    files[1].write_bytes(files[1].read_bytes()[:-1])

    with pytest.raises(IntegrityError, match=r"b\.dbn.*99 records before the fault are good.*--salvage"):
        playlist(*files).check()
    playlist(*files, salvage=True).check()


def test_a_file_that_changes_while_it_is_played_is_refused(files: tuple[Path, Path]) -> None:
    listed = playlist(files[0])
    files[0].write_bytes(files[0].read_bytes() + dbn.trade(999))

    with pytest.raises(IntegrityError, match="changed"):
        listed.check()
    with pytest.raises(IntegrityError, match="changed"):
        list(listed.play(ignore))


def test_a_file_that_grows_behind_its_last_print_is_told(files: tuple[Path, Path]) -> None:
    playing = playlist(files[0]).play(ignore)
    assert len(next(playing)) == 100
    with files[0].open("ab") as file:
        file.write(dbn.trade(999))

    with pytest.raises(IntegrityError, match="changed"):
        list(playing)


def test_nothing_that_was_added_to_a_file_while_it_was_played_is_published(tmp_path: Path) -> None:
    path = dbn.write(tmp_path / "growing.dbn", dbn.trades(200_000))
    listed = playlist(path)
    listed.check()
    playing = listed.play(ignore)
    seen = prices([next(playing)])
    with path.open("ab") as file:
        file.write(b"".join(dbn.trade(200_000 + number, price=9_999_000_000_000) for number in range(1_000)))

    with pytest.raises(
        IntegrityError, match=r"growing\.dbn: .* changed .*; its [1-9]\d* records so far are good; start again"
    ):
        seen += prices(list(playing))

    assert 0 < len(seen) <= 200_000
    assert max(seen) < 9_999


def test_a_manifest_that_disagrees_is_overruled_by_salvage_only(files: tuple[Path, Path]) -> None:
    files[0].with_name("manifest.json").write_bytes(b'{"files": [{"filename": "a.dbn", "size": 1}]}')

    with pytest.raises(IntegrityError, match="manifest"):
        playlist(*files)
    assert len(playlist(*files, salvage=True).entries) == 2
