"""Downloads of the servers' jars that fail are told, and leave nothing that would be taken for a jar."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from jgo.maven import MavenContext

from local.jars import Whole
from tests import ROOT


class _Cut(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"the beginning")

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def cutting() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Cut)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_download_that_is_cut_leaves_no_file(cutting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    context = MavenContext(repo_cache=tmp_path, remote_repos={"cutting": cutting}, resolver=Whole())
    artifact = context.project("org.example", "thing").at_version("1.0").artifact()

    with pytest.raises(OSError, match=r"1000|IncompleteRead"):
        artifact.resolve()

    assert artifact.cached_path is not None
    assert artifact.cached_path.parent.is_dir()
    assert not artifact.cached_path.exists()


def test_a_machine_without_network_is_told_what_is_needed(tmp_path: Path) -> None:
    environment = os.environ | {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "https_proxy": "http://127.0.0.1:9"}
    environment.pop("M2_REPO", None)

    done = subprocess.run(
        [sys.executable, "-m", "local.demo", "--no-dashboard"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip

    assert done.returncode == 4
    assert "demo: error: Kafka and Elasticsearch cannot be downloaded from Maven Central, which" in done.stderr
    assert "Traceback" not in done.stderr
