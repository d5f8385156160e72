"""Prometheus Alertmanager's webhook receiver.

**Source:** prometheus.io/docs/alerting/latest/configuration/#webhook_config.
"""

from pingpilot.doors.alerts import MAPS, REPEATS, read_alerts
from pingpilot.doors.service import Service

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
    read=read_alerts,
    category="`alertmanager`",
    maps=MAPS,
    repeats=REPEATS,
    notes=("Where the quota ends amid a group, the answer is 429; what was kept is not kept again.",),
)
