"""What single cells of a table may hold."""

from pathlib import Path

import pytest

from common.errors import IntegrityError
from tests.dbn import prints


@pytest.mark.parametrize("cell", ["now", "today", "NaT", "None"])
@pytest.mark.parametrize("column", ["ts_event", "ts_recv"])
def test_a_word_is_no_time(tmp_path: Path, cell: str, column: str) -> None:
    path = tmp_path / "day.csv"
    cells = {"ts_event": "2024-03-01T10:00:00Z", "ts_recv": "2024-03-01T10:00:00Z"}
    rows = [cells, cells | {"ts_recv": ""}, cells | {column: cell}]
    lines = [f"{row['ts_event']},{row['ts_recv']},1.5,10,A\n" for row in rows]
    path.write_text("ts_event,ts_recv,price,size,symbol\n" + "".join(lines))

    with pytest.raises(IntegrityError, match=rf"day\.csv: line 4: column {column} holds '{cell}'.* 2 records"):
        prints(path)
