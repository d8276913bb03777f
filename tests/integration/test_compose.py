"""The Dockerfile and the compose file, proved as far as that goes without a container engine."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from jsonschema import Draft202012Validator

from alerts.build import built
from tests.compose import Service, filled, services

PINNED: Final = re.compile(r"[a-z][a-z0-9./-]*:v?\d+\.\d+(\.\d+)?[a-z0-9.-]*")
TEXT: Final = {"type": "string", "minLength": 1}
TEXTS: Final = {"type": "array", "items": TEXT}
SPAN: Final = {"type": "string", "pattern": r"^\d+(ms|s|m|h)$"}
BIND: Final = {
    "type": "object",
    "required": ["type", "source", "target"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": ["bind"]},
        "source": TEXT,
        "target": TEXT,
        "read_only": {"type": "boolean"},
        "bind": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"create_host_path": {"type": "boolean"}},
        },
    },
}
SERVICE: Final = {
    "type": "object",
    "required": ["image"],
    "additionalProperties": False,
    "properties": {
        "image": TEXT,
        "build": TEXT,
        "command": TEXTS,
        "profiles": TEXTS,
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "read_only": {"type": "boolean"},
        "cap_drop": TEXTS,
        "security_opt": TEXTS,
        "tmpfs": TEXTS,
        "ports": {"type": "array", "items": {"type": "string"}},
        "depends_on": TEXTS,
        "environment": {"type": "object", "additionalProperties": {"type": "string"}},
        "env_file": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path"],
                "additionalProperties": False,
                "properties": {"path": TEXT, "required": {"type": "boolean"}},
            },
        },
        "volumes": {"type": "array", "items": {"anyOf": [TEXT, BIND]}},
        "networks": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"aliases": TEXTS},
            },
        },
        "logging": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "driver": TEXT,
                "options": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
        "healthcheck": {
            "type": "object",
            "required": ["test"],
            "additionalProperties": False,
            "properties": {
                "test": {**TEXTS, "prefixItems": [{"enum": ["CMD", "CMD-SHELL"]}]},
                "interval": SPAN,
                "timeout": SPAN,
                "start_period": SPAN,
                "retries": {"type": "integer"},
            },
        },
    },
}
COMPOSE: Final = {
    "type": "object",
    "required": ["services"],
    "additionalProperties": False,
    "patternProperties": {"^x-": {}},
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "services": {"type": "object", "additionalProperties": SERVICE},
        "volumes": {"type": "object", "additionalProperties": {"type": "null"}},
    },
}
"""The part of the compose specification that this file uses; a key beyond it must be added here."""


@pytest.fixture(scope="module")
def compose(root: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((root / "docker-compose.yml").read_text())
    return loaded


@pytest.fixture(params=["exporter", "demo", "prometheus", "alertmanager", "grafana"])
def service(request: pytest.FixtureRequest, root: Path) -> Service:
    return services(root)[request.param]


def test_it_is_a_compose_file(compose: dict[str, Any], root: Path) -> None:
    problems = Draft202012Validator(COMPOSE).iter_errors(compose)
    assert [f"{one.json_path}: {one.message}" for one in problems] == []
    assert set(services(root)) == {"exporter", "demo", "prometheus", "alertmanager", "grafana"}


def test_references_lead_somewhere(compose: dict[str, Any], root: Path) -> None:
    known = services(root)
    used = {name for one in known.values() for name in one.volumes.values()}
    assert used == set(compose["volumes"])
    for one in known.values():
        assert set(one.raw.get("depends_on", ())) <= set(known)


def test_it_is_hardened(service: Service) -> None:
    assert service.raw["read_only"] is True
    assert service.raw["cap_drop"] == ["ALL"]
    assert service.raw["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service.raw
    assert service.raw["restart"] == "unless-stopped"


def test_its_image_is_pinned(service: Service, root: Path) -> None:
    image = service.raw["image"]
    assert PINNED.fullmatch(image), image
    if image.startswith("deskpulse:"):
        project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
        assert image == f"deskpulse:{project['version']}"
        assert service.raw["build"] == "."


def test_it_is_published_on_this_machine_only(service: Service) -> None:
    assert service.raw["ports"]
    for port in service.raw["ports"]:
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)


def test_what_is_mounted_exists_and_is_read_only(service: Service, root: Path) -> None:
    for target, (file, read_only) in service.files.items():
        assert read_only, target
        assert (root / file).exists() or file == "deskpulse.yaml", file


def test_its_health_is_checked(service: Service, root: Path) -> None:
    assert service.health(root)


def test_what_is_written_goes_to_volumes(root: Path) -> None:
    known = services(root)
    assert known["exporter"].volumes == {"/data": "data"}
    assert known["prometheus"].volumes == {"/prometheus": "prometheus"}
    assert known["alertmanager"].volumes == {"/alertmanager": "alertmanager"}
    assert known["grafana"].volumes == {"/var/lib/grafana": "grafana"}
    assert known["demo"].volumes == {}, "what it makes up is gone when it ends"


def test_one_of_exporter_and_demo_runs_and_prometheus_finds_it(root: Path) -> None:
    known = services(root)
    scraped = yaml.safe_load((root / "alerts/prometheus.yml").read_text())["scrape_configs"]
    (target,) = (one for job in scraped for c in job["static_configs"] for one in c["targets"])
    name, _, port = target.partition(":")
    assert known["demo"].raw["networks"]["default"]["aliases"] == [name] == ["exporter"]
    assert known["demo"].raw["ports"] == known["exporter"].raw["ports"]
    assert known["demo"].raw["ports"][0].endswith(f":{port}")
    assert known["demo"].raw["profiles"] == ["demo"]
    others = set(known) - {"demo", "exporter"}
    assert set(known["demo"].raw["depends_on"]) == others, "`docker compose up demo` starts them"
    assert all("profiles" not in known[one].raw for one in others | {"exporter"})


def test_alerts_reach_the_alertmanager(root: Path) -> None:
    alerting = yaml.safe_load((root / "alerts/prometheus.yml").read_text())["alerting"]
    ((one,),) = ([c["targets"] for c in a["static_configs"]] for a in alerting["alertmanagers"])
    listens = services(root)["alertmanager"].option("--web.listen-address")
    assert one == [f"alertmanager{listens}"]


def test_prometheus_keeps_exemplars_and_takes_no_orders(root: Path) -> None:
    prometheus = services(root)["prometheus"]
    assert prometheus.option("--enable-feature") == "exemplar-storage"
    assert re.fullmatch(r"\d+d", prometheus.option("--storage.tsdb.retention.time"))
    assert not [word for word in prometheus.command if "enable-lifecycle" in word]
    assert not [word for word in prometheus.command if "admin-api" in word]


def test_grafana_finds_what_is_provisioned(root: Path) -> None:
    grafana = services(root)["grafana"]
    (provider,) = yaml.safe_load(
        (root / "dashboards/provisioning/dashboards/deskpulse.yml").read_text()
    )["providers"]
    sources = yaml.safe_load(
        (root / "dashboards/provisioning/datasources/deskpulse.yml").read_text()
    )["datasources"]
    boards = provider["options"]["path"]
    assert grafana.files[boards] == ("dashboards/json", True)
    home = grafana.raw["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (root / "dashboards/json" / Path(home).relative_to(boards)).is_file()
    for source in sources:
        listens = services(root)[source["type"]].option("--web.listen-address")
        assert source["url"] == f"http://{source['type']}{listens}"
    assert {source["type"] for source in sources} == {"prometheus", "alertmanager"}
    assert set(grafana.raw["depends_on"]) == {source["type"] for source in sources}
    mounted = {file for file, _ in grafana.files.values()}
    assert {"dashboards/provisioning/datasources", "dashboards/provisioning/dashboards"} < mounted


def test_nobody_sees_grafana_without_a_password(root: Path) -> None:
    told = services(root)["grafana"].raw["environment"]
    assert told["GF_AUTH_ANONYMOUS_ENABLED"] == told["GF_USERS_ALLOW_SIGN_UP"] == "false"
    assert re.fullmatch(r"\$\{GRAFANA_ADMIN_PASSWORD:\?[^}]+}", told["GF_SECURITY_ADMIN_PASSWORD"])
    with pytest.raises(KeyError, match="GRAFANA_ADMIN_PASSWORD is not set"):
        filled(told["GF_SECURITY_ADMIN_PASSWORD"], {})


@pytest.mark.parametrize("rules", ["deskpulse", "demo"])
def test_either_set_of_rules_can_be_mounted(root: Path, rules: str) -> None:
    files = services(root, {"DESKPULSE_RULES": rules})["prometheus"].files
    assert files["/etc/prometheus/rules/deskpulse.yml"] == (f"alerts/rules/{rules}.yml", True)
    assert (root / f"alerts/rules/{rules}.yml").is_file()


def test_what_was_built_for_this_installation_can_be_mounted_instead(root: Path) -> None:
    """Every file that is mounted is one that `deskpulse alerts build` writes."""
    known = services(root, {"DESKPULSE_ALERTS": "./alerting"})
    mounted = {
        file.removeprefix("alerting/")
        for name in ("prometheus", "alertmanager")
        for file, _ in known[name].files.values()
        if file.startswith("alerting/")
    }
    assert mounted == {name.replace("templates/deskpulse.tmpl", "templates") for name in built()}


def test_alertmanager_finds_its_secrets_and_says_where_it_is_itself(root: Path) -> None:
    manager = services(root)["alertmanager"]
    assert manager.files["/etc/alertmanager/secrets"] == ("compose/secrets", True)
    assert manager.option("--web.external-url") == "http://127.0.0.1:9093/"
    assert manager.raw["ports"] == ["127.0.0.1:9093:9093"]
    ignored = (root / ".gitignore").read_text().splitlines()
    assert {"/compose/secrets/*", "!/compose/secrets/README.md"} <= set(ignored)


# --- the password ---------------------------------------------------------------------------------


def password(root: Path, folder: Path, **environ: str) -> str:
    known = {"PATH": os.environ["PATH"], **environ}
    done = subprocess.run(
        ["sh", str(root / "compose/password")],
        cwd=folder,
        env=known,
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return done.stdout


def test_a_password_is_made_kept_and_printed_once(root: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OTHER=1\n")
    told = password(root, tmp_path)
    kept = (tmp_path / ".env").read_text()
    (made,) = re.findall(r"^GRAFANA_ADMIN_PASSWORD=([0-9a-f]{32})$", kept, re.MULTILINE)
    assert made in told
    assert kept.startswith("OTHER=1\n")
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert password(root, tmp_path) == ""
    assert (tmp_path / ".env").read_text() == kept


def test_a_password_from_the_environment_is_not_written_down(root: Path, tmp_path: Path) -> None:
    assert password(root, tmp_path, GRAFANA_ADMIN_PASSWORD="throw-away-known") == ""
    assert not (tmp_path / ".env").exists()


def test_two_passwords_differ(root: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert password(root, tmp_path / "one") != password(root, tmp_path / "two")


# --- the image ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dockerfile(root: Path) -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile with its words, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", (root / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def words(dockerfile: list[tuple[str, str]], instruction: str) -> list[str]:
    return [rest for word, rest in dockerfile if word == instruction]


def test_the_image_is_built_from_a_pinned_python_with_hashes(
    dockerfile: list[tuple[str, str]],
) -> None:
    assert re.fullmatch(r"PYTHON=3\.12\.\d+-slim-[a-z]+", words(dockerfile, "ARG")[0])
    assert words(dockerfile, "FROM") == ["python:${PYTHON} AS build", "python:${PYTHON}"]
    installs = [one for one in words(dockerfile, "RUN") if "pip install" in one]
    assert ["--require-hashes" in one or "--no-deps" in one for one in installs] == [True, True]


def test_the_image_runs_as_nobody_in_particular(dockerfile: list[tuple[str, str]]) -> None:
    order = [word for word, _ in dockerfile]
    assert words(dockerfile, "USER") == ["10001:10001"]
    assert order.index("USER") > max(at for at, word in enumerate(order) if word in {"RUN", "COPY"})
    assert words(dockerfile, "VOLUME") == words(dockerfile, "WORKDIR")[-1:] == ["/data"]


def test_the_image_gets_all_that_it_copies_and_no_more(
    dockerfile: list[tuple[str, str]], root: Path
) -> None:
    copied = {
        name
        for one in words(dockerfile, "COPY")
        if not one.startswith("--from")
        for name in one.split()[:-1]
    }
    let_in = {
        line.removeprefix("!")
        for line in (root / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert copied == let_in
    assert all((root / name).exists() for name in copied)
    project = tomllib.loads((root / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(packages) <= copied
    assert {project["project"]["readme"], *project["project"]["license-files"]} <= copied


def test_what_the_image_starts_is_what_compose_starts(
    dockerfile: list[tuple[str, str]], root: Path
) -> None:
    assert json.loads(words(dockerfile, "ENTRYPOINT")[0]) == ["deskpulse"]
    assert json.loads(words(dockerfile, "CMD")[0]) == services(root)["exporter"].command
