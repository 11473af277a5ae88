"""Time zones of venues: whose clock opens and closes a session, and which clock the dashboard shows."""

from typing import Final
from zoneinfo import ZoneInfo

_ZONES: Final = {
    "America/New_York": (
        "XNAS XNYS ARCX XASE XBOS XPSX XCHI XCIS IEXG MEMX BATS BATY EDGA EDGX EPRL LTSE TXSE 24EQ OCEA XADF "
        "FINN FINC FINY XOFF CTA UTP EQUS DBEQ ASPN ASMT ASPI IFUS XCBO AMXO XPHL XISX MXOP OPRA"
    ),
    "America/Chicago": "GLBX XCME XCBT XNYM XCEC XCBF",
    "Europe/London": "IFEU",
    "Europe/Amsterdam": "NDEX",
    "Europe/Berlin": "XEUR XEER",
    "Asia/Kolkata": "XNSE NSE XBOM BSE",
}
_ZONE_OF: Final = {venue: name for name, venues in _ZONES.items() for venue in venues.split()}


def zone(venue: str) -> ZoneInfo:
    """Return the time zone of a venue; UTC for an unknown one.

    >>> zone("XNAS").key, zone("GLBX").key, zone("?").key
    ('America/New_York', 'America/Chicago', 'UTC')
    """
    return ZoneInfo(_ZONE_OF.get(venue, "UTC"))
