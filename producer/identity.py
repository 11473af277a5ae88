"""Identifies files by their content, which is the key of their progress, and checks them against their manifest."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from common.errors import InputError, IntegrityError

logger = logging.getLogger(__name__)

MANIFEST: Final = "manifest.json"
_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Identity:
    """A file's content and state when it was read.

    Attributes
    ----------
    sha256 : str
        SHA-256 of the whole file, hexadecimal.
    size : int
        Size in bytes.
    modified_ns : int
        Time of the last modification, in nanoseconds since the epoch.
    """

    sha256: str
    size: int
    modified_ns: int


def identify(path: Path, *, read: Callable[[int], None] = lambda _count: None) -> Identity:
    """Read a whole file and return its identity; `read` is called with the number of bytes of each step.

    Raises
    ------
    InputError
        If it cannot be read.
    IntegrityError
        If it changes while being read.
    """
    digest, size = hashlib.sha256(), 0
    try:
        before = path.stat()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
                read(len(chunk))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its name and your permissions") from None
    identity = Identity(digest.hexdigest(), size, before.st_mtime_ns)
    check_unchanged(path, identity)
    return identity


def check_unchanged(path: Path, identity: Identity, how_far: str = "") -> None:
    """Check that a file has not changed since it was identified; `how_far` says how far it was read.

    Raises
    ------
    IntegrityError
        If its size or modification time differs.
    """
    now = path.stat() if path.exists() else None
    if now is None or (now.st_size, now.st_mtime_ns) != (identity.size, identity.modified_ns):
        raise IntegrityError(
            f"{path}: the file changed while it was read{how_far}; start again when it is completely written (with "
            "--start, if a part of it is already published)"
        )


def check_manifest(path: Path, identity: Identity) -> bool:
    """Check a file against the `manifest.json` beside it, which comes with Databento's downloads.

    Returns
    -------
    bool
        Whether there is a manifest that lists the file.

    Raises
    ------
    IntegrityError
        If the size or checksum differs from the one listed.
    InputError
        If the manifest cannot be read.
    """
    manifest = path.with_name(MANIFEST)
    if not manifest.is_file():
        return False
    entry = _entry(manifest, path.name)
    if entry is None:
        logger.warning("The manifest does not list the file. manifest=%s file=%s", manifest, path.name)
        return False
    if entry.get("size", identity.size) != identity.size:
        raise IntegrityError(
            f"{path}: has {identity.size} bytes, but {manifest} says {entry['size']}; the file is cut or still being "
            "written. Get it again, or play the good part with --salvage"
        )
    algorithm, _, digest = str(entry.get("hash", "")).partition(":")
    if algorithm != "sha256" or not digest:
        raise InputError(f"{manifest}: the entry of {path.name} has no hash of the form sha256:…; correct or remove it")
    if digest.lower() != identity.sha256:
        raise IntegrityError(
            f"{path}: its SHA-256 is {identity.sha256[:16]}…, but {manifest} says {digest[:16]}…; the file is corrupt "
            "or a different one. Get it again, or play it as it is with --salvage"
        )
    return True


def _entry(manifest: Path, name: str) -> dict[str, Any] | None:
    try:
        listed = orjson.loads(manifest.read_bytes())["files"]
        entries = [entry for entry in listed if entry["filename"] == name]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{manifest}: not a Databento manifest ({error}); correct or remove it") from None
    return entries[0] if entries else None
