"""Pushover's ``POST /1/messages.json``.

**Source:** pushover.net/api.
"""

import html
import re
from collections.abc import Mapping, Sequence

from pingpilot.domain.errors import InvalidKey, InvalidRequest, Issue, PingPilotError, Unauthorized
from pingpilot.domain.event import Severity
from pingpilot.domain.json_tree import dig, text_at
from pingpilot.doors.arrival import Arrival
from pingpilot.doors.report import Report, instant
from pingpilot.doors.service import Members, Service

BODY_MAX_BYTES = 5_242_880 + 65_536
"""An image of 5 MB and the rest. Source: pushover.net/api#attachments."""
SEVERITIES: Mapping[str, Severity] = {"1": Severity.WARNING, "2": Severity.CRITICAL}
NO_REQUEST = "00000000-0000-0000-0000-000000000000"
"""A refused call has no id here."""
_TAG = re.compile(r"<[^<>]{1,500}>")


def read(arrival: Arrival) -> Sequence[Report]:
    """Return the one message; raises InvalidRequest without a text, InvalidJson where it is none."""
    said = arrival.members()
    text = text_at(said, "message")
    if not text:
        arrival.check_json()
        raise InvalidRequest([Issue("invalid_type", ("message",), "message cannot be blank")])
    return [
        Report(
            title=text_at(said, "title"),
            text=html.unescape(_TAG.sub("", text)) if text_at(said, "html") == "1" else text,
            fields={name: text_at(said, name) for name in ("device", "url_title")},
            severity=SEVERITIES.get(text_at(said, "priority"), Severity.INFO),
            occurred_at=instant(dig(said, "timestamp")),
            url=text_at(said, "url"),
        )
    ]


def key_in(arrival: Arrival) -> str:
    """Return the application's token, which comes in the form or in JSON; raises InvalidJson where it is none."""
    arrival.check_json()
    return text_at(arrival.members(), "token")


def accepted(arrival: Arrival, _reports: Sequence[Report], ids: Sequence[str]) -> Members:
    """Answer with the request's id, and a receipt where an emergency asks for one."""
    (event_id,) = ids
    parts = (event_id[:8], event_id[8:12], event_id[12:16], event_id[16:20], event_id[20:])
    receipt = {"receipt": event_id} if text_at(arrival.members(), "priority") == "2" else {}
    return {"status": 1, "request": "-".join(parts), **receipt, "eventId": event_id}


def refused(error: PingPilotError, status: int) -> tuple[int, Members]:
    """Refuse as Pushover does: 400 for whatever the client has to change, a wrong token too."""
    invalid = {"token": "invalid"} if isinstance(error, Unauthorized | InvalidKey) else {}
    said = ["application token is invalid"] if invalid else [error.message]
    errors = [issue.message for issue in error.issues] if isinstance(error, InvalidRequest) else said
    status = 400 if status in {401, 422} else status
    return status, {**invalid, "errors": errors, "status": 0, "request": NO_REQUEST}


SERVICE = Service(
    name="pushover",
    label="Pushover",
    about="Send as to Pushover: `POST /1/messages.json`, as a form or as JSON.",
    steps=(
        "Where your client or script names `https://api.pushover.net`, put the address of your instance.",
        "Where it names the application's token, put a PingPilot API key. The user key may stay what it is.",
        "Make the category `pushover`; or put `/in/pushover/<category>` behind the host.",
    ),
    path="/1/messages.json",
    body_max_bytes=BODY_MAX_BYTES,
    read=read,
    accepted=accepted,
    refused=refused,
    key_in=key_in,
    category="`pushover`",
    maps=(
        ("`title`, `message`", "description; the title is its first line, tags of `html=1` are taken out"),
        ("`priority` 2 · 1 · less", "severity `critical` · `warning` · `info`"),
        ("`url`", "where the title links to"),
        ("`url_title`, `device`", "fields"),
        ("`timestamp`", "when it happened"),
        ("`user`, `sound`, `ttl`, `retry`, `expire`, `attachment`", "nothing: who hears of it, the category says"),
    ),
    repeats="An `Idempotency-Key` header, if your client sends one.",
    notes=(
        "A receipt of an emergency is the event's id; it cannot be polled, and nothing repeats until acknowledged.",
        "A wrong key is refused with 400 and `token: invalid`, as Pushover does, not with 401.",
    ),
)
