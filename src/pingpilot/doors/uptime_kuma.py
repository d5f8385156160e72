"""Uptime Kuma's webhook notification.

**Source:** github.com/louislam/uptime-kuma/wiki/Notification-Methods (webhook), as JSON or multipart form.
"""

from collections.abc import Mapping, Sequence

from pingpilot.domain.event import Severity
from pingpilot.domain.json_tree import dig, first_text, items_at, text_at
from pingpilot.doors.arrival import Arrival, json_in
from pingpilot.doors.report import Report, instant
from pingpilot.doors.service import Service

STATES: Mapping[str, tuple[str, Severity]] = {
    "0": ("down", Severity.CRITICAL),
    "1": ("up", Severity.SUCCESS),
    "2": ("pending", Severity.WARNING),
    "3": ("maintenance", Severity.INFO),
}


def read(arrival: Arrival) -> Sequence[Report]:
    """Return the one notification; nothing where it says nothing."""
    said = arrival.members()
    told = json_in(text_at(said, "data")) if "data" in said else said
    text = first_text(told, ("msg",), ("heartbeat", "msg"))
    if not text:
        return []
    state, severity = STATES.get(text_at(told, "heartbeat", "status"), ("", Severity.INFO))
    at = text_at(told, "heartbeat", "time")
    return [
        Report(
            title=text,
            fields={
                "monitor": text_at(told, "monitor", "name"),
                "status": state,
                "type": text_at(told, "monitor", "type"),
                "hostname": text_at(told, "monitor", "hostname"),
                "port": text_at(told, "monitor", "port"),
                "tags": [text_at(tag, "name") for tag in items_at(told, "monitor", "tags")],
                "ping": dig(told, "heartbeat", "ping"),
                "duration": dig(told, "heartbeat", "duration"),
            },
            severity=severity,
            occurred_at=instant(at),
            url=text_at(told, "monitor", "url"),
            identity=f"{text_at(told, 'heartbeat', 'monitorID')} {at} {state}" if at else "",
        )
    ]


SERVICE = Service(
    name="uptime-kuma",
    label="Uptime Kuma",
    about="What Uptime Kuma finds down or up again.",
    steps=(
        "Make the category `uptime-kuma`, or choose one by `?category=`.",
        "In Uptime Kuma open *Settings*, *Notifications*, *Setup Notification*, and choose the type *Webhook*.",
        "Paste the address, leave the method POST and the body `application/json`.",
        "Press *Test*, then save, and switch the notification on for your monitors.",
    ),
    read=read,
    category="`uptime-kuma`",
    maps=(
        ("`msg`", "description"),
        ("`heartbeat.status` down · up · pending", "severity `critical` · `success` · `warning`"),
        ("`monitor.url`", "where the title links to"),
        ("monitor's name, type, host, port and tags; ping, duration", "fields"),
        ("`heartbeat.time`", "when it happened"),
    ),
    repeats="the monitor, the time of its heartbeat and the state.",
)
