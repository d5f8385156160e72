"""Sentry's webhooks: those of an internal integration, and the older ones of the WebHooks plugin.

**Source:** docs.sentry.io/organization/integrations/integration-platform/webhooks.
"""

from collections.abc import Mapping, Sequence

from pingpilot.domain.event import Severity
from pingpilot.domain.json_tree import Json, dig, first_text, items_at, text_at
from pingpilot.doors.arrival import Arrival
from pingpilot.doors.report import Report, instant
from pingpilot.doors.service import Service

LEVELS: Mapping[str, Severity] = {
    **dict.fromkeys(("fatal", "error", "critical"), Severity.CRITICAL),
    "warning": Severity.WARNING,
}
SUBJECTS = ("error", "event", "issue", "metric_alert", "comment")
"""Members of ``data`` that hold what a call is about."""
PROJECTS = (("project", "slug"), ("project_name",), ("project",))
TITLES = (("title",), ("metadata", "title"), ("description_title",), ("alert_rule", "name"), ("comment",), ("message",))


def read(arrival: Arrival) -> Sequence[Report]:
    """Return the one report; nothing where it says nothing."""
    said = arrival.json()
    if not isinstance(said, Mapping) or not said:
        return []
    identity = arrival.headers.get("request-id", "")
    return [_plain(said, identity)] if "data" not in said else _told(arrival, said, identity)


def is_signed(arrival: Arrival, secret: str) -> bool:
    """Check ``Sentry-Hook-Signature``."""
    return arrival.is_signed(secret, arrival.headers.get("sentry-hook-signature", ""))


def _told(arrival: Arrival, said: Mapping[str, Json], identity: str) -> list[Report]:
    """Read a call of an integration."""
    resource, action = arrival.headers.get("sentry-hook-resource", ""), text_at(said, "action")
    subject = next((dig(said, "data", name) for name in SUBJECTS if dig(said, "data", name)), dig(said, "data"))
    data = dig(said, "data")
    title = first_text(subject, *TITLES) or first_text(data, *TITLES)
    rule = first_text(data, ("triggered_rule",), ("metric_alert", "alert_rule", "name"))
    return [
        Report(
            title=" · ".join(filter(None, (_did(resource, action), title))) or "A call of Sentry",
            text=first_text(subject, ("culprit",), ("description_text",)) or text_at(data, "description_text"),
            fields={
                "resource": resource,
                "action": action,
                "rule": rule,
                "project": first_text(subject, *PROJECTS) or text_at(data, "project_slug"),
                "issue": first_text(subject, ("shortId",), ("issue_id",)) or text_at(data, "issue_id"),
                "level": text_at(subject, "level"),
                "environment": text_at(subject, "environment"),
                "release": text_at(subject, "release"),
                "actor": text_at(said, "actor", "name"),
            },
            severity=_severity(action, text_at(subject, "level")),
            occurred_at=instant(first_text(subject, ("datetime",), ("timestamp",))),
            url=first_text(subject, ("web_url",), ("permalink",), ("issue_url",)) or text_at(data, "web_url"),
            identity=identity,
        )
    ]


def _did(resource: str, action: str) -> str:
    """Say what was done to what: ``Metric alert critical``."""
    words = f"{resource.replace('_', ' ')} {action}".strip()
    return words[:1].upper() + words[1:]


def _plain(said: Mapping[str, Json], identity: str) -> Report:
    """Read a call of the older plugin."""
    return Report(
        title=first_text(said, ("event", "title"), ("message",), ("event", "metadata", "title")) or "A Sentry event",
        text=text_at(said, "culprit"),
        fields={
            "project": first_text(said, ("project_slug",), ("project",)),
            "level": text_at(said, "level"),
            "logger": text_at(said, "logger"),
            "environment": text_at(said, "event", "environment"),
            "release": text_at(said, "event", "release"),
            "rules": items_at(said, "triggering_rules"),
        },
        severity=_severity("", text_at(said, "level")),
        occurred_at=instant(first_text(said, ("event", "timestamp"))),
        url=text_at(said, "url"),
        identity=identity or text_at(said, "event", "event_id"),
    )


def _severity(action: str, level: str) -> Severity:
    """Return what an action says, or else the level: that a thing is resolved counts for more than what it was."""
    if action == "resolved":
        return Severity.SUCCESS
    return LEVELS.get(action) or LEVELS.get(level) or Severity.INFO


SERVICE = Service(
    name="sentry",
    label="Sentry",
    about="New issues, alerts and errors from Sentry.",
    steps=(
        "Make the category `sentry`, or choose one by `?category=`.",
        "In Sentry open *Settings*, *Custom Integrations*, *Create New Integration*, and choose *Internal*.",
        "Paste the address as *Webhook URL*, switch *Alert Rule Action* on, choose the webhooks, and save.",
        "Copy the *Client Secret*, and enter it under *Connect a service*.",
        "Let an alert rule send a notification through your integration.",
    ),
    read=read,
    is_signed=is_signed,
    signed_by="The client secret of the integration.",
    category="`sentry`",
    maps=(
        ("resource, action, title", "description, first line: “Event alert triggered · TypeError: …”"),
        ("culprit, or an alert's text", "description"),
        (
            "action `resolved` · `critical`, level `error`, `fatal` · `warning`",
            "severity `success` · `critical` · `warning`",
        ),
        ("project, issue, rule, level, environment, release", "fields"),
        ("`web_url`, `permalink`, `url`", "where the title links to"),
    ),
    repeats="`Request-ID`; of the older plugin, the id of Sentry's event.",
    notes=("Calls of the older *WebHooks* plugin are read as well; they are never signed, so set no secret for them.",),
)
