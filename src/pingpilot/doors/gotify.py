"""Gotify's ``POST /message``.

**Source:** gotify.net/api-docs (createMessage), gotify.net/docs/pushmsg, gotify.net/docs/msgextras.
"""

from collections.abc import Mapping, Sequence

from pingpilot.domain.errors import InvalidRequest, Issue, PingPilotError
from pingpilot.domain.event import Severity
from pingpilot.domain.json_tree import dig, text_at
from pingpilot.doors.arrival import Arrival
from pingpilot.doors.report import Report
from pingpilot.doors.service import CLIENT_MAX_BYTES, Members, Service

LOUD, HIGH = 8, 6
"""From which priority on Gotify's app vibrates; what our own channel gives to warnings."""
NAMES: Mapping[int, str] = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
}
RANDOM_BITS = 12
"""Beside the 41 bits of a time in milliseconds: clients in JavaScript hold 53."""


def read(arrival: Arrival) -> Sequence[Report]:
    """Return the one message; raises InvalidRequest without a text, InvalidJson where it is none."""
    said = _said(arrival)
    text = text_at(said, "message")
    if not text:
        arrival.check_json()
        raise InvalidRequest([Issue("invalid_type", ("message",), "Field 'message' is required")])
    extras = dig(said, "extras")
    return [
        Report(
            title=text_at(said, "title"),
            text=text,
            fields=_own(extras),
            severity=_severity(_priority(said)),
            url=text_at(extras, "client::notification", "click", "url"),
        )
    ]


def accepted(arrival: Arrival, _reports: Sequence[Report], ids: Sequence[str]) -> Members:
    """Answer with the message as Gotify shows it: its clients hold ids as numbers."""
    said = _said(arrival)
    shown = {"message": text_at(said, "message"), "title": text_at(said, "title"), "priority": _priority(said)}
    date = arrival.at.isoformat(timespec="milliseconds")
    return {"id": number_of(ids[0]), "appid": 0, **shown, "date": date, "eventId": ids[0]}


def refused(error: PingPilotError, status: int) -> tuple[int, Members]:
    """Refuse as Gotify does: 400 for what breaks its schema."""
    status = 400 if status == 422 else status
    name = NAMES.get(status, "Internal Server Error" if status >= 500 else "Bad Request")
    return status, {"error": name, "errorCode": status, "errorDescription": error.message}


def number_of(event_id: str) -> int:
    """Return a number that tells an event's id from others: its milliseconds and some of its chance."""
    return int(event_id[:12], 16) << RANDOM_BITS | int(event_id[-RANDOM_BITS // 4 :], 16)


def _said(arrival: Arrival) -> Mapping[str, object]:
    return {**arrival.query, **arrival.members()}


def _priority(said: Mapping[str, object]) -> int:
    text = text_at(said, "priority")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _severity(priority: int) -> Severity:
    if priority >= LOUD:
        return Severity.CRITICAL
    return Severity.WARNING if priority >= HIGH else Severity.INFO


def _own(extras: object) -> dict[str, object]:
    """Return the extras that are not for Gotify's own clients."""
    if not isinstance(extras, Mapping):
        return {}
    return {name: value for name, value in extras.items() if not name.startswith(("client::", "android::"))}


SERVICE = Service(
    name="gotify",
    label="Gotify",
    about="Send as to a Gotify server: `POST /message`, as JSON or as a form.",
    steps=(
        "Where your client or script names your Gotify server, put the address of your instance.",
        "Where it names the application's token, put a PingPilot API key.",
        "Make the category `gotify`; or put `/in/gotify/<category>` behind the host, for clients to add `/message`.",
    ),
    path="/message",
    body_max_bytes=CLIENT_MAX_BYTES,
    read=read,
    accepted=accepted,
    refused=refused,
    category="`gotify`",
    maps=(
        ("title, message", "description; the title is its first line"),
        ("priority 8 and more · 6, 7 · less", "severity `critical` · `warning` · `info`"),
        ("extras `client::notification.click.url`", "where the title links to"),
        ("other extras", "fields; those for Gotify's own apps are left out"),
    ),
    repeats="An `Idempotency-Key` header, if your client sends one.",
    notes=("Messages cannot be read back, deleted or streamed here.",),
)
