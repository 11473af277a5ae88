"""Starts the core of Elasticsearch, one node with its HTTP transport, as a child process."""

import shutil
import sys
from pathlib import Path
from typing import Final

from local.jars import ELASTICSEARCH, jars
from local.process import Child

_HTTP_JARS: Final = ("netty-", "transport-netty4")
_DESCRIPTOR: Final = """\
description=Netty 4 based transport implementation
version=9.5.3
name=transport-netty4
classname=org.elasticsearch.transport.netty4.Netty4Plugin
java.version=21
elasticsearch.version=9.5.3
extended.plugins=
has.native.controller=false
"""


def start(folder: Path, port: int, transport_port: int, *, orphan: bool = False) -> Child:
    """Start Elasticsearch on a loopback port, with its data under `folder`; existing data is kept."""
    home = folder / "home"
    module = home / "modules" / "transport-netty4"
    core = [jar for jar in jars(ELASTICSEARCH) if not jar.name.startswith(_HTTP_JARS)]
    if not module.exists():
        for name in ("config", "plugins", "logs"):
            (home / name).mkdir(parents=True, exist_ok=True)
        module.mkdir(parents=True)
        for jar in jars(ELASTICSEARCH):
            if jar.name.startswith(_HTTP_JARS):
                shutil.copy2(jar, module)
        (module / "plugin-descriptor.properties").write_text(_DESCRIPTOR)
    classpath = folder / "classpath"
    classpath.write_text("\n".join(map(str, core)))
    command = [sys.executable, "-m", "local.elasticsearch_node", str(home), str(classpath)]
    return Child([*command, str(port), str(transport_port)], folder / "elasticsearch.log", orphan=orphan)
