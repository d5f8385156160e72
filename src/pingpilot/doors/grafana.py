"""Grafana's webhook contact point.

**Source:** grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points (webhook notifier).
"""

from pingpilot.doors.alerts import MAPS, REPEATS, read_alerts
from pingpilot.doors.service import Service

SERVICE = Service(
    name="grafana",
    label="Grafana",
    about="Grafana's alerts, as its webhook contact point sends them.",
    steps=(
        "Make the category `grafana`, or choose one by `?category=`.",
        "In Grafana open *Alerting*, *Contact points*, *Add contact point*, and choose *Webhook*.",
        "Enter the address `https://…/in/grafana`, and for authorization the scheme `Bearer` with the key.",
        "Or leave the authorization alone, and put the key into the address.",
        "Press *Test*, then make the contact point part of a notification policy.",
    ),
    read=read_alerts,
    category="`grafana`",
    maps=(*MAPS, ("`panelURL`, else `dashboardURL`, else `generatorURL`", "where the title links to")),
    repeats=REPEATS,
)
