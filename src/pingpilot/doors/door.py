"""The raw ASGI door of other services: read, check, keep once what is told, answer as that service does."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import msgspec

from pingpilot.domain.errors import (
    InternalError,
    MethodNotAllowed,
    NotFound,
    PingPilotError,
    QuotaReached,
    UnknownCaller,
)
from pingpilot.domain.event import Severity
from pingpilot.domain.ids import WorkspaceId
from pingpilot.doors.arrival import Arrival, form_in
from pingpilot.doors.credentials import authorization_in, bearer
from pingpilot.doors.places import Place, Places
from pingpilot.doors.refusals import refused_as
from pingpilot.doors.report import Report, name_of
from pingpilot.doors.service import Service
from pingpilot.ingest.answering import give_answer, until_reset
from pingpilot.ingest.answers import Answer, answered, refused
from pingpilot.ingest.authenticate import Caller
from pingpilot.ingest.call import Bodies, Call, ClientGone, Receive, Scope, Send
from pingpilot.ingest.idempotency import Ticket, key_in, ticket
from pingpilot.ingest.single import Single
from pingpilot.observe import get_logger

AT_ONCE = 50
"""Reports of one call that are with the writer at a time."""
UNREAD_MAX_BYTES = 32 * 1024 * 1024

SecretOf = Callable[[WorkspaceId, str], Awaitable[str]]
"""Returns the secret that a workspace shares with a service, "" for none."""

_encode = msgspec.json.Encoder(decimal_format="number").encode
_log = get_logger()


class _Kept(msgspec.Struct):
    """What of an answer tells which event it is about."""

    event_id: str = msgspec.field(name="eventId")


_kept = msgspec.json.Decoder(_Kept).decode


class ForeignDoor:
    """Answers at the addresses that other services' clients and webhooks know. Lives on one event loop."""

    def __init__(self, places: Places, single: Single, secret_of: SecretOf) -> None:
        """Take the addresses, who keeps single events, and who knows the secrets shared with services."""
        self._places = places
        self._single = single
        self._secret_of = secret_of
        self._bodies = Bodies(UNREAD_MAX_BYTES)

    def answers(self, scope: Scope) -> bool:
        """Tell whether a request is for this door."""
        return self._places.answers(scope["method"], scope["path"], scope["headers"], scope.get("query_string", b""))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        call = Call(scope, receive)
        call.head.pop(b"prefer", None)  # services wait for a moment only: nobody waits for deliveries here
        try:
            answer = await self._answer(call)
        except ClientGone:
            return
        await give_answer(self._single.gate, call, answer, send)

    async def _answer(self, call: Call) -> Answer:
        place = self._places.find(call.scope["path"])
        if place is None:
            return refused(NotFound("No service has its door at this address. It is /in/<service>/<API key>"))
        try:
            return await self._serve(call, place)
        except PingPilotError as error:
            return self._refusal(call, place.service, error)
        except ClientGone:
            raise
        except Exception as error:  # noqa: BLE001 - a client must get its answer whatever goes wrong here
            _log.error("door.failed", service=place.service.name, error=repr(error)[:200])
            return self._refusal(call, place.service, InternalError())

    async def _serve(self, call: Call, place: Place) -> Answer:
        """Find out who calls, read, keep, and answer; refusals are raised."""
        service = place.service
        if call.scope["method"] not in service.methods:
            raise MethodNotAllowed(f"This address takes {' and '.join(service.methods)} only")
        arrival = _arrival(call, place, self._single)
        said = authorization_in(place.key, arrival.headers, arrival.query)
        if said is None and service.key_in is not None:
            arrival = replace(arrival, body=await self._bodies.read(call, service.body_max_bytes))
            said = bearer(service.key_in(arrival)) if service.key_in(arrival) else None
            caller = await self._admit(call, said)
        else:
            caller = await self._admit(call, said)
            arrival = replace(arrival, body=await self._bodies.read(call, service.body_max_bytes))
        await self._check_signature(call, caller, service, arrival)
        reports = service.read(arrival) or [as_it_came(service, arrival)]
        ids = await self._keep(call, caller, service, arrival, reports)
        return answered(200, _encode(service.accepted(arrival, reports, ids)))

    async def _admit(self, call: Call, said: str | None) -> Caller:
        call.head.pop(b"authorization", None)
        if said is not None:
            call.head[b"authorization"] = said.encode("latin-1", "replace")
        return await self._single.gate.admit(call)

    async def _check_signature(self, call: Call, caller: Caller, service: Service, arrival: Arrival) -> None:
        """Refuse a call that is not signed, where the workspace has told us the secret; raises UnknownCaller."""
        if service.is_signed is None:
            return
        secret = await self._secret_of(caller.access.workspace, service.name)
        if secret and not service.is_signed(arrival, secret):
            await self._single.gate.slow(call)
            raise UnknownCaller

    async def _keep(
        self, call: Call, caller: Caller, service: Service, arrival: Arrival, reports: Sequence[Report]
    ) -> list[str]:
        """Keep each report once and return the ids of the events; what is kept stays so when another is refused."""
        ids: list[str] = []
        for start in range(0, len(reports), AT_ONCE):
            works = [self._keep_one(call, caller, service, arrival, one) for one in reports[start : start + AT_ONCE]]
            for done in await asyncio.gather(*works, return_exceptions=True):
                if isinstance(done, BaseException):
                    raise done
                ids.append(done)
        return ids

    async def _keep_one(self, call: Call, caller: Caller, service: Service, arrival: Arrival, report: Report) -> str:
        single, category = self._single, category_of(service, arrival, report)
        event = report.event(category, arrival.at)
        mine = _ticket(call, caller.access.workspace, service, arrival, report, category)

        async def once() -> Answer:
            single.acceptor.check(caller)
            return await single.store(call, caller, event, mine, arrival.at)

        answer = await (once() if mine is None else single.memory.guard(mine, once))
        return _kept(answer.body).event_id

    def _refusal(self, call: Call, service: Service, error: PingPilotError) -> Answer:
        """Refuse as the service does."""
        is_over = isinstance(error, QuotaReached)
        return refused_as(service, error, until_reset(self._single.gate, call) if is_over else ())


def category_of(service: Service, arrival: Arrival, report: Report) -> str:
    """Return the category of a report: what the address asks for, or else the service, or else the service's name."""
    wanted = (arrival.query.get("category", ""), arrival.category, report.category)
    return next(filter(None, map(name_of, wanted)), service.name)


def as_it_came(service: Service, arrival: Arrival) -> Report:
    """Return a report of a call that says nothing we know how to read."""
    if not arrival.body:
        return Report(f"A call from {service.label} without a body", severity=Severity.WARNING)
    size = len(arrival.body)
    fields = {"content type": arrival.kind, "size": "1 byte" if size == 1 else f"{size} bytes"}  # no number to sum
    return Report(f"A call from {service.label} that could not be read:", arrival.text, fields, Severity.WARNING)


def _arrival(call: Call, place: Place, single: Single) -> Arrival:
    """Return a call without its body."""
    query = form_in(call.scope.get("query_string", b"").decode("latin-1"))
    return Arrival(
        method=call.scope["method"],
        category=place.category,
        headers={name.decode("latin-1"): _text(value) for name, value in call.head.items()},
        query=query,
        body=b"",
        at=single.now(),
    )


def _text(value: bytes) -> str:
    """Return a header's value: UTF-8 as clients send it, or else what it is. Source: RFC 9110 section 5.5."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _ticket(
    call: Call, workspace: WorkspaceId, service: Service, arrival: Arrival, report: Report, category: str
) -> Ticket | None:
    """Return by what a repeat of a report is known; None where nothing names it."""
    if report.identity:
        name = hashlib.sha256(f"{category} {report.identity}".encode()).hexdigest()
        return ticket(workspace, f"in/{service.name} {name}", b"")
    key = key_in(call.head)
    return None if key is None else ticket(workspace, key, arrival.body)
