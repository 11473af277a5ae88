"""DBN streams → columns of prints, a block of records at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Final

import databento_dbn
import numpy as np
from numpy.typing import NDArray

from common.decode import layouts
from common.decode.columns import Columns
from common.decode.symbols import SymbolTable
from common.errors import InputError, IntegrityError, NoTradesSchemaError

MAGIC: Final = b"DBN"
_PREFIX_BYTES: Final = 8
_BLOCK_BYTES: Final = 1 << 22
_INT64_MAX: Final = np.uint64(2**63 - 1)
_EXACT_FIXED: Final = 2**53


def read_header(content: bytes, path: Path) -> tuple[databento_dbn.Metadata, int] | None:
    """Return the metadata and its length in bytes, or None if `content` does not hold all of it yet.

    Raises
    ------
    InputError
        If the header cannot be decoded.
    NoTradesSchemaError
        If the schema carries no prints.
    """
    if len(content) < _PREFIX_BYTES:
        return None
    length = _PREFIX_BYTES + int.from_bytes(content[4:8], "little")
    if length > _BLOCK_BYTES * 16:
        raise InputError(f"{path}: the DBN header claims {length} bytes; the file is corrupt")
    if len(content) < length:
        return None
    try:
        metadata = databento_dbn.Metadata.decode(content[:length])
    except (ValueError, databento_dbn.DBNError) as error:
        raise InputError(f"{path}: the DBN header cannot be decoded ({error})") from None
    if metadata.schema is not None and str(metadata.schema) not in layouts.PRINT_SCHEMAS:
        raise NoTradesSchemaError(
            f"{path}: schema {metadata.schema} carries no prints; use one of {', '.join(layouts.PRINT_SCHEMAS)}"
        )
    return metadata, length


def symbol_table(metadata: databento_dbn.Metadata) -> SymbolTable:
    """Return the symbol mapping of the header."""
    return SymbolTable(metadata.mappings, id_first=str(metadata.stype_in) == "instrument_id")


class RecordReader:
    """Reads the records of one stream.

    Attributes
    ----------
    records : int
        Complete, valid records of all kinds so far.
    """

    def __init__(self, path: Path, symbols: SymbolTable, share: float) -> None:
        self.records = 0
        self._block_bytes = int(share * _BLOCK_BYTES)
        self._path = path
        self._symbols = symbols

    def columns(self, content: Iterator[bytes]) -> Iterator[Columns]:
        """Yield the prints of the stream after the header, in blocks.

        Raises
        ------
        IntegrityError
            If a record is not valid DBN, or the stream ends inside a record.
        """
        rest = bytearray()
        try:
            for piece in content:
                rest += piece
                if len(rest) >= self._block_bytes:
                    used, found = self._block(bytes(rest))
                    del rest[:used]
                    yield from found
        except IntegrityError:
            _used, found = self._block(bytes(rest))
            yield from found
            raise
        used, found = self._block(bytes(rest))
        yield from found
        if used < len(rest):
            raise IntegrityError(f"{self._path}: the file is cut: it ends inside record {self.records}")

    def _block(self, block: bytes) -> tuple[int, Iterator[Columns]]:
        stretches = [_Stretch()]
        used, fault = 0, None
        head = np.frombuffer(block, dtype=np.uint8)
        while used < len(block):
            size = int(head[used]) * layouts.WORD_BYTES
            rtype = int(head[used + 1]) if used + 1 < len(block) else 0
            if used + 1 < len(block) and not layouts.fits(rtype, size):
                fault = f"record {self.records} is not a DBN record (type {rtype:#04x}, {size} bytes)"
                break
            count = _run_length(head[used:], size, rtype)
            if count == 0:
                break
            if rtype == layouts.SYMBOL_MAPPING:
                mappings = [_announcement(block[at : at + size]) for at in range(used, used + count * size, size)]
                if stretches[-1].has_any(instrument for instrument, _symbol in mappings):
                    stretches.append(_Stretch())
                stretches[-1].mappings += mappings
            else:
                stretches[-1].parts += self._run(block, used, count, size, rtype)
            self.records += count
            used += count * size
        return used, self._yielded(stretches, fault)

    def _yielded(self, stretches: list["_Stretch"], fault: str | None) -> Iterator[Columns]:
        for stretch in stretches:
            # A mapping holds from its place in the stream on; symbols of prints before it have been looked up by now.
            for instrument, symbol in stretch.mappings:
                self._symbols.announce(instrument, symbol)
            if stretch.parts:
                yield stretch.joined()
        if fault:
            raise IntegrityError(f"{self._path}: the file is corrupt: {fault}")

    def _run(self, block: bytes, start: int, count: int, size: int, rtype: int) -> list[Columns]:
        kind = layouts.layout(rtype, size)
        if kind is None:
            return []
        rows = np.frombuffer(block, dtype=kind, count=count, offset=start)
        prints = np.flatnonzero(rows["action"] == layouts.TRADE_ACTION)
        if not len(prints):
            return []
        return [_columns(rows[prints] if len(prints) < count else rows, self.records + prints)]


class _Stretch:
    """A part of a block in which no instrument changes its symbol: the prints, and the mappings read with them."""

    def __init__(self) -> None:
        self.mappings: list[tuple[int, str]] = []
        self.parts: list[Columns] = []
        self._listed = 0
        self._instruments: set[int] = set()

    def has_any(self, instruments: Iterable[int]) -> bool:
        """Return whether any print is of one of these instruments; each print is scanned once over all calls."""
        for part in self.parts[self._listed :]:
            self._instruments.update(part.instrument_id.tolist())
        self._listed = len(self.parts)
        return not self._instruments.isdisjoint(instruments)

    def joined(self) -> Columns:
        """Return all prints as one part."""
        if len(self.parts) == 1:
            return self.parts[0]
        names = [field.name for field in fields(Columns) if field.name != "symbol"]
        columns = {name: np.concatenate([getattr(part, name) for part in self.parts]) for name in names}
        return Columns(**columns, symbol=None)


def _run_length(head: NDArray[np.uint8], size: int, rtype: int) -> int:
    whole = len(head) // size if size else 0
    if whole == 0:
        return 0
    # A growing look-ahead avoids scanning the rest of the block again at each change of record type.
    length, ahead = 0, 64
    while length < whole:
        rows = head[length * size : min(length + ahead, whole) * size].reshape(-1, size)
        other = (rows[:, 0] != head[0]) | (rows[:, 1] != rtype)
        if other.any():
            return length + int(other.argmax())
        length += len(rows)
        ahead *= 8
    return length


def _columns(rows: NDArray[np.void], record: NDArray[np.intp]) -> Columns:
    named = rows.dtype.names or ()
    return Columns(
        ts_event=_time(rows["ts_event"]),
        ts_recv=_time(rows["ts_recv"]),
        price=decimal_price(rows["price"].astype(np.int64)),
        size=rows["size"].astype(np.int64),
        side=rows["side"].astype(np.uint8),
        sequence=rows["sequence"].astype(np.int64) if "sequence" in named else np.zeros(len(rows), dtype=np.int64),
        flags=rows["flags"].astype(np.int64),
        instrument_id=rows["instrument_id"].astype(np.int64),
        publisher_id=rows["publisher_id"].astype(np.int64),
        record=record.astype(np.int64),
        symbol=None,
    )


def decimal_price(fixed: NDArray[np.int64]) -> NDArray[np.float64]:
    """Convert fixed-point prices (integers of 1e-9) to currency units; undefined prices become NaN.

    Each result is the float64 nearest to the decimal price, so its shortest representation is that decimal.

    >>> decimal_price(np.array([165_320_000_000, -37_630_000_000, 2**63 - 1]))
    array([165.32, -37.63,    nan])
    """
    price = fixed / layouts.PRICE_SCALE
    # Beyond 2^53 the division would round twice.
    for row in np.flatnonzero(np.abs(fixed) > _EXACT_FIXED):
        price[row] = np.nan if fixed[row] == layouts.UNDEF_PRICE else float(f"{int(fixed[row])}e-9")
    return price


def _time(raw: NDArray[np.uint64]) -> NDArray[np.int64]:
    return np.where(raw > _INT64_MAX, np.int64(-1), raw.astype(np.int64))


def _announcement(message: bytes) -> tuple[int, str]:
    first_version_bytes = 80
    symbol = message[38:60] if len(message) == first_version_bytes else message[89:160]
    return int.from_bytes(message[4:8], "little"), symbol.split(b"\0")[0].decode("utf-8", "replace")
