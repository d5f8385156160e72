"""An Apprise plugin: pingpilot://KEY@host/category, and pingpilots:// with TLS.

Load it with ``apprise --plugin-path=<its folder>``, or in Python with
``AppriseAsset(plugin_paths=[<its folder>])``.
"""

import logging

import requests
from apprise.decorators import notify

TIMEOUT_S = 10
LOG = logging.getLogger("apprise")
"""Where Apprise itself says what went wrong."""


@notify(on="pingpilot", name="PingPilot")
def pingpilot(body, title, notify_type, meta, *_, **__):
    """Report without TLS."""
    return _report("http", body, title, notify_type, meta)


@notify(on="pingpilots", name="PingPilot over TLS")
def pingpilots(body, title, notify_type, meta, *_, **__):
    """Report with TLS."""
    return _report("https", body, title, notify_type, meta)


def _report(scheme, body, title, notify_type, meta):
    port = f":{meta['port']}" if meta.get("port") else ""
    category = (meta.get("fullpath") or "").strip("/")
    answer = requests.post(
        f"{scheme}://{meta['host']}{port}/in/apprise",
        params={"category": category} if category else {},
        json={"title": title, "message": body, "type": getattr(notify_type, "value", notify_type)},
        headers={"Authorization": f"Bearer {meta['user']}"},
        timeout=TIMEOUT_S,
    )
    if answer.status_code != 200:
        LOG.warning("PingPilot answered %d: %s", answer.status_code, _reason(answer))
    return answer.status_code == 200


def _reason(answer):
    try:
        said = answer.json()
    except ValueError:
        return answer.reason
    return " ".join(filter(None, (said.get("message"), said.get("hint")))) or answer.reason
