"""The gate before the raw doors: who calls, whether the key may report events, and what is noted about it."""

from collections.abc import Callable
from datetime import datetime

from pingpilot.domain.errors import InvalidAuthHeader, InvalidKey, ScopeMissing, Unauthorized
from pingpilot.domain.quota import Month, remaining
from pingpilot.ingest.accept import SCOPE
from pingpilot.ingest.answers import Header
from pingpilot.ingest.authenticate import Caller, KeyIndex
from pingpilot.ingest.call import Call
from pingpilot.ingest.failures import Failures
from pingpilot.ingest.key_use import KeyUse


class Gate:
    """Finds the caller of each request."""

    def __init__(self, index: KeyIndex, failures: Failures, uses: KeyUse, now: Callable[[], datetime]) -> None:
        """Take who knows the keys, who slows those that guess, who notes the use of keys, and the clock."""
        self._index = index
        self._failures = failures
        self._uses = uses
        self._now = now
        self._reset_at = Month.of(now()).end

    async def admit(self, call: Call) -> Caller:
        """Return who calls, and keep it in the call.

        Raises Unauthorized, InvalidAuthHeader and InvalidKey, late where a network fails often; and ScopeMissing.
        """
        authorization = call.head.get(b"authorization")
        try:
            caller = self._index.known(authorization) or await self._index.caller(authorization)
        except (Unauthorized, InvalidAuthHeader, InvalidKey):
            call.caller = None
            await self._failures.slow(call.client)
            raise
        call.caller = caller
        self._uses.note(caller.access.key, call.client)
        if SCOPE not in caller.access.scopes:
            raise ScopeMissing(SCOPE)
        return caller

    def quota_headers(self, caller: Caller) -> list[Header]:
        """Return what every authenticated answer says about the month's quota."""
        limit = caller.picture.plan.events_per_month
        if limit is None:
            return []
        now = self._now()
        if now >= self._reset_at:
            self._reset_at = Month.of(now).end
        left = remaining(limit, caller.picture.used_at(now)) or 0
        seconds = max(1, int((self._reset_at - now).total_seconds()))
        return [
            (b"ratelimit-limit", b"%d" % limit),
            (b"ratelimit-remaining", b"%d" % left),
            (b"ratelimit-reset", b"%d" % seconds),
        ]
