"""Get to the end of a schedule without waiting for it: the clock is set forward until all have come to rest."""

from datetime import UTC, datetime, timedelta

from tests.lab.clock import Clock
from tests.lab.ground import Site

STEP_S, STEPS_MAX = 900.0, 80
"""All in all less than the 24 h of the schedule."""
STILL_S = 2.0
"""When nothing has come to its end for so long, all that is open waits for its next try."""
LIVING_S = 8.0
"""What is on its way for longer, though nothing else moves, has lost its worker: only its lease has to end."""
_SENDING = "SELECT 1 FROM store_delivery WHERE state = 'SENDING' LIMIT 1"
_DISABLED = "SELECT id FROM store_destination WHERE disabled_at IS NOT NULL"
_SINCE = datetime.now(UTC) - timedelta(days=29)


def hurry(site: Site, clock: Clock) -> bool:
    """Set the clock forward, step by step, until every delivery has come to its end; return whether that was so.

    Not while something is on its way, as far as one can tell: a lease that ends under a living attempt is a repeat.
    """
    for _ in range(STEPS_MAX):
        if site.rest(STILL_S) or (_is_sending(site) and site.rest(LIVING_S)):
            return True
        clock.jump(STEP_S)
    return False


def _is_sending(site: Site) -> bool:
    return bool(site.service.rows(_SENDING))


def revive(site: Site) -> int:
    """Switch on what was switched off, and send again what has died, as an owner would; return how many those are."""
    for (pk,) in site.service.rows(_DISABLED):
        site.were_on = False
        answer = _call(site, "PATCH", f"/api/v1/destinations/{pk}", b'{"isEnabled": true}')
        assert answer["status"] == "active", answer
    total, has_more = 0, True
    while has_more:
        since = _SINCE.strftime("%Y-%m-%dT%H:%M:%SZ")
        answer = _call(site, "POST", "/api/v1/deliveries/replay", f'{{"since": "{since}"}}'.encode())
        total += int(str(answer["replayed"]))
        has_more = bool(answer["hasMore"])
    return total


def _call(site: Site, method: str, path: str, body: bytes) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {site.key}", "Content-Type": "application/json"}
    answer = site.service.request(method, path, body, headers)
    assert answer.status == 200, (path, answer.status, answer.body)
    said: dict[str, object] = answer.json
    return said
