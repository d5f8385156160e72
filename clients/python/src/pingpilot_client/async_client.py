"""The client for asyncio: the same calls, each try on a thread of a small pool; nothing is needed beside Python."""

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Self

from pingpilot_client import answers, calls
from pingpilot_client.answers import Accepted, Quota, Reply, Result
from pingpilot_client.calls import Access, Call
from pingpilot_client.client import AGENT, RETRIES, TIMEOUT_S, as_event, in_order
from pingpilot_client.errors import PingPilotError, Unreached
from pingpilot_client.event import Event, FieldValue, Severity
from pingpilot_client.wire import KEPT, Wire


class AsyncClient:
    """``Client`` with coroutines. At most eight calls are under way at a time; further ones wait for their turn.

    A call that is cancelled while it is under way may arrive all the same.
    """

    def __init__(
        self,
        api_key: str | None = None,
        url: str | None = None,
        *,
        timeout: float = TIMEOUT_S,
        retries: int = RETRIES,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Take whom to call; raise ConfigurationError without a key. No connection is opened yet."""
        self.access = Access.of(api_key, url)
        self.retries = retries
        self._wire = Wire(self.access, AGENT, timeout, ssl_context)
        self._threads = ThreadPoolExecutor(KEPT, thread_name_prefix="pingpilot")

    async def send(
        self,
        category: str | Event,
        description: str | None = None,
        *,
        fields: Mapping[str, FieldValue] | None = None,
        severity: Severity | None = None,
        timestamp: datetime | None = None,
        dedupe_key: str | None = None,
        url: str | None = None,
        wait: float | None = None,
        idempotency_key: str | None = None,
    ) -> Accepted:
        """Send one event, as ``Client.send``."""
        event = as_event(category, description, fields, severity, timestamp, dedupe_key, url)
        return answers.accepted(await self._call(calls.send(event, wait, idempotency_key)))

    async def send_many(self, events: Iterable[Event]) -> list[Result]:
        """Send events together, as ``Client.send_many``."""
        good, bad = calls.sorted_out(events)
        done = [Result(index, error=error) for index, error in bad.items()]
        for batch in calls.batches(good):
            try:
                done += answers.results(await self._call(batch.call), batch.indexes)
            except PingPilotError as error:
                error.results = in_order(done)
                raise
        return in_order(done)

    async def receipt(self, event_id: str) -> dict[str, Any]:
        """Return an event with every delivery and every attempt (the key needs the scope events:read)."""
        return answers.checked(await self._call(calls.receipt(event_id)))

    async def quota(self) -> Quota:
        """Return what of the month's allowance is used."""
        return answers.quota(await self._call(calls.QUOTA))

    async def close(self) -> None:
        """Close the connections that are kept."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._wire.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(url={self.access.url!r})"

    async def _call(self, call: Call) -> Reply:
        for number in range(1, self.retries + 1):
            try:
                reply: Reply | None = await self._exchange(call)
            except Unreached:
                reply = None
            pause = calls.pause_before(number, reply)
            if reply is not None and pause is None:
                return reply
            await asyncio.sleep(pause or 0)
        return await self._exchange(call)

    async def _exchange(self, call: Call) -> Reply:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._wire.exchange, call)
