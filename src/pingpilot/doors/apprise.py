"""Apprise, by its ``json://`` and ``form://`` addresses, or by a scheme of our own.

**Source:** github.com/caronc/apprise/wiki/Notify_Custom_JSON and Notify_Custom_Form.
"""

from collections.abc import Mapping, Sequence

from pingpilot.domain.event import Severity
from pingpilot.domain.json_tree import items_at, text_at
from pingpilot.doors.arrival import Arrival
from pingpilot.doors.report import Report
from pingpilot.doors.service import Service

SEVERITIES: Mapping[str, Severity] = {
    "success": Severity.SUCCESS,
    "warning": Severity.WARNING,
    "failure": Severity.CRITICAL,
}
OWN = frozenset({"version", "title", "message", "type", "attachments"})
"""Members that Apprise itself makes; all else its owner has added."""


def read(arrival: Arrival) -> Sequence[Report]:
    """Return the one notification; nothing where it says nothing."""
    said = arrival.members()
    title, text = text_at(said, "title"), text_at(said, "message")
    if not title and not text:
        return []
    added = {name: value for name, value in said.items() if name not in OWN}
    files = len(items_at(said, "attachments"))
    return [
        Report(
            title=title,
            text=text,
            fields=added | ({"attachments": files} if files else {}),
            severity=SEVERITIES.get(text_at(said, "type"), Severity.INFO),
        )
    ]


SERVICE = Service(
    name="apprise",
    label="Apprise",
    about="Whatever sends through Apprise: its library, its command line, and all that is built on them.",
    steps=(
        "Make the category `apprise`, or choose one in the address.",
        "Give Apprise the address `jsons://pings.example.com/in/apprise/<API key>/<category>` (`json://` without TLS).",
        (
            "Or get a scheme of its own: load [pingpilot_apprise.py](pingpilot_apprise.py) as a plugin and use"
            " `pingpilots://<API key>@pings.example.com/<category>`."
        ),
    ),
    read=read,
    category="`apprise`",
    maps=(
        ("title, message", "description; the title is its first line"),
        ("type `failure` · `warning` · `success` · `info`", "severity `critical` · `warning` · `success` · `info`"),
        ("what the address adds (`:name=value`)", "fields"),
        ("attachments", "their number, as a field: files are not kept"),
    ),
    repeats="an `Idempotency-Key` header (`+Idempotency-Key=…` in the address).",
    notes=(
        (
            "`gotifys://pings.example.com/in/gotify/<category>/<API key>` works as well, and"
            " `ntfys://<API key>@pings.example.com/<topic>?auth=token`."
        ),
    ),
)
