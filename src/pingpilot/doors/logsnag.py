"""LogSnag's client API: ``POST /v1/log``.

**Source:** docs.logsnag.com/api-reference/log.
"""

from collections.abc import Sequence

from pingpilot.domain.errors import InvalidJson, InvalidRequest, Issue, PingPilotError, WithIssues
from pingpilot.domain.event import Severity
from pingpilot.domain.json_tree import dig, text_at
from pingpilot.doors.arrival import Arrival
from pingpilot.doors.report import Report, instant
from pingpilot.doors.service import CLIENT_MAX_BYTES, Members, Service

REQUIRED = ("project", "channel", "event")


def read(arrival: Arrival) -> Sequence[Report]:
    """Return the one log; raises InvalidJson, or InvalidRequest with every member that is missing."""
    log = arrival.json()
    if log is None:
        raise InvalidJson
    missing = [name for name in REQUIRED if not text_at(log, name)]
    if missing:
        raise InvalidRequest([Issue("invalid_type", (name,), f"{name} is required") for name in missing])
    icon = text_at(log, "icon")
    return [
        Report(
            title=f"{icon} {text_at(log, 'event')}".strip(),
            text=text_at(log, "description"),
            fields={"project": text_at(log, "project"), "user_id": text_at(log, "user_id"), **_tags(log)},
            severity=Severity.INFO,
            occurred_at=instant(dig(log, "timestamp")),
            category=text_at(log, "channel"),
        )
    ]


def accepted(arrival: Arrival, _reports: Sequence[Report], ids: Sequence[str]) -> Members:
    """Answer with the log as it came."""
    log = arrival.json()
    said = {name: dig(log, name) for name in (*REQUIRED, "description", "icon", "tags", "notify")}
    return {**{name: value for name, value in said.items() if value is not None}, "eventId": ids[0]}


def refused(error: PingPilotError, status: int) -> tuple[int, Members]:
    """Refuse as LogSnag does: 400 for what breaks its schema, with where."""
    if not isinstance(error, WithIssues):
        return status, {"message": error.message}
    body = [{"path": ".".join(map(str, issue.path)), "message": issue.message} for issue in error.issues]
    return 400, {"message": "Validation Error", "validation": {"body": body}}


def _tags(log: object) -> dict[str, object]:
    tags = dig(log, "tags")
    return dict(tags) if isinstance(tags, dict) else {}


SERVICE = Service(
    name="logsnag",
    label="LogSnag",
    about="Point a LogSnag client at your own instance: `POST /v1/log` takes the same calls.",
    steps=(
        "Where your code or client names `https://api.logsnag.com`, put the address of your instance.",
        "Where it names the LogSnag token, put a PingPilot API key.",
        "Make a category for each channel you use.",
    ),
    path="/v1/log",
    body_max_bytes=CLIENT_MAX_BYTES,
    read=read,
    accepted=accepted,
    refused=refused,
    category="`channel`",
    maps=(
        ("`event`, `icon`, `description`", "description; the event's name is its first line"),
        ("`tags`", "fields, numbers as sent"),
        ("`project`, `user_id`", "fields"),
        ("`timestamp`", "when it happened: seconds, at most 30 days ago"),
        ("`notify`, `parser`", "nothing: each channel of the category hears of every event, and text stays text"),
    ),
    repeats="An `Idempotency-Key` header, if your client sends one.",
    notes=("`/v1/identify`, `/v1/group` and `/v1/insight` have no counterpart here and are answered with 404.",),
)
