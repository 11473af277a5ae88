"""Checks the promises of docker-compose.yml and .env.example against the files themselves."""

import importlib
import pkgutil
import re
from collections import defaultdict
from typing import Any

import pytest
import yaml
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from common.settings import ElasticsearchSettings, HealthSettings, KafkaSettings, TopicSettings, load, variable
from detector import model
from detector.budget import Budget
from detector.detectors import DETECTOR_OF
from tests import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ENV_LINES = (ROOT / ".env.example").read_text().splitlines()
PIPELINE = ("producer", "detector", "sink", "dashboard")
OURS = ("topics", *PIPELINE)
UNITS = {"m": 1, "g": 1024}


def settings_of(package: str) -> list[type[BaseSettings]]:
    """Every settings class that a package defines."""
    found = []
    for info in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
        if info.name.endswith(".settings"):
            module = importlib.import_module(info.name)
            found += [
                item
                for item in vars(module).values()
                if isinstance(item, type) and issubclass(item, BaseSettings) and item.__module__ == info.name
            ]
    return found


def variables(settings: type[BaseSettings]) -> list[str]:
    """Each variable of a settings class, those of secret files too."""
    names = []
    for field, info in settings.model_fields.items():
        names.append(variable(settings, field))
        if info.annotation is SecretStr:
            names.append(variable(settings, field) + "_FILE")
    return names


def example() -> dict[str, tuple[bool, str]]:
    """Each variable of .env.example: whether it is set there, not commented out, and the value shown."""
    lines = (re.fullmatch(r"(#?)([A-Za-z_]+)=(.*)", line) for line in ENV_LINES)
    return {match[2]: (not match[1], match[3]) for match in lines if match}


def documented() -> dict[str, str | None]:
    """Each variable of .env.example with its value; None for one that is commented out."""
    return {name: value if is_set else None for name, (is_set, value) in example().items()}


ALL_SETTINGS = [item for package in ("common", *PIPELINE) for item in settings_of(package)]


@pytest.mark.parametrize("settings", ALL_SETTINGS, ids=lambda item: item.__name__)
def test_every_variable_is_documented(settings: type[BaseSettings]) -> None:
    assert set(variables(settings)) <= set(documented())


@pytest.mark.parametrize("settings", ALL_SETTINGS, ids=lambda item: item.__name__)
def test_a_copy_of_the_example_changes_nothing(settings: type[BaseSettings], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in documented():
        monkeypatch.delenv(name, raising=False)
    assert settings(_env_file=ROOT / ".env.example") == settings(_env_file=None)


@pytest.mark.parametrize("settings", ALL_SETTINGS, ids=lambda item: item.__name__)
def test_an_empty_variable_is_one_that_is_not_set(
    settings: type[BaseSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in documented():
        monkeypatch.delenv(name, raising=False)
    unset = settings(_env_file=None)
    for name in variables(settings):
        monkeypatch.setenv(name, "")

    assert load(settings) == unset


def test_the_example_tells_the_shares_of_the_budget() -> None:
    told = [example()[f"{name}_PER_MILLION"][1] for name in ("HIGH_VOLUME", "SURPRISE", "ISOLATION_FOREST")]
    shares: dict[int, float] = defaultdict(float)
    for channel, share in enumerate(Budget(alerts_per_million=150).shares()):
        shares[DETECTOR_OF[channel]] += share

    assert [float(text) for text in told] == pytest.approx([shares[detector] for detector in range(3)])
    percent = ", ".join(f"{shares[detector] / 1.5:.0f}" for detector in range(2))
    assert f"Default: {percent} and {shares[2] / 1.5:.0f} % of the above." in "\n".join(ENV_LINES)


def test_every_documented_variable_has_a_comment_and_a_reader() -> None:
    known = {name for settings in ALL_SETTINGS for name in variables(settings)}
    interpolated = set(re.findall(r"\$\{([A-Za-z_]+)", (ROOT / "docker-compose.yml").read_text()))
    for name in documented():
        assert name in known | interpolated, f"nothing reads {name}"
    variable_lines = [re.fullmatch(r"#?[A-Za-z_]+=.*", line) is not None for line in ENV_LINES]
    for number, line in enumerate(ENV_LINES):
        if variable_lines[number]:
            block = number
            while variable_lines[block]:
                block -= 1
            assert ENV_LINES[block].startswith("# "), f"{line} has no comment"


def test_every_interpolated_variable_is_documented() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    used = re.findall(r"\$(?!\$)\{?(\w+)([^}\s]*)", text.replace("$$", ""))
    assert used
    for name, rest in used:
        assert rest.startswith(":-"), f"{name} has no default"
        assert name in documented()


@pytest.mark.parametrize("service", PIPELINE)
def test_services_are_handed_their_variables(service: str) -> None:
    wanted: list[type[BaseSettings]] = [KafkaSettings, TopicSettings, HealthSettings, *settings_of(service)]
    if service == "sink":
        wanted.append(ElasticsearchSettings)
    handed = SERVICES[service]["environment"]
    missing = {name for settings in wanted for name in variables(settings)} - set(handed)
    assert not missing


@pytest.mark.parametrize("service", PIPELINE)
def test_metrics_are_served_inside_the_network_only(service: str) -> None:
    environment = SERVICES[service]["environment"]
    assert (environment["HEALTH_HOST"], environment["HEALTH_PORT"]) == ("0.0.0.0", 8000)
    assert not any(str(port).endswith(":8000") for port in SERVICES[service].get("ports", []))


def test_ports_are_published_on_loopback_alone() -> None:
    published = {name for name, service in SERVICES.items() if "ports" in service}
    assert published == {"redpanda", "elasticsearch", "kibana", "dashboard", "prometheus", "grafana"}
    for name, service in SERVICES.items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:${"), f"{name}: {port}"


def test_images_carry_exact_tags() -> None:
    for name, service in SERVICES.items():
        assert re.search(r":v?\d+\.\d+\.\d+$|^trade-anomaly-detector:local$", service["image"]), name


def test_one_service_builds_the_image_that_all_share() -> None:
    assert [name for name, service in SERVICES.items() if "build" in service] == ["topics"]
    assert {SERVICES[name]["image"] for name in OURS} == {"trade-anomaly-detector:local"}


def test_memory_fits_8_gb_with_three_detectors_and_monitoring() -> None:
    total_mb = 0
    for name, service in SERVICES.items():
        limit = service["mem_limit"]
        total_mb += int(limit[:-1]) * UNITS[limit[-1]] * (3 if name == "detector" else 1)
    assert total_mb <= 8 * 1024


@pytest.mark.parametrize("name", SERVICES)
def test_containers_have_no_privileges(name: str) -> None:
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]
    assert not SERVICES[name].get("privileged", False)
    assert SERVICES[name].get("user", "none") not in ("root", "0")


@pytest.mark.parametrize("name", OURS)
def test_our_containers_are_read_only(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    volumes = [item for item in SERVICES[name]["volumes"] if not (isinstance(item, dict) and item["read_only"] is True)]
    assert [item for item in volumes if not item.endswith(":ro")] == (["/app/state"] if name == "detector" else [])


def test_the_detector_is_given_the_model_that_is_named() -> None:
    handed = [item for item in SERVICES["detector"]["volumes"] if isinstance(item, dict)]
    place = SERVICES["detector"]["environment"]["MODEL_DIR"]
    assert handed == [{"type": "bind", "source": "${MODEL_DIR:-./detector/model}", "target": place, "read_only": True}]
    assert (ROOT / "detector/model").samefile(model.SHIPPED)


def test_detector_can_be_scaled() -> None:
    assert not {"container_name", "ports", "hostname"} & set(SERVICES["detector"])


@pytest.mark.parametrize("name", SERVICES)
def test_services_restart_and_are_watched(name: str) -> None:
    jobs = ("topics", "kibana-setup", "producer")
    assert SERVICES[name]["restart"].split(":")[0] == ("on-failure" if name in jobs else "unless-stopped")
    watched = "test" in SERVICES[name].get("healthcheck", {"disable": True})
    assert watched == (name not in jobs)


def test_no_proxy_is_asked_for_what_is_in_the_network_itself() -> None:
    # Docker hands a proxy of its own configuration to every container.
    calls = re.findall(r"curl[^|\n]*", (ROOT / "docker-compose.yml").read_text())
    assert len(calls) == 3
    assert all(call.startswith("curl --noproxy '*' ") for call in calls)


def test_services_wait_for_what_they_need() -> None:
    waited_for = {name: service["depends_on"] for name, service in SERVICES.items() if "depends_on" in service}
    assert {name: set(needed) for name, needed in waited_for.items()} == {
        "kibana": {"elasticsearch"},
        "kibana-setup": {"kibana"},
        "topics": {"redpanda"},
        "detector": {"topics"},
        "sink": {"topics", "elasticsearch"},
        "dashboard": {"topics"},
        "producer": {"detector", "sink", "dashboard", "kibana-setup"},
        "grafana": {"prometheus"},
    }
    for name, needed in waited_for.items():
        for which, rule in needed.items():
            finishes = which in ("topics", "kibana-setup")
            wanted = "service_completed_successfully" if finishes else "service_healthy"
            assert rule["condition"] == wanted, f"{name} -> {which}"
