"""Whatever is sent to a door: what it makes of it is an event that the API itself would take."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingpilot.domain.errors import InvalidJson, InvalidRequest, Issue, PingPilotError, WithIssues
from pingpilot.domain.event import NewEvent
from pingpilot.doors.arrival import Arrival
from pingpilot.doors.catalogue import SERVICES
from pingpilot.doors.door import as_it_came, category_of
from pingpilot.doors.service import Service
from pingpilot.ingest.answers import STATUS
from pingpilot.ingest.payload import parse

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BY_NAME = {service.name: service for service in SERVICES}
KINDS = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain", ""]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=6),
    max_leaves=10,
)
WORDS = sorted(
    {
        *("action", "alerts", "annotations", "channel", "check_run", "conclusion", "created", "data", "description"),
        *("endsAt", "event", "fingerprint", "heartbeat", "html_url", "icon", "id", "issue", "labels", "message"),
        *("monitor", "msg", "name", "object", "priority", "project", "repository", "sender", "severity", "startsAt"),
        *("status", "tags", "time", "timestamp", "title", "topic", "type", "url", "workflow_run", "amount", "currency"),
    }
)
KNOWN = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=8),
    max_leaves=10,
)


def arrivals(body: bytes, kind: str, more: dict[str, str]) -> Arrival:
    headers = {"content-type": kind, **more}
    return Arrival(method="POST", category="", headers=headers, query={}, body=body, at=NOW)


def sent_again(event: NewEvent) -> bytes:
    """Return the event as a client of our own API would send it."""
    body: dict[str, Any] = {"category": event.category, "severity": event.severity.value}
    named = {"description": event.description, "dedupe_key": event.dedupe_key, "url": event.url}
    body |= {name: value for name, value in named.items() if value is not None}
    if event.occurred_at is not None:
        body["timestamp"] = event.occurred_at.isoformat()
    return json.dumps(body)[:-1].encode() + f', "fields": {event.fields_json}}}'.encode()


def is_sound(service: Service, arrival: Arrival) -> bool:
    """Tell whether a call is refused as the service would, or made into events that are right."""
    try:
        reports = service.read(arrival) or [as_it_came(service, arrival)]
    except InvalidRequest as error:
        return bool(error.issues)
    except InvalidJson:
        return arrival.json() is None
    for report in reports:
        event = report.event(category_of(service, arrival, report), NOW)
        assert parse(sent_again(event), NOW) == event._replace(dedupe_key=event.dedupe_key)
    json.dumps(service.accepted(arrival, reports, ["0" * 32] * len(reports)), default=str)
    return True


@pytest.mark.parametrize("name", BY_NAME)
@settings(max_examples=15)
@given(body=st.binary(max_size=200) | KNOWN.map(lambda tree: json.dumps(tree).encode()), kind=st.sampled_from(KINDS))
def test_any_body(name: str, body: bytes, kind: str):
    assert is_sound(BY_NAME[name], arrivals(body, kind, {}))


@pytest.mark.parametrize("name", BY_NAME)
@settings(max_examples=15)
@given(tree=st.dictionaries(st.text(max_size=10), TREES, max_size=20))
def test_any_json(name: str, tree: dict[str, Any]):
    assert is_sound(BY_NAME[name], arrivals(json.dumps(tree).encode(), "application/json", {}))


@pytest.mark.parametrize("name", [service.name for service in SERVICES if service.refused is not None])
def test_every_refusal_has_a_shape_and_says_why(name: str):
    refused = BY_NAME[name].refused
    assert refused is not None
    for error in STATUS:
        status, members = refused(made(error), STATUS[error])
        assert 400 <= status <= 599
        assert "sentence" in json.dumps(members) or (name == "pushover" and members["token"] == "invalid")


def made(error: type[PingPilotError]) -> PingPilotError:
    """Return an error of a kind, with a sentence that is seen again."""
    if issubclass(error, WithIssues):
        return error([Issue("invalid_type", ("member",), "sentence")])
    one = error.__new__(error)
    PingPilotError.__init__(one, "sentence")
    return one
