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
from pingpilot.ingest.answering import give_answer, until_reset
from pingpilot.ingest.answers import Answer, refused
from pingpilot.ingest.authenticate import Caller
from pingpilot.ingest.call import Call, ClientGone, Receive, Scope, Send
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
        await give_answer(self.gate, call, answer, send)

    async def _answer(self, call: Call) -> Answer:
        try:
            if call.scope["method"] != "POST":
                return refused(MethodNotAllowed(), [(b"allow", b"POST")])
            return await self.serve(call, await self.gate.admit(call))
        except NoDestination as error:
            return refused(error, hint=self.offer)
        except QuotaReached as error:
            return refused(error, until_reset(self.gate, call))
        except PingPilotError as error:
            return refused(error)
        except ClientGone:
            raise
        except Exception as error:  # noqa: BLE001 - a client must get its answer whatever goes wrong here
            _log.error("event.failed", error=repr(error)[:200])
            return refused(InternalError())
