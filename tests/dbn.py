"""Writes small DBN files for tests, and reads trades from files."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import databento_dbn as dbn
import zstandard

from common.decode import open_file
from common.trade import Trade

DAY = dt.date(2024, 3, 1)
DAY_NS = 1_709_251_200_000_000_000
SYMBOLS = {1: "AAA", 2: "BBB", 3: "CCC"}
UNDEF_PRICE = 2**63 - 1


@dataclass
class Interval:
    start_date: dt.date
    end_date: dt.date
    symbol: str


@dataclass
class Mapping:
    raw_symbol: str
    intervals: list[Interval]


def header(
    schema: str = "trades",
    dataset: str = "XNAS.ITCH",
    version: int = 3,
    symbols: dict[int, str] | None = None,
    mappings: list[Mapping] | None = None,
    ts_out: bool = False,
) -> bytes:
    """Return the metadata of a file; its symbols hold for one day unless `mappings` says otherwise."""
    if mappings is None:
        one_day = (DAY, DAY + dt.timedelta(days=1))
        table = SYMBOLS if symbols is None else symbols
        mappings = [Mapping(name, [Interval(*one_day, str(number))]) for number, name in table.items()]
    fields: dict[str, Any] = {
        "dataset": dataset,
        "start": DAY_NS,
        "stype_in": dbn.SType.RAW_SYMBOL,
        "stype_out": dbn.SType.INSTRUMENT_ID,
        "schema": dbn.Schema.from_str(schema),
        "symbols": [mapping.raw_symbol for mapping in mappings],
        "mappings": mappings,
        "ts_out": ts_out,
        "version": version,
    }
    return bytes(dbn.Metadata(**fields))


def trade(number: int, **fields: Any) -> bytes:
    """Return the record of the number-th print: one per millisecond, of three instruments in turn."""
    values: dict[str, Any] = {
        "publisher_id": 2,
        "instrument_id": 1 + number % 3,
        "ts_event": DAY_NS + number * 1_000_000,
        "price": (10_000 + number) * 10_000_000,
        "size": 1 + number % 7,
        "action": dbn.Action.TRADE,
        "side": (dbn.Side.BID, dbn.Side.ASK, dbn.Side.NONE)[number % 3],
        "depth": 0,
        "ts_recv": DAY_NS + number * 1_000_000 + 500,
        "flags": 0,
        "sequence": number,
    }
    return bytes(dbn.TradeMsg(**(values | fields)))


def trades(count: int, first: int = 0) -> list[bytes]:
    """Return the records of several prints."""
    return [trade(number) for number in range(first, first + count)]


def write(path: Path, records: Iterable[bytes], *, head: bytes | None = None, frames: Sequence[int] = ()) -> Path:
    """Write a file, compressed if its name ends in ``.zst``; `frames` gives the cuts between several zstd frames."""
    content = (header() if head is None else head) + b"".join(records)
    if path.suffix == ".zst":
        cuts = [0, *frames, len(content)]
        compress = zstandard.ZstdCompressor(write_checksum=True).compress
        content = b"".join(compress(content[begin:end]) for begin, end in pairwise(cuts))
    path.write_bytes(content)
    return path


def record(kind: str, number: int, action: Any = dbn.Action.TRADE) -> bytes:
    """Return one record of a schema."""
    fields: dict[str, Any] = {
        "publisher_id": 2,
        "instrument_id": 1 + number % 3,
        "ts_event": DAY_NS + number,
        "price": 5_000_000_000 + number,
        "size": 10 + number,
        "action": action,
        "side": dbn.Side.ASK,
        "ts_recv": DAY_NS + number + 7,
    }
    sequence: dict[str, Any] = {"sequence": 1_000 + number}
    if kind == "mbo":
        return bytes(dbn.MBOMsg(**fields, **sequence, order_id=9))
    if kind in {"cmbp-1", "tcbbo"}:
        fields["rtype"] = dbn.RType.from_schema(dbn.Schema.from_str(kind))
        return bytes(dbn.CMBP1Msg(**fields))
    maker: Any = {"mbp-10": dbn.MBP10Msg, "trades": dbn.TradeMsg}.get(kind, dbn.MBP1Msg)
    return bytes(maker(**fields, **sequence, depth=0))


def prints(path: Path, **options: Any) -> list[Trade]:
    """Return the trades of a file."""
    return [trade for batch in open_file(path, **options).batches() for trade in batch.trades()]
