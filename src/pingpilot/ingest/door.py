"""The raw ASGI door of the ingest API: read, answer; every documented status and sentence."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pingpilot.domain.errors import (
    InternalError,
    MethodNotAllowed,
    NoDestination,
    PingPilotError,
    QuotaReached,
)
from pingpilot.ingest.answers import Answer, refused
from pingpilot.ingest.authenticate import Caller
from pingpilot.ingest.call import Call, ClientGone, Receive, Scope, Send, give
from pingpilot.ingest.gate import Gate
from pingpilot.observe import get_logger

Serve = Callable[[Call, Caller], Awaitable[Answer]]
"""Serve an authenticated call; refusals are raised."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Door:
    """Answers POST on one path. ``offer`` says which channels can be set up, and where."""

    gate: Gate
    serve: Serve
    offer: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        call = Call(scope, receive)
        try:
            answer = await self._answer(call)
        except ClientGone:
            return
        headers = answer.headers
        if call.caller is not None:
            headers = [*headers, *self.gate.quota_headers(call.caller)]
            if answer.status != 200:
                self.gate.doubt(call.caller)
        await give(send, answer.status, headers, answer.body)

    async def _answer(self, call: Call) -> Answer:
        try:
            if call.scope["method"] != "POST":
                return refused(MethodNotAllowed(), [(b"allow", b"POST")])
            return await self.serve(call, await self.gate.admit(call))
        except NoDestination as error:
            return refused(error, hint=self.offer)
        except QuotaReached as error:
            return refused(error, self._until_reset(call))
        except PingPilotError as error:
            return refused(error)
        except ClientGone:
            raise
        except Exception as error:  # noqa: BLE001 - a client must get its answer whatever goes wrong here
            _log.error("event.failed", error=repr(error)[:200])
            return refused(InternalError())

    def _until_reset(self, call: Call) -> list[tuple[bytes, bytes]]:
        headers = [] if call.caller is None else self.gate.quota_headers(call.caller)
        return [(b"retry-after", value) for name, value in headers if name == b"ratelimit-reset"]
