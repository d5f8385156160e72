"""Alertmanager and Grafana: groups of alerts as their documentation shows them, and again and again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contract.doors.visitor import Visitor

NOW = datetime.now(UTC).replace(microsecond=0)
NEVER = "0001-01-01T00:00:00Z"


def alert(name: str, *, status: str = "firing", severity: str = "critical", start: datetime = NOW) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": name, "severity": severity, "instance": "db-1:9100"},
        "annotations": {
            "summary": f"{name} on db-1",
            "description": "For 5 minutes",
            "runbook": "https://wiki.example/1",
        },
        "startsAt": start.isoformat(),
        "endsAt": start.isoformat() if status == "resolved" else NEVER,
        "generatorURL": "http://prometheus.example:9090/graph?g0.expr=up",
        "fingerprint": f"f{abs(hash(name)):015x}",
    }


def group(*alerts: dict[str, Any], **more: object) -> dict[str, Any]:
    return {
        "version": "4",
        "groupKey": '{}:{alertname="x"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "pingpilot",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example:9093",
        "alerts": list(alerts),
        **more,
    }


@pytest.mark.parametrize("service", ["alertmanager", "grafana"])
def test_each_alert_is_an_event(visitor: Visitor, service: str):
    first, second = alert(f"{service}One"), alert(f"{service}Two", severity="info")
    answer = visitor.call(f"/in/{service}/{visitor.key}", group(first, second))
    assert answer.status == 200
    one, two = (visitor.told(event_id) for event_id in answer.json["eventIds"])
    assert one.category == service
    assert one.description == f"[FIRING] {service}One: {service}One on db-1\nFor 5 minutes"
    assert (one.severity, two.severity) == ("critical", "info")
    assert one.url == "http://prometheus.example:9090/graph?g0.expr=up"
    expected = {
        "status": "firing",
        "runbook": "https://wiki.example/1",
        "severity": "critical",
        "instance": "db-1:9100",
    }
    assert one.fields == expected


def test_an_alert_that_goes_on_is_kept_once_and_its_end_as_well(visitor: Visitor):
    path, before = f"/in/alertmanager/{visitor.key}/backups", visitor.shop.count()
    first = visitor.call(path, group(alert("Lasting"))).json["eventIds"]
    again = visitor.call(path, group(alert("Lasting"), alert("Joining"))).json["eventIds"]
    assert again[0] == first[0]
    ended = visitor.call(path, group(alert("Lasting", status="resolved"))).json["eventIds"]
    anew = visitor.call(path, group(alert("Lasting", start=NOW + timedelta(seconds=1)))).json["eventIds"]
    assert len({*first, *again, *ended, *anew}) == 4
    assert visitor.shop.count() == before + 4
    assert visitor.told(ended[0]).severity == "success"
    elsewhere = visitor.call(f"/in/alertmanager/{visitor.key}", group(alert("Lasting"))).json["eventIds"]
    assert elsewhere != first


def test_grafanas_own_members_are_kept(visitor: Visitor):
    own = {
        "values": {"A": 92.50, "C": 1},
        "valueString": "[ var='A' labels={} value=92.5 ]",
        "silenceURL": "https://grafana.example/alerting/silence/new",
        "dashboardURL": "https://grafana.example/d/abc",
        "panelURL": "https://grafana.example/d/abc?viewPanel=2",
        "imageURL": "https://grafana.example/x.png",
    }
    answer = visitor.call(
        "/in/grafana", group({**alert("Hot"), **own}, title="[FIRING:1]", state="alerting"), visitor.bearer
    )
    told = visitor.told(answer.json["eventId"])
    assert told.url == own["panelURL"]
    assert (told.fields["value A"], told.fields["silence"]) == (92.5, own["silenceURL"])


def test_many_alerts_at_once(visitor: Visitor):
    alerts = [alert(f"Many{number}") for number in range(120)]
    ids = visitor.call("/in/alertmanager", group(*alerts), visitor.bearer).json["eventIds"]
    assert len(set(ids)) == 120
    assert visitor.told(ids[119]).description == "[FIRING] Many119: Many119 on db-1\nFor 5 minutes"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"alerts":[]}', b'{"alerts":7}', b'{"alerts":[1]}', b"\xff" * 9_000])
def test_what_cannot_be_read_is_kept_as_it_came(visitor: Visitor, body: bytes):
    answer = visitor.call("/in/grafana", body, visitor.bearer)
    told = visitor.told(answer.json["eventId"])
    assert told.description is not None
    assert told.description.startswith("A call from Grafana that could not be read:")
    assert body[:50].decode("utf-8", "replace") in told.description
    size = "1 byte" if len(body) == 1 else f"{len(body)} bytes"
    assert (told.severity, told.fields["size"]) == ("warning", size)
