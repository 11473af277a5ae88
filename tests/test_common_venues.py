"""One table of venues' time zones, for sessions and for the page."""

import datetime as dt

import pytest

from common.venues import zone
from detector.sessions import Sessions

US_VENUES = (
    "XNAS XNYS ARCX XASE XBOS XPSX XCHI XCIS IEXG MEMX BATS BATY EDGA EDGX EPRL LTSE TXSE 24EQ OCEA XADF "
    "FINN FINC FINY XOFF CTA UTP EQUS DBEQ ASPN ASMT ASPI"
)
SESSIONS = [
    *((venue, "America/New_York", dt.time(9, 30), 6.5) for venue in US_VENUES.split()),
    *((venue, "America/Chicago", dt.time(17), 23.0) for venue in ("GLBX", "XCME", "XCBT", "XNYM", "XCEC")),
    *((venue, "Asia/Kolkata", dt.time(9, 15), 6.25) for venue in ("XNSE", "NSE")),
]


@pytest.mark.parametrize(("venue", "name", "opens", "hours"), SESSIONS)
def test_the_page_shows_the_clock_by_which_the_session_opens(
    venue: str, name: str, opens: dt.time, hours: float
) -> None:
    where = zone(venue)
    opening = dt.datetime.combine(dt.date(2024, 3, 12), opens, where)

    assert where.key == name
    assert Sessions().of(venue, int(opening.timestamp()) * 10**9, ord("B"))[1] == hours * 3_600
