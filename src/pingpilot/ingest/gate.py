"""The gate before the raw doors: who calls, whether the key may report events, and what is noted about it."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime

from pingpilot.domain.errors import InvalidAuthHeader, InvalidKey, ScopeMissing, Unauthorized
from pingpilot.domain.ids import KeyId
from pingpilot.domain.key import id_of
from pingpilot.domain.quota import Month
from pingpilot.ingest.accept import SCOPE
from pingpilot.ingest.answers import Header, quota_headers
from pingpilot.ingest.authenticate import KEYS_MAX, Caller, KeyIndex, key_in
from pingpilot.ingest.call import Call
from pingpilot.ingest.failures import Failures
from pingpilot.ingest.key_use import KeyUse
from pingpilot.ingest.turns import Bounds, Turns

STRANGERS = Bounds(at_once=64, in_line=512, wait_s=2)
"""Look-ups of keys that have not passed before. Those that have do not wait behind them, so guesses starve nobody; and
whoever does not get a turn is asked to come again: that its key be wrong is never said unasked.
"""


class Gate:
    """Finds the caller of each request. Lives on one event loop."""

    def __init__(
        self,
        index: KeyIndex,
        failures: Failures,
        uses: KeyUse,
        now: Callable[[], datetime],
        familiar_max: int = KEYS_MAX,
    ) -> None:
        """Take who knows the keys, who slows guesses, who notes uses, the clock, and how many keys to know again."""
        self._index = index
        self._failures = failures
        self._uses = uses
        self._now = now
        self._reset_at = Month.of(now()).end
        self._strangers = Turns(STRANGERS)
        self._familiar_max = familiar_max
        self._familiar: OrderedDict[KeyId, None] = OrderedDict()

    async def admit(self, call: Call) -> Caller:
        """Return who reports events, and keep it in the call.

        Raises what ``identify`` does, and ScopeMissing.
        """
        call.caller = None
        caller = call.caller = await self.identify(call)
        self._uses.note(caller.access.key, call.client)
        if SCOPE not in caller.access.scopes:
            raise ScopeMissing(SCOPE)
        return caller

    def usher(self, head: Mapping[bytes, bytes], address: str) -> Caller | None:
        """Return who reports events if that is known without asking, and the key may; raises as ``KeyIndex.known``."""
        caller = self._index.known(head.get(b"authorization"))
        if caller is None or SCOPE not in caller.access.scopes:
            return None
        self._uses.note(caller.access.key, address)
        return caller

    async def identify(self, call: Call) -> Caller:
        """Return whose key a call brings.

        Raises Unauthorized, InvalidAuthHeader and InvalidKey, late where a network fails often; and Overloaded.
        """
        authorization = call.head.get(b"authorization")
        try:
            return self._index.known(authorization) or await self._ask(authorization)
        except (Unauthorized, InvalidAuthHeader, InvalidKey):
            await self.slow(call)
            raise

    def doubt(self, caller: Caller) -> None:
        """Hear that a call was refused."""
        self._index.doubt(caller.picture)

    async def slow(self, call: Call) -> None:
        """Count a call without a right key, and wait where its network fails often."""
        await self._failures.slow(call.client)

    async def _ask(self, authorization: bytes | None) -> Caller:
        """Ask the index, which may have to ask the store."""
        key = id_of(key_in(authorization))
        if key is None:
            raise InvalidKey
        if key in self._familiar:
            return await self._index.caller(authorization)
        async with self._strangers.turn():
            caller = await self._index.caller(authorization)
        self._familiar[key] = None
        if len(self._familiar) > self._familiar_max:
            self._familiar.popitem(last=False)
        return caller

    def quota_headers(self, caller: Caller) -> list[Header]:
        """Return what every authenticated answer says about the month's quota."""
        limit = caller.picture.plan.events_per_month
        if limit is None:
            return []
        now = self._now()
        if now >= self._reset_at:
            self._reset_at = Month.of(now).end
        return quota_headers(limit, caller.picture.used_at(now), self._reset_at - now)
