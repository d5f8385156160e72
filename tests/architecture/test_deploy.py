"""What deploy/ says is so: its files parse, and name settings, commands, addresses and files that there are."""

import json
import re
import shlex

import pytest
import yaml

from pingpilot.cli import ENTRIES
from tests.architecture.source import ROOT

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
SETTINGS = set(re.findall(r"`(PINGPILOT_\w+)`", (ROOT / "docs" / "settings.md").read_text("utf-8")))
COMMANDS = {entry.name for entry in ENTRIES}
ONE, CLUSTER = (yaml.safe_load((DEPLOY / name).read_text("utf-8")) for name in ("compose.yaml", "compose.cluster.yaml"))
PARTS = yaml.safe_load((DEPLOY / "kubernetes" / "pingpilot.yaml").read_text("utf-8"))["items"]
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
STOP_S = 25
"""Source: SPEC section 11: what is in flight is finished within 25 s of a SIGTERM."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_that_is_named_is_one(path):
    assert set(re.findall(r"PINGPILOT_[A-Z_]*[A-Z]", path.read_text("utf-8"))) <= SETTINGS


def commands():
    for unit in UNITS:
        yield from re.findall(r"^ExecStart=.*?(pingpilot [^\n\"]+)", unit.read_text("utf-8"), re.MULTILINE)
    for part in PARTS:
        for container in part.get("spec", {}).get("template", {}).get("spec", {}).get("containers", ()):
            yield shlex.join(container["command"])
    for service in CLUSTER["services"].values():
        if service.get("image") == "pingpilot":
            yield shlex.join(service["command"])
    for words in re.findall(r"^CMD (\[.*\])$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE):
        yield shlex.join(json.loads(words))


def test_every_command_is_one():
    found = list(commands())
    assert len(found) > 8
    assert {line.split()[0] for line in found} == {"pingpilot"}
    assert {line.split()[1] for line in found} <= COMMANDS


def test_what_the_image_is_built_of_is_there_and_let_in():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    let_in = re.findall(r"^!(.+)$", (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8"), re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    assert sorted(names) == sorted(let_in)
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_everybody_gets_the_time_to_finish():
    graces = [ONE["services"]["pingpilot"]["stop_grace_period"], CLUSTER["x-pingpilot"]["stop_grace_period"]]
    pods = [part["spec"]["template"]["spec"] for part in PARTS if part["kind"] == "Deployment"]
    graces += [f"{pod['terminationGracePeriodSeconds']}s" for pod in pods]
    for unit in UNITS:
        graces += [
            f"{found}s" for found in re.findall(r"^TimeoutStopSec=(\d+)$", unit.read_text("utf-8"), re.MULTILINE)
        ]
    assert len(graces) == 7
    assert all(int(grace.removesuffix("s")) > STOP_S for grace in graces)


def test_nobody_runs_as_root_or_writes_beside_the_data():
    users = re.findall(r"^USER (\d+)$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert users == ["10001"]
    for service in (ONE["services"]["pingpilot"], CLUSTER["x-pingpilot"]):
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    for part in PARTS:
        pod = part.get("spec", {}).get("template", {}).get("spec")
        if pod:
            assert pod["securityContext"]["runAsNonRoot"]
            assert pod["enableServiceLinks"] is False, "the variables of links stop the start"
            assert all(one["securityContext"]["readOnlyRootFilesystem"] for one in pod["containers"])


def test_health_is_asked_where_it_is_told():
    told = (ROOT / "src" / "pingpilot" / "wiring" / "metrics.py").read_text("utf-8")
    deployments = [one for one in PARTS if one["kind"] == "Deployment"]
    assert len(deployments) == 2
    for one in deployments:
        (container,) = one["spec"]["template"]["spec"]["containers"]
        asked = {container[probe]["httpGet"]["path"] for probe in ("readinessProbe", "livenessProbe")}
        assert asked == {"/readyz", "/healthz"}
        assert all(f'"{path}"' in told for path in asked)


def test_a_worker_is_asked_at_the_port_that_it_is_given():
    (worker,) = [one for one in PARTS if one["kind"] == "Deployment" and one["metadata"]["name"].endswith("worker")]
    (container,) = worker["spec"]["template"]["spec"]["containers"]
    given = {one["name"]: one["value"] for one in container["env"]}
    (port,) = container["ports"]
    assert given == {"PINGPILOT_WORKER_HOST": "0.0.0.0", "PINGPILOT_WORKER_PORT": str(port["containerPort"])}
    assert {container[probe]["httpGet"]["port"] for probe in ("readinessProbe", "livenessProbe")} == {port["name"]}
    service = CLUSTER["services"]["worker"]
    assert f":{service['environment']['PINGPILOT_WORKER_PORT']}/readyz" in service["healthcheck"]["test"][-1]
    assert service["environment"].items() > CLUSTER["x-pingpilot"]["environment"].items()
