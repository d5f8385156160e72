"""ntfy's publishing: a topic by PUT or POST with headers, or JSON.

**Source:** docs.ntfy.sh/publish.
"""

from collections.abc import Mapping, Sequence
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from pingpilot.domain.errors import PingPilotError
from pingpilot.domain.event import Severity
from pingpilot.domain.json_tree import Json, dig, items_at, text_at
from pingpilot.doors.arrival import Arrival
from pingpilot.doors.report import Report
from pingpilot.doors.service import CLIENT_MAX_BYTES, Members, Service

PRIORITIES: Mapping[str, int] = {"min": 1, "low": 2, "default": 3, "high": 4, "max": 5, "urgent": 5}
SEVERITIES: Mapping[int, Severity] = {4: Severity.WARNING, 5: Severity.CRITICAL}
SUCCESS = frozenset({"white_check_mark", "heavy_check_mark", "tada", "partying_face"})
"""Tags by which people say that all went well."""
NAMES: Mapping[str, Sequence[str]] = {
    "message": ("x-message", "message", "m"),
    "title": ("x-title", "title", "ti", "t"),
    "priority": ("x-priority", "priority", "prio", "p"),
    "tags": ("x-tags", "tags", "tag", "ta"),
    "click": ("x-click", "click"),
    "attach": ("x-attach", "attach", "a"),
    "filename": ("x-filename", "filename", "file", "f"),
    "delay": ("x-delay", "delay", "x-at", "at", "x-in", "in"),
}
"""Under which header or parameter each is sent."""
CODES: Mapping[int, int] = {400: 40000, 401: 40101, 403: 40301, 404: 40401, 413: 41301, 422: 40000, 429: 42901}
"""The nearest of ntfy's own error codes, by status."""


def read(arrival: Arrival) -> Sequence[Report]:
    """Return the one message; one without a text says "triggered", as ntfy has it."""
    said = _said(arrival)
    priority, tags = _priority(said), [tag for tag in said["tags"].split(",") if tag.strip()]
    severity = SEVERITIES.get(priority, Severity.SUCCESS if SUCCESS & set(tags) else Severity.INFO)
    return [
        Report(
            title=said["title"],
            text=said["message"] or "triggered",
            fields={"tags": ", ".join(tag.strip() for tag in tags)}
            | {name: said[name] for name in ("attach", "filename", "delay")},
            severity=severity,
            url=said["click"],
            category=said["topic"],
        )
    ]


def accepted(arrival: Arrival, reports: Sequence[Report], ids: Sequence[str]) -> Members:
    """Answer with the message as ntfy shows it."""
    said, at = _said(arrival), int(arrival.at.timestamp())
    shown: dict[str, object] = {
        "id": ids[0],
        "time": at,
        "event": "message",
        "topic": said["topic"] or reports[0].category,
        "message": reports[0].text,
        "title": said["title"],
        "tags": [tag.strip() for tag in said["tags"].split(",") if tag.strip()],
        "click": said["click"],
    }
    priority = _priority(said)
    return {name: value for name, value in shown.items() if value} | ({"priority": priority} if priority != 3 else {})


def refused(error: PingPilotError, status: int) -> tuple[int, Members]:
    """Refuse as ntfy does: a number for machines, the sentence in ``error``; ours is beside it in ``reason``."""
    code = CODES.get(status, status * 100 + 1)
    return status, {"code": code, "http": status, "error": error.message, "reason": error.code}


def _said(arrival: Arrival) -> dict[str, str]:
    """Return what a message consists of: from JSON where no topic is in the address, else from headers and body."""
    published = arrival.json() if not arrival.category else None
    if isinstance(published, Mapping) and text_at(published, "topic"):
        return _published(published)
    said = {name: _named(arrival, names) for name, names in NAMES.items()}
    is_file = bool(said["filename"])
    body = f"You received a file: {said['filename']}" if is_file else arrival.text.strip()
    return {**said, "topic": arrival.category, "message": said["message"] or body}


def _published(published: Mapping[str, Json]) -> dict[str, str]:
    texts = {name: text_at(published, name) for name in (*NAMES, "topic")}
    tags = ",".join(str(tag) for tag in items_at(published, "tags")) or text_at(published, "tags")
    return {**texts, "tags": tags, "priority": str(dig(published, "priority") or "")}


def _named(arrival: Arrival, names: Sequence[str]) -> str:
    """Return a header, or a parameter of the address."""
    for name in names:
        if value := arrival.headers.get(name) or arrival.query.get(name):
            return _decoded(value)
    return ""


def _decoded(value: str) -> str:
    """Return a header's text, which may be written after RFC 2047."""
    if "=?" not in value:
        return value.strip()
    try:
        return str(make_header(decode_header(value))).strip()
    except (HeaderParseError, LookupError, ValueError):
        return value.strip()


def _priority(said: Mapping[str, str]) -> int:
    text = said["priority"].strip().lower()
    number = PRIORITIES.get(text, 3)
    return int(text) if text in {"1", "2", "3", "4", "5"} else number


SERVICE = Service(
    name="ntfy",
    label="ntfy",
    about="Publish as to an ntfy server: `PUT` or `POST` to a topic, with ntfy's headers, or JSON.",
    steps=(
        "Put the address of your instance where your client or script names `https://ntfy.sh`.",
        "Topics stand right behind the host (`/backups`) or, where you want them apart, behind `/in/ntfy`.",
        "Use a PingPilot API key as the access token, or as the password beside an empty user name.",
        "Make a category for each topic.",
    ),
    path="/<topic>",
    methods=("POST", "PUT"),
    body_max_bytes=CLIENT_MAX_BYTES,
    read=read,
    accepted=accepted,
    refused=refused,
    category="the topic; `_` counts as `-`",
    maps=(
        ("title, message", "description; the title is its first line"),
        ("priority 5 · 4 · 1 to 3", "severity `critical` · `warning` · `info`"),
        ("tags `white_check_mark`, `heavy_check_mark`, `tada`, `partying_face`", "severity `success`"),
        ("tags, attach, filename, delay", "fields; a delayed message is an event at once, a file is named, not kept"),
        ("click", "where the title links to"),
        ("actions, icon, markdown, email, call", "nothing: text stays text, and the category says who hears of it"),
    ),
    repeats="An `Idempotency-Key` header, if your client sends one.",
    notes=(
        "Right behind the host a call must bring its key in `Authorization` or `auth`.",
        "Nothing can be subscribed to here, and `GET …/publish` is not answered.",
    ),
)
