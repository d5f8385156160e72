"""Uptime Kuma: its webhook, as JSON and as a form, and its test."""

import json
from typing import Any

import pytest

from tests.contract.doors.visitor import Visitor


def heartbeat(status: int, time: str = "2026-01-01 10:00:00.000") -> dict[str, Any]:
    return {
        "heartbeat": {
            "monitorID": 7,
            "status": status,
            "time": time,
            "msg": "connect ECONNREFUSED",
            "important": True,
            "duration": 60,
            "ping": None,
            "timezone": "UTC",
        },
        "monitor": {"id": 7, "name": "Shop", "url": "https://shop.example.com", "hostname": None, "type": "http"},
        "msg": "[Shop] [🔴 Down] connect ECONNREFUSED",
    }


@pytest.mark.parametrize(("status", "severity"), [(0, "critical"), (1, "success"), (2, "warning"), (3, "info")])
def test_a_state_is_a_severity(visitor: Visitor, status: int, severity: str):
    told = visitor.told(visitor.call(f"/in/uptime-kuma/{visitor.key}", heartbeat(status)).json["eventId"])
    assert (told.category, told.severity, told.url) == ("uptime-kuma", severity, "https://shop.example.com")
    assert told.description == "[Shop] [🔴 Down] connect ECONNREFUSED"
    assert (told.fields["monitor"], told.fields["type"], told.fields["duration"]) == ("Shop", "http", 60)


def test_a_form_holds_the_same(visitor: Visitor):
    said = json.dumps(heartbeat(0, "2026-01-01 11:00:00.000"))
    body = f'--b\r\nContent-Disposition: form-data; name="data"\r\n\r\n{said}\r\n--b--\r\n'.encode()
    headers = {**visitor.bearer, "Content-Type": "multipart/form-data; boundary=b"}
    told = visitor.told(visitor.call("/in/uptime-kuma", body, headers).json["eventId"])
    assert (told.severity, told.fields["monitor"]) == ("critical", "Shop")


def test_where_a_monitor_looks_is_kept(visitor: Visitor):
    said = heartbeat(0, "2026-01-03 10:00:00.000")
    said["monitor"] |= {"type": "port", "hostname": "db.lan", "port": 5432, "tags": [{"name": "prod"}, {"name": "eu"}]}
    told = visitor.told(visitor.call(f"/in/uptime-kuma/{visitor.key}", said).json["eventId"])
    assert {name: told.fields[name] for name in ("hostname", "port", "tags")} == {
        "hostname": "db.lan",
        "port": "5432",
        "tags": "prod, eu",
    }


def test_its_test_is_an_event(visitor: Visitor):
    said = {"heartbeat": None, "monitor": None, "msg": "My Webhook Testing"}
    told = visitor.told(visitor.call(f"/in/uptime-kuma/{visitor.key}", said).json["eventId"])
    assert (told.description, told.severity, told.fields) == ("My Webhook Testing", "info", {})


def test_the_same_heartbeat_is_kept_once(visitor: Visitor):
    first, second, later = (
        visitor.call(f"/in/uptime-kuma/{visitor.key}", heartbeat(0, f"2026-01-02 10:00:0{second}.000")).json["eventId"]
        for second in (0, 0, 1)
    )
    assert first == second != later
