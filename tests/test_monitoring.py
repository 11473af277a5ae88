"""Prometheus, Grafana and Kibana files: they parse, and they refer only to what the services really provide."""

import importlib
import json
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from common.anomaly import Anomaly
from common.trade import FIELDS
from sink.template import PROPERTIES
from tests import ROOT

PIPELINE = ("producer", "detector", "sink", "dashboard")
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
GRAFANA = ROOT / "monitoring" / "grafana"
BOARD: dict[str, Any] = json.loads((GRAFANA / "dashboards" / "pipeline.json").read_text())
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
BUILT_IN = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
WORDS = r"sum|rate|max|min|avg|by|le|histogram_quantile|time|clamp_min|increase|or|vector"


def metric_names() -> set[str]:
    """Every series that the services' metrics modules can give."""
    names = set()
    for service in PIPELINE:
        for item in vars(importlib.import_module(f"{service}.metrics")).values():
            if isinstance(item, MetricWrapperBase):
                for family in item.describe():
                    names |= {family.name + suffix for suffix in SUFFIXES[family.type]}
    return names


def expressions() -> list[str]:
    """Every query of the Grafana dashboard."""
    return [target["expr"] for panel in BOARD["panels"] for target in panel.get("targets", [])]


@pytest.mark.parametrize("expression", expressions())
def test_the_dashboard_asks_for_metrics_that_exist(expression: str) -> None:
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)", " ", expression)
    names = set(re.findall(r"[a-z_]{3,}", bare)) - set(WORDS.split("|"))
    assert names
    assert names <= metric_names() | BUILT_IN


@pytest.mark.parametrize("service", PIPELINE)
def test_labelled_counters_begin_at_0_as_prometheus_does_not_count_what_a_series_begins_with(service: str) -> None:
    asked = "import sys, importlib, prometheus_client as p; importlib.import_module(sys.argv[1] + '.metrics'); "
    asked += "sys.stdout.buffer.write(p.generate_latest())"
    done = subprocess.run([sys.executable, "-c", asked, service], cwd=ROOT, capture_output=True, text=True, check=True)
    counters = re.findall(r"^# TYPE (\w+_total) counter$", done.stdout, re.MULTILINE)

    assert any(name.startswith(("trades", "dashboard_trades", "documents")) for name in counters)
    for name in counters:
        values = re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", done.stdout, re.MULTILINE)
        assert values, f"{name} has no series yet"
        assert set(values) == {"0.0"} or name.startswith(("python", "process"))


def test_panels_have_ids_and_do_not_overlap() -> None:
    cells: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        grid = panel["gridPos"]
        own = {(grid["x"] + x, grid["y"] + y) for x in range(grid["w"]) for y in range(grid["h"])}
        assert not own & cells, panel["title"]
        assert grid["x"] + grid["w"] <= 24
        cells |= own
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids)


def test_the_dashboard_uses_the_provisioned_source() -> None:
    source = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"][0]
    used = {panel["datasource"]["uid"] for panel in BOARD["panels"] if "targets" in panel}
    assert used == {source["uid"]}
    assert source["url"] == "http://prometheus:9090"


def test_grafana_loads_the_folder_that_compose_mounts() -> None:
    provider = yaml.safe_load((GRAFANA / "provisioning/dashboards/pipeline.yml").read_text())["providers"][0]
    mounts = {volume.split(":")[0]: volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"]}
    assert mounts["./monitoring/grafana/dashboards"] == provider["options"]["path"]
    assert mounts["./monitoring/grafana/provisioning"] == "/etc/grafana/provisioning"


def test_prometheus_scrapes_the_four_services_where_they_serve() -> None:
    config = yaml.safe_load((ROOT / "monitoring/prometheus.yml").read_text())
    targets = {job["job_name"]: job["dns_sd_configs"][0] for job in config["scrape_configs"]}
    assert set(targets) == set(PIPELINE)
    for name, target in targets.items():
        assert target["names"] == [name]
        assert target["port"] == SERVICES[name]["environment"]["HEALTH_PORT"]


def test_monitoring_starts_on_demand_only() -> None:
    asked = {name for name, service in SERVICES.items() if service.get("profiles")}
    assert asked == {"prometheus", "grafana"}


def kibana_objects() -> list[dict[str, Any]]:
    """Every saved object for Kibana."""
    return [json.loads(line) for line in (ROOT / "kibana/anomalies.ndjson").read_text().splitlines()]


def test_references_of_kibana_objects_resolve() -> None:
    objects = kibana_objects()
    known = {(item["type"], item["id"]) for item in objects}
    assert len(known) == len(objects) > 0
    for item in objects:
        assert {(reference["type"], reference["id"]) for reference in item["references"]} <= known
    board = next(item for item in objects if item["type"] == "dashboard")
    panels = json.loads(board["attributes"]["panelsJSON"])
    named = {f"{panel['panelIndex']}:{panel['panelRefName']}" for panel in panels}
    assert named == {reference["name"] for reference in board["references"]}


def test_kibana_shows_prices_with_the_nine_decimals_that_dbn_holds() -> None:
    view = next(item for item in kibana_objects() if item["type"] == "index-pattern")
    formats = json.loads(view["attributes"]["fieldFormatMap"])

    assert set(formats) == {"price", "actual", "expected"}
    for shown in formats.values():
        assert shown == {"id": "number", "params": {"pattern": "0,0.[000000000]"}}


def test_kibana_objects_ask_for_fields_of_the_message() -> None:
    fields = {*FIELDS, *Anomaly.__dataclass_fields__}
    for item in kibana_objects():
        attributes = item["attributes"]
        if item["type"] == "index-pattern":
            assert attributes["timeFieldName"] in fields
            assert attributes["title"] == "anomalies-*"
        elif item["type"] == "search":
            assert {*attributes["columns"], attributes["sort"][0][0]} <= fields
        elif item["type"] == "lens":
            layer = attributes["state"]["datasourceStates"]["formBased"]["layers"]["main"]
            assert set(layer["columnOrder"]) == set(layer["columns"])
            assert {column["sourceField"].partition(".")[0] for column in layer["columns"].values()} <= fields


def test_kibana_counts_episodes_as_a_burst_of_alerts_would_hide_the_rest() -> None:
    charts = [item["attributes"] for item in kibana_objects() if item["type"] == "lens"]

    assert len(charts) == 2
    assert PROPERTIES["episode"]["properties"]["episode_id"]["type"] == "keyword"
    for chart in charts:
        columns = chart["state"]["datasourceStates"]["formBased"]["layers"]["main"]["columns"]
        assert columns["count"]["operationType"] == "unique_count"
        assert columns["count"]["sourceField"] == "episode.episode_id"


def test_kibana_lists_what_leads_from_an_alert_to_its_explanation() -> None:
    search = next(item for item in kibana_objects() if item["type"] == "search")

    assert {"once_in", "anomaly_id", "summary"} <= {*search["attributes"]["columns"]}
