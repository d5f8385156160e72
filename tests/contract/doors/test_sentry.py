"""Sentry: calls of an integration and of the older plugin, in the shapes of its documentation."""

from typing import Any

import pytest

from tests.contract.doors.visitor import Told, Visitor

ACTOR = {"type": "application", "id": "sentry", "name": "Sentry"}
EVENT = {
    "event_id": "e" * 32,
    "title": "TypeError: x is undefined",
    "culprit": "checkout.pay",
    "level": "error",
    "environment": "production",
    "release": "shop@1.2",
    "web_url": "https://sentry.example/issues/1/events/e/",
    "issue_url": "https://sentry.example/api/0/issues/1/",
    "issue_id": "1",
    "project": 7,
}
ISSUE = {
    "id": "1",
    "shortId": "SHOP-1",
    "title": "TypeError: x is undefined",
    "culprit": "checkout.pay",
    "level": "error",
    "permalink": "https://sentry.example/issues/1/",
    "project": {"id": "7", "slug": "shop", "name": "Shop"},
}
METRIC = {
    "metric_alert": {"alert_rule": {"name": "Slow"}, "title": "Slow"},
    "description_text": "p95 is above 2 s",
    "description_title": "Critical: Slow",
    "web_url": "https://sentry.example/alerts/3/",
}


def told(visitor: Visitor, resource: str, body: dict[str, Any], identity: str = "") -> Told:
    headers = {"Sentry-Hook-Resource": resource, **({"Request-ID": identity} if identity else {})}
    answer = visitor.call(f"/in/sentry/{visitor.key}", body, headers)
    assert answer.status == 200, answer.body
    return visitor.told(answer.json["eventId"])


def call(action: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"action": action, "installation": {"uuid": "u"}, "data": data, "actor": ACTOR}


def test_an_alert_about_an_event(visitor: Visitor):
    found = told(visitor, "event_alert", call("triggered", {"event": EVENT, "triggered_rule": "Every new error"}))
    assert found.description == "Event alert triggered · TypeError: x is undefined\ncheckout.pay"
    assert (found.category, found.severity, found.url) == ("sentry", "critical", EVENT["web_url"])
    assert (found.fields["rule"], found.fields["environment"]) == ("Every new error", "production")


@pytest.mark.parametrize(
    ("action", "severity"), [("created", "critical"), ("resolved", "success"), ("assigned", "critical")]
)
def test_an_issue(visitor: Visitor, action: str, severity: str):
    found = told(visitor, "issue", call(action, {"issue": ISSUE}))
    assert found.description == f"Issue {action} · TypeError: x is undefined\ncheckout.pay"
    assert (found.severity, found.url) == (severity, ISSUE["permalink"])
    assert (found.fields["issue"], found.fields["project"]) == ("SHOP-1", "shop")


@pytest.mark.parametrize(
    ("action", "severity"), [("critical", "critical"), ("warning", "warning"), ("resolved", "success")]
)
def test_a_metric_alert(visitor: Visitor, action: str, severity: str):
    found = told(visitor, "metric_alert", call(action, METRIC))
    assert found.description == f"Metric alert {action} · Slow\np95 is above 2 s"
    assert (found.severity, found.url, found.fields["rule"]) == (severity, METRIC["web_url"], "Slow")


def test_a_comment_says_on_what(visitor: Visitor):
    data = {"comment_id": 4, "issue_id": "100", "project_slug": "shop", "comment": "Seen before"}
    found = told(visitor, "comment", call("created", data))
    assert found.description == "Comment created · Seen before"
    assert (found.fields["project"], found.fields["issue"]) == ("shop", "100")


def test_what_has_no_title_is_not_said_twice(visitor: Visitor):
    found = told(visitor, "installation", call("created", {"installation": {"status": "pending"}}))
    assert found.description == "Installation created"


def test_a_call_of_the_older_plugin(visitor: Visitor):
    body = {
        "id": "1",
        "project": "shop",
        "project_name": "Shop",
        "project_slug": "shop",
        "logger": None,
        "level": "warning",
        "culprit": "checkout.pay",
        "message": "",
        "url": "https://sentry.example/issues/1/",
        "triggering_rules": ["New issue"],
        "event": {"event_id": "d" * 32, "title": "Slow query", "environment": "production"},
    }
    found = told(visitor, "", body)
    assert found.description == "Slow query\ncheckout.pay"
    assert (found.severity, found.url, found.fields["rules"]) == ("warning", body["url"], "New issue")


def test_a_request_that_comes_again_is_kept_once(visitor: Visitor):
    before = visitor.shop.count()
    for _ in range(2):
        told(visitor, "issue", call("created", {"issue": ISSUE}), "once-and-again")
    assert visitor.shop.count() == before + 1
