"""Prometheus Alertmanager's webhook receiver.

**Source:** prometheus.io/docs/alerting/latest/configuration/#webhook_config.
"""

from collections.abc import Sequence

from pingpilot.doors.alerts import MAPS, REPEATS, read_alerts
from pingpilot.doors.arrival import Arrival
from pingpilot.doors.report import Report
from pingpilot.doors.service import Service


def read(arrival: Arrival) -> Sequence[Report]:
    """Return a report for each alert."""
    return read_alerts(arrival.json())


SERVICE = Service(
    name="alertmanager",
    label="Alertmanager",
    about="Prometheus' alerts, as Alertmanager's webhook receiver sends them.",
    steps=(
        "Make the category `alertmanager`, or choose one by `?category=`.",
        "In `alertmanager.yml` give a receiver `webhook_configs: [{url: 'https://…/in/alertmanager'}]`.",
        "Put the key into `http_config: {authorization: {credentials_file: …}}` beside the `url`, or into the address.",
        "Reload Alertmanager; `amtool alert add test` makes an alert to try.",
    ),
    read=read,
    category="`alertmanager`",
    maps=MAPS,
    repeats=REPEATS,
    notes=("Where the quota ends amid a group, the answer is 429; what was kept is not kept again.",),
)
