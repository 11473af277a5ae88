"""Binary layouts of the DBN records that can carry prints; DBN versions 1 to 3 share them.

Source: the Databento Binary Encoding, "Message types".
"""

from typing import Final

import numpy as np

WORD_BYTES: Final = 4
"""Unit of the record length in a record's first byte."""

_HEADER: Final = [("length", 0, "u1"), ("rtype", 1, "u1"), ("publisher_id", 2, "<u2"), ("instrument_id", 4, "<u4")]

_MBP: Final = [
    *_HEADER,
    ("ts_event", 8, "<u8"),
    ("price", 16, "<i8"),
    ("size", 24, "<u4"),
    ("action", 28, "u1"),
    ("side", 29, "u1"),
    ("flags", 30, "u1"),
    ("ts_recv", 32, "<u8"),
]
_MBP_SEQUENCED: Final = [*_MBP, ("sequence", 44, "<u4")]
_MBO: Final = [
    *_HEADER,
    ("ts_event", 8, "<u8"),
    ("price", 24, "<i8"),
    ("size", 32, "<u4"),
    ("flags", 36, "u1"),
    ("action", 38, "u1"),
    ("side", 39, "u1"),
    ("ts_recv", 40, "<u8"),
    ("sequence", 52, "<u4"),
]

_FIELDS: Final = {
    0x00: (_MBP_SEQUENCED, 48),  # trades
    0x01: (_MBP_SEQUENCED, 80),  # mbp-1, tbbo
    0x0A: (_MBP_SEQUENCED, 368),  # mbp-10
    0xA0: (_MBO, 56),  # mbo
    0xB1: (_MBP, 80),  # cmbp-1
    0xC2: (_MBP, 80),  # tcbbo
}
SYMBOL_MAPPING: Final = 0x16
PRINT_SCHEMAS: Final = ("trades", "tbbo", "tcbbo", "mbp-1", "mbp-10", "cmbp-1", "mbo")
_HEADER_BYTES: Final = 16
_TS_OUT_BYTES: Final = 8
KNOWN_RTYPES: Final = (
    frozenset(_FIELDS)
    | {0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18}
    | {
        *range(0x20, 0x25),
        *range(0xC0, 0xC5),
    }
)
UNDEF_PRICE: Final = 2**63 - 1
UNDEF_TIMESTAMP: Final = 2**64 - 1
F_BAD_TS_RECV: Final = 1 << 3
PRICE_SCALE: Final = 1e9
TRADE_ACTION: Final = ord("T")


def layout(rtype: int, record_bytes: int) -> np.dtype[np.void] | None:
    """Return the layout of a record type at its actual length, or None if the type carries no prints.

    Parameters
    ----------
    rtype : int
        The record's type byte.
    record_bytes : int
        Its length; longer than the layout if the file carries ``ts_out``.
    """
    fields, _shortest = _FIELDS.get(rtype, ((), 0))
    if not fields:
        return None
    names, offsets, formats = zip(*fields, strict=True)
    return np.dtype({"names": names, "offsets": offsets, "formats": formats, "itemsize": record_bytes})


def fits(rtype: int, record_bytes: int) -> bool:
    """Return whether a record of this type can have this length; those with prints are longer only by ``ts_out``."""
    if rtype in _FIELDS:
        return record_bytes - _FIELDS[rtype][1] in (0, _TS_OUT_BYTES)
    return rtype in KNOWN_RTYPES and record_bytes >= _HEADER_BYTES
