"""The door of the ingest API: raw ASGI for ``POST /api/v1/event``; every documented status and sentence."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pingpilot.domain.errors import (
    BodyTooLarge,
    InternalError,
    MethodNotAllowed,
    NoDestination,
    Overloaded,
    PingPilotError,
    QuotaReached,
    RequestTimeout,
)
from pingpilot.domain.event import BODY_MAX_BYTES
from pingpilot.domain.quota import Month, remaining
from pingpilot.ingest.accept import Acceptor
from pingpilot.ingest.answers import Answer, Header, accepted, refused
from pingpilot.ingest.authenticate import Caller, KeyIndex
from pingpilot.ingest.payload import parse
from pingpilot.observe import get_logger
from pingpilot.store.events import Accepted

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

BODY_TIMEOUT_S = 30
STALE_TRIES = 4
"""How often an event is tried again because its workspace changed at that very moment."""

_log = get_logger()


class ClientGone(Exception):
    """The client went away before its request was whole."""


@dataclass(frozen=True, slots=True)
class Door:
    """Answers ``POST /api/v1/event``. ``offer`` says which channels can be set up, and where; ``now`` is the clock."""

    index: KeyIndex
    acceptor: Acceptor
    offer: str
    now: Callable[[], datetime]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answer(scope, receive)
        except ClientGone:
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        headers: list[Header] = []
        try:
            return await self._accept(scope, receive, headers)
        except NoDestination as error:
            return refused(error, headers, hint=self.offer)
        except QuotaReached as error:
            return refused(error, [*headers, (b"retry-after", _number(self._seconds_to_reset()))])
        except MethodNotAllowed as error:
            return refused(error, [(b"allow", b"POST")])
        except PingPilotError as error:
            return refused(error, headers)
        except ClientGone:
            raise
        except Exception as error:  # noqa: BLE001 - a client must get its answer whatever goes wrong here
            _log.error("event.failed", error=repr(error)[:300])
            return refused(InternalError(), headers)

    async def _accept(self, scope: Scope, receive: Receive, headers: list[Header]) -> Answer:
        """Check in the contract's order; ``headers`` gathers those that every authenticated answer carries."""
        if scope["method"] != "POST":
            raise MethodNotAllowed
        authorization, length = _headers_of(scope["headers"])
        caller = await self._caller(authorization, headers)
        event = parse(await _read(receive, length), self.now())
        for _ in range(STALE_TRIES):
            try:
                answer = await self.acceptor.accept(caller, event)
            finally:  # the commit has counted
                headers[:] = self._quota_headers(caller)
            if isinstance(answer, Accepted):
                return accepted(answer.event_id, headers, self._hint(caller))
            caller = await self._caller(authorization, headers)
        raise Overloaded

    async def _caller(self, authorization: bytes | None, headers: list[Header]) -> Caller:
        caller = await self.index.caller(authorization)
        headers[:] = self._quota_headers(caller)
        self.acceptor.check(caller)
        return caller

    def _hint(self, caller: Caller) -> str:
        if caller.picture.routes:
            return ""
        return f"No channel is set up yet, so this event shows in the dashboard only. {self.offer}"

    def _quota_headers(self, caller: Caller) -> list[Header]:
        limit = caller.picture.plan.events_per_month
        if limit is None:
            return []
        left = remaining(limit, caller.picture.used_in(Month.of(self.now()))) or 0
        return [
            (b"ratelimit-limit", _number(limit)),
            (b"ratelimit-remaining", _number(left)),
            (b"ratelimit-reset", _number(self._seconds_to_reset())),
        ]

    def _seconds_to_reset(self) -> int:
        now = self.now()
        return max(1, int((Month.of(now).end - now).total_seconds()))


def _number(value: int) -> bytes:
    return str(value).encode()


def _headers_of(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes | None, int]:
    """Return the Authorization header and the announced length of the body (0 where it is not announced)."""
    authorization, length = None, 0
    for name, value in headers:
        if name == b"authorization":
            authorization = value
        elif name == b"content-length" and value.isdigit():
            length = int(value)
    return authorization, length


async def _read(receive: Receive, announced_bytes: int) -> bytes:
    """Return the whole body; raises BodyTooLarge, RequestTimeout and ClientGone."""
    if announced_bytes > BODY_MAX_BYTES:
        raise BodyTooLarge(BODY_MAX_BYTES)
    task = asyncio.current_task()
    # A bare timer: asyncio.timeout costs several times as much, on the path of every event.
    timer = asyncio.get_running_loop().call_later(BODY_TIMEOUT_S, task.cancel) if task else None
    try:
        return await _gather(receive)
    except asyncio.CancelledError as error:
        if timer is None or timer.when() > asyncio.get_running_loop().time():
            raise
        raise RequestTimeout from error
    finally:
        if timer is not None:
            timer.cancel()


async def _gather(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > BODY_MAX_BYTES:
            raise BodyTooLarge(BODY_MAX_BYTES)
        more = message.get("more_body", False)
    return body
