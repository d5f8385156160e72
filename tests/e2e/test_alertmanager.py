"""Debian's own Alertmanager as the client: it fires, it repeats, it resolves."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.contract.doors.visitor import Told, Visitor
from tests.contract.shop import open_shop
from tests.parts import require
from tests.servers.ports import free_port, wait_until
from tests.servers.service import Service

BINARY = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
CONFIG = """
route: {{receiver: pingpilot, group_by: [alertname], group_wait: 1s, group_interval: 2s, repeat_interval: 3s}}
receivers:
  - name: pingpilot
    webhook_configs:
      - url: {url}/in/alertmanager?category=sale
        send_resolved: true
        http_config: {{authorization: {{credentials: {key}}}}}
"""


@pytest.fixture
def visitor(shared_service: Service) -> Visitor:
    return Visitor(open_shop(shared_service, "prometheus"))


@pytest.fixture
def alertmanager(visitor: Visitor, tmp_path: Path) -> Iterator[str]:
    """A running Alertmanager that reports to the workspace; gives its address."""
    require(BINARY is not None, "no Alertmanager: apt install prometheus-alertmanager")
    assert BINARY is not None
    port, config = free_port(), tmp_path / "alertmanager.yml"
    config.write_text(CONFIG.format(url=visitor.shop.service.url, key=visitor.key))
    address = f"127.0.0.1:{port}"
    command = [BINARY, f"--config.file={config}", f"--storage.path={tmp_path / 'data'}", "--cluster.listen-address="]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*command, f"--web.listen-address={address}"], stdout=log, stderr=log)
    try:
        wait_until(lambda: is_ready(process, address), "Alertmanager is ready", 30)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(20)


def is_ready(process: "subprocess.Popen[bytes]", address: str) -> bool:
    assert process.poll() is None
    try:
        with urlopen(f"http://{address}/-/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def fire(alertmanager: str, **times: str) -> None:
    """Tell it of the alert, as Prometheus would."""
    alert = {
        "labels": {"alertname": "HighLatency", "severity": "critical"},
        "annotations": {"summary": "p95 is 2 s"},
        "generatorURL": "http://prometheus.example:9090/graph",
        **times,
    }
    body = json.dumps([alert]).encode()
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{alertmanager}/api/v2/alerts", body, headers), timeout=10) as answer:
        assert answer.status == 200


def told(visitor: Visitor) -> list[Told]:
    statement = "SELECT id FROM store_event WHERE workspace_id = ? ORDER BY id"
    rows = visitor.shop.service.rows(statement, visitor.shop.workspace.id)
    return [visitor.told(event_id) for (event_id,) in rows]


def test_an_alert_is_reported_once_while_it_fires_and_once_when_it_ends(visitor: Visitor, alertmanager: str):
    start = datetime.now(UTC) - timedelta(minutes=1)
    fire(alertmanager, startsAt=start.isoformat())
    wait_until(lambda: told(visitor), "the alert is reported", 30)
    (firing,) = told(visitor)
    assert (firing.category, firing.severity) == ("sale", "critical")
    assert firing.description == "[FIRING] HighLatency: p95 is 2 s"
    fire(alertmanager, startsAt=start.isoformat(), endsAt=datetime.now(UTC).isoformat())
    wait_until(lambda: len(told(visitor)) > 1, "its end is reported", 40)
    assert [one.severity for one in told(visitor)] == ["critical", "success"]
