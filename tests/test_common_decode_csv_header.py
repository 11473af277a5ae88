"""What the header of a CSV file says about its rows."""

from pathlib import Path

import pytest

from common.errors import InputError, NoTradesSchemaError
from detector.backtest import CSV_COLUMNS
from tests import dbn
from tests.dbn import prints


@pytest.mark.parametrize(
    ("content", "error", "complaint"),
    [
        ("ts_event,open,high,low,close,volume\n1,2,3,4,5,6\n", NoTradesSchemaError, "bars"),
        ("ts_event,price,size,bid_px_00,symbol\n1,2,3,4,A\n", NoTradesSchemaError, "quotes"),
        (",".join(CSV_COLUMNS) + "\n", NoTradesSchemaError, "these are anomalies, not prints"),
        ("ts_event,symbol\n1,A\n", NoTradesSchemaError, "no column price, size"),
        ("ts_event,price,price,size,symbol\n1,2,2,3,A\n", InputError, "column price appears more than once"),
        ("ts_event,price,size\n1,2,3\n", InputError, "neither a column symbol nor instrument_id"),
    ],
)
def test_other_tables_are_refused(tmp_path: Path, content: str, error: type[Exception], complaint: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(content)

    with pytest.raises(error, match=complaint):
        prints(path)


def test_a_byte_order_mark_before_a_quoted_header_hides_no_column(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    header = '\ufeff"ts_recv","ts_event","price","size","symbol"'
    path.write_text(f'{header}\n"{dbn.DAY_NS + 7}","{dbn.DAY_NS}","1.5","1","A"\n')

    assert [trade.ts_recv for trade in prints(path)] == [dbn.DAY_NS + 7]
