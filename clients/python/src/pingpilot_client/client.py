"""The client that waits for its answers."""

import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Self

from pingpilot_client import answers, calls
from pingpilot_client.answers import Accepted, Quota, Reply, Result
from pingpilot_client.calls import Access, Call
from pingpilot_client.errors import PingPilotError, Unreached
from pingpilot_client.event import Event, FieldValue, Severity
from pingpilot_client.wire import Wire

TIMEOUT_S, RETRIES = 10.0, 3
AGENT = "pingpilot-client-python"


class Client:
    """Reports events and asks what became of them. One may be shared by all threads.

    ``api_key`` and ``url`` come from PINGPILOT_API_KEY and PINGPILOT_URL when they are not given. ``timeout`` is in
    seconds and for each try; ``retries`` come on top of the first try, all under one idempotency key, so that an event
    is stored once however often it is tried.
    """

    def __init__(
        self,
        api_key: str | None = None,
        url: str | None = None,
        *,
        timeout: float = TIMEOUT_S,
        retries: int = RETRIES,
        ssl_context: ssl.SSLContext | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take whom to call; raise ConfigurationError without a key. No connection is opened yet."""
        self.access = Access.of(api_key, url)
        self.retries = retries
        self._wire = Wire(self.access, AGENT, timeout, ssl_context)
        self._sleep = sleep

    def send(
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
        """Send one event, and return once it is stored; with ``wait``, once it is delivered or the seconds are over.

        Raises InvalidEvent before anything is sent, where that can be told; Refused with the server's words; Unreached.
        """
        event = as_event(category, description, fields, severity, timestamp, dedupe_key, url)
        return answers.accepted(self._call(calls.send(event, wait, idempotency_key)))

    def send_many(self, events: Iterable[Event]) -> list[Result]:
        """Send events together, any number, and return what became of each, in order.

        An event that is refused stops no other. Where a call fails as a whole the exception's ``results`` are those of
        the calls before.
        """
        good, bad = calls.sorted_out(events)
        done = [Result(index, error=error) for index, error in bad.items()]
        for batch in calls.batches(good):
            try:
                done += answers.results(self._call(batch.call), batch.indexes)
            except PingPilotError as error:
                error.results = in_order(done)
                raise
        return in_order(done)

    def receipt(self, event_id: str) -> dict[str, Any]:
        """Return an event with every delivery and every attempt (the key needs the scope events:read)."""
        return answers.checked(self._call(calls.receipt(event_id)))

    def quota(self) -> Quota:
        """Return what of the month's allowance is used."""
        return answers.quota(self._call(calls.QUOTA))

    def try_once(self, call: Call) -> Reply:
        """Make one try at a call; raise Unreached. For those who keep a pace of their own."""
        return self._wire.exchange(call)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(url={self.access.url!r})"

    def _call(self, call: Call) -> Reply:
        for number in range(1, self.retries + 1):
            try:
                reply: Reply | None = self._wire.exchange(call)
            except Unreached:
                reply = None
            pause = calls.pause_before(number, reply)
            if reply is not None and pause is None:
                return reply
            self._sleep(pause or 0)
        return self._wire.exchange(call)


def as_event(
    category: str | Event,
    description: str | None,
    fields: Mapping[str, FieldValue] | None,
    severity: Severity | None,
    timestamp: datetime | None,
    dedupe_key: str | None,
    url: str | None,
) -> Event:
    """Return the event that was given, whole or by its members."""
    if isinstance(category, Event):
        if any(value is not None for value in (description, fields, severity, timestamp, dedupe_key, url)):
            raise TypeError("Give an Event, or its members, and not both")
        return category
    given = {} if fields is None else fields
    return Event(category, description, given, severity, timestamp, dedupe_key, url)


def in_order(done: Iterable[Result]) -> list[Result]:
    """Return results in the order of their events."""
    return sorted(done, key=lambda result: result.index)
