"""A file is its content, and what a manifest says of it is checked."""

import hashlib
from pathlib import Path

import orjson
import pytest

from common.errors import InputError, IntegrityError
from producer.identity import check_manifest, check_unchanged, identify


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "day.dbn"
    path.write_bytes(b"some bytes")
    return path


def manifest(path: Path, **entry: object) -> None:
    listed = [{"filename": "other.dbn", "size": 1}, {"filename": path.name} | entry]
    path.with_name("manifest.json").write_bytes(orjson.dumps({"files": listed}))


def test_a_file_is_its_content(path: Path) -> None:
    seen: list[int] = []

    identity = identify(path, read=seen.append)

    assert identity.sha256 == hashlib.sha256(b"some bytes").hexdigest()
    assert (identity.size, seen) == (10, [10])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.dbn: cannot be read"):
        identify(tmp_path / "gone.dbn")


def test_a_file_that_grows_is_noticed(path: Path) -> None:
    identity = identify(path)

    with path.open("ab") as file:
        file.write(b"more")

    with pytest.raises(IntegrityError, match=r"changed while it was read; .*\(with --start, if a part"):
        check_unchanged(path, identity)


def test_a_file_that_vanishes_is_noticed(path: Path) -> None:
    identity = identify(path)
    path.unlink()

    with pytest.raises(IntegrityError, match="changed while it was read"):
        check_unchanged(path, identity)


def test_without_a_manifest_nothing_is_checked(path: Path) -> None:
    assert not check_manifest(path, identify(path))


def test_a_manifest_confirms(path: Path) -> None:
    manifest(path, size=10, hash="sha256:" + hashlib.sha256(b"some bytes").hexdigest())

    assert check_manifest(path, identify(path))


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [({"size": 11}, "has 10 bytes, but .* says 11"), ({"size": 10, "hash": "sha256:" + "0" * 64}, "SHA-256")],
)
def test_a_manifest_refuses(path: Path, entry: dict[str, object], complaint: str) -> None:
    manifest(path, **entry)

    with pytest.raises(IntegrityError, match=complaint):
        check_manifest(path, identify(path))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"files": 3}', b'{"files": [{}]}', b'{"files": [{"filename": "day.dbn"}]}']
)
def test_a_broken_manifest_is_told(path: Path, content: bytes) -> None:
    path.with_name("manifest.json").write_bytes(content)

    with pytest.raises(InputError, match=r"manifest\.json"):
        check_manifest(path, identify(path))


def test_a_file_that_the_manifest_does_not_list_passes(path: Path) -> None:
    path.with_name("manifest.json").write_bytes(b'{"files": []}')

    assert not check_manifest(path, identify(path))
