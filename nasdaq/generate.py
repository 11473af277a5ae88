"""``python -m nasdaq.generate``: makes the sample session and its labels; a seed gives the same records."""

import argparse
import datetime as dt
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import databento_dbn as dbn
import numpy as np
import zstandard
from numpy.typing import NDArray

from common import cli
from common.decode.layouts import layout
from nasdaq import SAMPLE
from nasdaq.inject import KINDS, Label
from nasdaq.market import NS, Instrument, Tape, simulate, with_crosses

logger = logging.getLogger(__name__)

DAY: Final = dt.date(2026, 1, 5)
OPEN_NS: Final = int(dt.datetime(2026, 1, 5, 14, 30, tzinfo=dt.UTC).timestamp()) * NS
SYMBOLS: Final = (
    Instrument("SIMA", 30_000, 182.40, 0.01, 0.012),
    Instrument("SIMB", 18_000, 41.15, 0.01, 0.018),
    Instrument("SIMC", 9_000, 512.80, 0.01, 0.015),
    Instrument("SIMD", 4_000, 12.36, 0.01, 0.022),
)
_EVENTS: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "SIMA": (
        ("block", 600),
        ("off_market", 1_500),
        ("rate_burst", 3_300),
        ("price_burst", 6_000),
        ("sliced_block", 9_500),
        ("repeated_prints", 12_500),
        ("stale_print", 15_800),
        ("off_market", 19_000),
        ("close_ramp", 23_100),
    ),
    "SIMB": (
        ("off_market", 900),
        ("block", 2_500),
        ("price_burst", 5_200),
        ("repeated_prints", 8_200),
        ("stale_print", 11_100),
        ("rate_burst", 14_400),
        ("sliced_block", 18_300),
    ),
    "SIMC": (("repeated_prints", 2_900), ("off_market", 7_000), ("block", 10_400), ("price_burst", 16_900)),
    "SIMD": (("block", 5_900), ("off_market", 13_700), ("stale_print", 20_000)),
}
_PUBLISHER: Final = 2
_RECORD_BYTES: Final = 48
_FIRST_ID: Final = 9001


@dataclass(slots=True)
class _Interval:
    start_date: dt.date
    end_date: dt.date
    symbol: str


@dataclass(slots=True)
class _Mapping:
    raw_symbol: str
    intervals: list[_Interval]


def session(seed: int) -> tuple[bytes, list[dict[str, Any]]]:
    """Return the sample's DBN bytes, compressed, and its labels."""
    generator = np.random.default_rng(seed)
    tapes: list[Tape] = []
    labels: list[tuple[int, Label]] = []
    for index, instrument in enumerate(SYMBOLS):
        tape = simulate(instrument, generator)
        for kind, time_s in _EVENTS[instrument.symbol]:
            number = len(labels) + 1
            tape, magnitude = KINDS[kind](tape, time_s, number, generator)
            labels.append((index, Label(number, kind, magnitude)))
        tapes.append(with_crosses(tape, generator))
    records, event = _records(tapes, generator)
    return _encoded(records), [_described(index, label, records, event) for index, label in labels]


def _records(tapes: list[Tape], generator: np.random.Generator) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    bounds = np.cumsum([0, *(len(tape.time_s) for tape in tapes)])
    records = np.zeros(bounds[-1], dtype=layout(0x00, _RECORD_BYTES))
    for index, (tape, instrument) in enumerate(zip(tapes, SYMBOLS, strict=True)):
        row = records[bounds[index] : bounds[index + 1]]
        told = OPEN_NS + np.round(tape.time_s * 1e6).astype(np.int64) * 1000
        row["length"], row["publisher_id"], row["instrument_id"] = _RECORD_BYTES // 4, _PUBLISHER, _FIRST_ID + index
        row["ts_event"] = told - np.round(tape.late_s * 1e9).astype(np.int64)
        row["ts_recv"] = told + generator.integers(12_000, 90_000, len(row))
        row["price"] = tape.ticks * round(instrument.tick * 1e9)
        row["size"], row["side"] = tape.size, tape.side
        row["action"], row["flags"] = ord("T"), 1 << 7
    order = np.argsort(records["ts_recv"], kind="stable")
    # Copied as bytes: copying by field would leave the gaps between the fields undefined.
    records = records.view((np.uint8, _RECORD_BYTES))[order].view(records.dtype)[:, 0]
    records["sequence"] = np.arange(1, len(records) + 1)
    return records, np.concatenate([tape.event for tape in tapes])[order]


def _encoded(records: NDArray[np.void]) -> bytes:
    # Any: the stubs require the library's own classes, but it accepts anything of the same shape.
    header: dict[str, Any] = {
        "dataset": "XNAS.ITCH",
        "start": OPEN_NS,
        "end": int(records["ts_recv"].max()) + 1,
        "stype_in": dbn.SType.RAW_SYMBOL,
        "stype_out": dbn.SType.INSTRUMENT_ID,
        "schema": dbn.Schema.TRADES,
        "symbols": [instrument.symbol for instrument in SYMBOLS],
        "mappings": [
            _Mapping(instrument.symbol, [_Interval(DAY, DAY + dt.timedelta(days=1), str(_FIRST_ID + index))])
            for index, instrument in enumerate(SYMBOLS)
        ],
    }
    metadata = dbn.Metadata(**header)
    compressor = zstandard.ZstdCompressor(level=19, write_checksum=True)
    return compressor.compress(bytes(metadata) + records.tobytes())


def _described(index: int, label: Label, records: NDArray[np.void], event: NDArray[np.int64]) -> dict[str, Any]:
    rows = np.flatnonzero((event == label.event) & (records["instrument_id"] == _FIRST_ID + index))
    return {
        "symbol": SYMBOLS[index].symbol,
        "kind": label.kind,
        "magnitude": label.magnitude,
        "first_record": int(rows[0]),
        "last_record": int(rows[-1]),
        "first_ts_recv": int(records["ts_recv"][rows[0]]),
        "last_ts_recv": int(records["ts_recv"][rows[-1]]),
    }


def main() -> None:
    """Write the sample and its labels."""
    parser = argparse.ArgumentParser(prog="python -m nasdaq.generate", description="Generate the sample session.")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same records (default: 7)")
    parser.add_argument("--output", type=Path, default=SAMPLE.parent, help="folder (default: this one)")
    arguments = parser.parse_args()
    content, labels = session(arguments.seed)
    path = arguments.output / SAMPLE.name
    path.write_bytes(content)
    (arguments.output / "sample.labels.json").write_text(json.dumps(labels, indent=1) + "\n")
    logger.info("Wrote the sample. file=%s bytes=%d labels=%d", path, len(content), len(labels))


if __name__ == "__main__":
    cli.run("generate", main)
