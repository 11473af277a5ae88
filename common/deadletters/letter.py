"""The dead-letter envelope: one shape for every message or record that a service cannot process."""

import base64
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

import orjson

from common import checks
from common.errors import MessageError

_MAX_PAYLOAD_BYTES: Final = 900_000
_MAX_ERROR: Final = 2_000
_MAX_KEY: Final = 256


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be processed, where it came from, and why it failed.

    Attributes
    ----------
    service : str
        The service that rejected it: ``producer``, ``detector`` or ``sink``.
    reason : str
        A short stable code, such as ``not_json``, ``bad_field``, ``undefined_price`` or ``refused``.
    error : str
        The details in words.
    origin : str
        The topic or file name that it came from.
    partition, offset : int
        Position within the topic; for a file, -1 and the record number.
    key : str
        Key of the message (the symbol) with invalid UTF-8 replaced; cut to 256 characters.
    payload : str
        The original bytes in Base64.
    payload_bytes : int
        Original size; larger than the decoded payload if that was cut to fit into a message.
    at : int
        Wall-clock time, in nanoseconds since the epoch.
    """

    service: str
    reason: str
    error: str
    origin: str
    partition: int
    offset: int
    key: str
    payload: str
    payload_bytes: int
    at: int

    @classmethod
    def of(
        cls,
        payload: bytes,
        *,
        service: str,
        reason: str,
        error: str,
        origin: str,
        partition: int,
        offset: int,
        key: bytes | str | None,
        at: int,
    ) -> Self:
        """Return the envelope of an original payload, which is cut if too large; the arguments are the attributes."""
        text = key.decode("utf-8", "replace") if isinstance(key, bytes) else key or ""
        kept = base64.b64encode(payload[: _MAX_PAYLOAD_BYTES * 3 // 4]).decode()
        return cls(
            service, reason, error[:_MAX_ERROR], origin, partition, offset, text[:_MAX_KEY], kept, len(payload), at
        )

    @property
    def place(self) -> str:
        """Position of the original, ``TOPIC/PARTITION/OFFSET``; for a record of a file, ``FILE/-1/RECORD``."""
        return f"{self.origin}/{self.partition}/{self.offset}"

    def original(self) -> bytes:
        """Return the bytes of the original payload.

        Raises
        ------
        MessageError
            If the payload was cut when the envelope was made.
        """
        data = base64.b64decode(self.payload)
        if len(data) != self.payload_bytes:
            raise MessageError(f"only {len(data)} of the payload's {self.payload_bytes} bytes were kept")
        return data

    def to_json(self) -> bytes:
        """Return the message as published on the topic."""
        return orjson.dumps(asdict(self))

    @classmethod
    def from_json(cls, message: bytes | str) -> Self:
        """Parse one envelope.

        Raises
        ------
        MessageError
            If it is not JSON, or a field is missing, of the wrong type or out of range.
        """
        fields = checks.parsed(message)
        return cls(
            service=checks.text(fields, "service"),
            reason=checks.text(fields, "reason"),
            error=checks.text(fields, "error", _MAX_ERROR, least=0),
            origin=checks.text(fields, "origin"),
            partition=checks.integer(fields, "partition", -1),
            offset=checks.integer(fields, "offset"),
            key=checks.text(fields, "key", _MAX_KEY, least=0),
            payload=_payload(fields),
            payload_bytes=checks.integer(fields, "payload_bytes"),
            at=checks.moment(fields, "at"),
        )


def _payload(fields: dict[str, Any]) -> str:
    text = checks.text(fields, "payload", _MAX_PAYLOAD_BYTES, least=0)
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        raise MessageError("field payload is not Base64") from None
    return text
