"""Alerts as Alertmanager and Grafana send them: groups of them, again and again while they fire."""

from collections.abc import Mapping, Sequence

from pingpilot.domain.event import Severity
from pingpilot.domain.json_tree import dig, first_text, items_at, text_at
from pingpilot.doors.arrival import Arrival
from pingpilot.doors.report import Report, instant

RESOLVED = "resolved"
SEVERITIES: Mapping[str, Severity] = {
    **dict.fromkeys(("critical", "error", "page", "emergency", "disaster", "high"), Severity.CRITICAL),
    **dict.fromkeys(("info", "information", "informational", "none", "low"), Severity.INFO),
}
"""What people write into the label ``severity``; all else is a warning."""
TEXTS = ("summary", "description", "message")
"""Annotations that are the text itself."""
MAPS = (
    ("each alert of the group", "an event of its own"),
    ("label `alertname`, annotation `summary`", "description, first line: `[FIRING] HighLatency: …`"),
    ("annotations `description`, `message`", "description"),
    ("status `resolved`", "severity `success`"),
    ("label `severity`", "severity; `warning` where it says nothing known"),
    ("other labels and annotations, values", "fields"),
    ("`startsAt`, when resolved `endsAt`", "when it happened"),
)
REPEATS = "the alert's fingerprint, its start and its status: one that goes on firing is an event once in 24 hours."


def read_alerts(arrival: Arrival) -> list[Report]:
    """Return a report for each alert of a group."""
    return [_report(alert) for alert in items_at(arrival.json(), "alerts") if isinstance(alert, Mapping)]


def _report(alert: Mapping[str, object]) -> Report:
    status = text_at(alert, "status") or "firing"
    name = text_at(alert, "labels", "alertname") or "Alert"
    summary = first_text(alert, *(("annotations", name) for name in TEXTS))
    return Report(
        title=f"[{status.upper()}] {name}" + (f": {summary}" if summary else ""),
        text="\n".join(_more_texts(alert, summary)),
        fields=_fields(alert, status),
        severity=_severity(alert, status),
        occurred_at=instant(text_at(alert, "endsAt" if status == RESOLVED else "startsAt")),
        url=first_text(alert, ("panelURL",), ("dashboardURL",), ("generatorURL",)),
        identity=" ".join((_fingerprint(alert), text_at(alert, "startsAt"), status)),
    )


def _more_texts(alert: Mapping[str, object], summary: str) -> Sequence[str]:
    texts = (text_at(alert, "annotations", name) for name in TEXTS)
    return list(dict.fromkeys(text for text in texts if text and text != summary))


def _fields(alert: Mapping[str, object], status: str) -> dict[str, object]:
    """Return labels, what annotations say besides, and values; names that are taken keep what they have."""
    labels = {name: value for name, value in _members(alert, "labels").items() if name != "alertname"}
    notes = {name: value for name, value in _members(alert, "annotations").items() if name not in TEXTS}
    values = {f"value {name}": value for name, value in _members(alert, "values").items()}
    links = {"silence": text_at(alert, "silenceURL")}
    return {"status": status, **links, **notes, **labels, **values}


def _severity(alert: Mapping[str, object], status: str) -> Severity:
    if status == RESOLVED:
        return Severity.SUCCESS
    return SEVERITIES.get(text_at(alert, "labels", "severity").lower(), Severity.WARNING)


def _fingerprint(alert: Mapping[str, object]) -> str:
    """Return what tells an alert from others: early releases send no fingerprint, labels are what it is made of."""
    labels = sorted(f"{name}={value}" for name, value in _members(alert, "labels").items())
    return text_at(alert, "fingerprint") or ",".join(labels)


def _members(alert: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = dig(alert, name)
    return found if isinstance(found, Mapping) else {}
