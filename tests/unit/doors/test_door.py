"""The door itself, with parts that answer as told: signatures, failures, and what is kept amid refusals."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pingpilot.domain.errors import QuotaReached
from pingpilot.domain.event import NewEvent
from pingpilot.domain.ids import WorkspaceId
from pingpilot.doors.catalogue import places
from pingpilot.doors.door import ForeignDoor
from pingpilot.ingest.answers import Answer, accepted, answered
from pingpilot.ingest.single import Single

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = "pp_" + "k" * 24 + "_" + "S" * 38
BODY = b'{"zen": "x"}'


class Desk:
    """All the parts behind the door: lets everybody in, and keeps events until told to fail."""

    def __init__(self, fails: BaseException | None = None, after: int = 0) -> None:
        self.kept: list[NewEvent] = []
        self.tickets: list[Any] = []
        self.slowed = 0
        self.fails, self.after = fails, after
        self.gate = self
        self.acceptor = self
        self.memory = self

    def now(self) -> datetime:
        return NOW

    async def admit(self, call: Any) -> Any:
        self.authorization = call.head.get(b"authorization")
        call.caller = SimpleNamespace(access=SimpleNamespace(workspace=WorkspaceId(7)))
        return call.caller

    def check(self, caller: object) -> None:
        """Let everyone through."""

    def quota_headers(self, caller: object) -> list[tuple[bytes, bytes]]:
        return [(b"ratelimit-reset", b"60")]

    def doubt(self, caller: object) -> None:
        """Hear of a refusal."""

    async def slow(self, call: object) -> None:
        self.slowed += 1

    async def guard(self, mine: object, work: Callable[[], Awaitable[Answer]]) -> Answer:
        return await work()

    async def store(self, call: object, caller: object, event: NewEvent, mine: object, now: datetime) -> Answer:
        if self.fails is not None and len(self.kept) >= self.after:
            raise self.fails
        self.kept.append(event)
        self.tickets.append(mine)
        return answered(200, accepted(f"{len(self.kept):032x}"))


def call(
    desk: Desk,
    path: str,
    body: bytes = BODY,
    headers: dict[str, str] | None = None,
    secret: str = "",
    method: str = "POST",
) -> tuple[int, dict[str, str], Any]:
    """Send one call; ``secret`` is what workspace 7 shares with GitHub."""

    async def secret_of(workspace: WorkspaceId, service: str) -> str:
        assert workspace == 7
        return secret if service == "github" else ""

    async def run() -> list[Any]:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        pairs = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": pairs}
        await ForeignDoor(places(), cast("Single", desk), secret_of)(scope, receive, send)
        return sent

    start, end = asyncio.run(run())
    names = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], names, json.loads(end["body"])


def signed(secret: str, body: bytes = BODY) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


@pytest.mark.parametrize(
    ("headers", "secret", "status"),
    [
        ({}, "", 200),
        (signed("right"), "", 200),
        (signed("right"), "right", 200),
        ({}, "right", 401),
        (signed("wrong"), "right", 401),
        (signed("right", b"{}"), "right", 401),
    ],
)
def test_where_a_secret_is_shared_only_signed_calls_are_kept(headers: dict[str, str], secret: str, status: int):
    desk = Desk()
    got, _, said = call(desk, f"/in/github/{KEY}", headers=headers, secret=secret)
    assert (got, len(desk.kept), desk.slowed) == (status, int(status == 200), int(status == 401))
    assert status == 200 or said["code"] == "unknown_caller"
    assert status == 200 or said["hint"].startswith("The secret that GitHub signs with must be the one under")
    assert desk.authorization == f"Bearer {KEY}".encode()


@pytest.mark.parametrize(("path", "allowed"), [("/message", "POST"), ("/in/ntfy/backups", "POST, PUT")])
def test_a_wrong_method_is_told_the_right_ones(path: str, allowed: str):
    status, headers, _ = call(Desk(), path, method="DELETE")
    assert (status, headers["allow"]) == (405, allowed)


def test_a_surprise_has_the_services_shape():
    status, _, said = call(Desk(ZeroDivisionError("division")), "/message", b'{"message":"m"}')
    assert (status, said["error"], said["errorCode"]) == (500, "Internal Server Error", 500)
    assert "division" not in json.dumps(said)


def test_where_the_quota_ends_amid_a_group_what_was_kept_stays():
    alerts = [{"labels": {"alertname": f"A{number}"}, "startsAt": "2026-11-23T11:00:00Z"} for number in range(5)]
    desk = Desk(QuotaReached(), after=3)
    status, headers, said = call(desk, "/in/alertmanager", json.dumps({"alerts": alerts}).encode())
    assert (status, headers["retry-after"], said["code"]) == (429, "60", "quota_reached")
    assert len(desk.kept) == 3
    assert len({ticket.key for ticket in desk.tickets}) == 3


def test_nobody_waits_for_deliveries():
    desk = Desk()
    assert call(desk, "/message", b'{"message":"m"}', {"prefer": "wait=30"})[0] == 200


def test_no_refusal_repeats_the_key():
    form = {"content-type": "application/x-www-form-urlencoded"}
    _, headers, said = call(Desk(QuotaReached()), f"/in/pushover/{KEY}", b"message=m", form)
    assert KEY not in json.dumps([headers, said])
