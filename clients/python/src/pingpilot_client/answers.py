"""What the server answers, as values."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pingpilot_client.errors import InvalidEvent, Refused, Said, error_of


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def members(self) -> dict[str, Any]:
        """Return the JSON object of the answer; empty where it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def retry_after_s(self) -> float | None:
        """Return how long the server asks to wait; None when it does not say."""
        text = self.headers.get("retry-after", "").strip()
        return float(text) if text.isascii() and text.isdigit() else None


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one delivery stands: ``state`` is PENDING, DELIVERED, DEAD or what else the server knows."""

    channel: str
    state: str
    attempts: int
    detail: str = ""
    destination: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The event is stored. ``status`` and ``deliveries`` are there when the call waited for them.

    ``hint`` says what to set up so that events reach people; None when all is well. ``is_replay``: the answer is that
    of an earlier call with the same idempotency key. ``is_held``: the month's quota is used up, and the event goes to
    the channels when the quota allows it. ``repeat_of``: the event with the same dedupe key that was delivered before;
    this one is counted, and not delivered again.
    """

    event_id: str
    hint: str | None = None
    status: str | None = None
    deliveries: Sequence[Delivery] = ()
    is_replay: bool = False
    is_held: bool = False
    repeat_of: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event of a batch: an id, or why not."""

    index: int
    event_id: str | None = None
    error: Refused | InvalidEvent | None = field(default=None, compare=False)

    @property
    def is_accepted(self) -> bool:
        """Tell whether the event is stored."""
        return self.event_id is not None


@dataclass(frozen=True, slots=True)
class Quota:
    """What of the month's allowance is used. Limits are None where there is none."""

    plan: str
    events_used: int
    events_limit: int | None
    categories_used: int
    categories_limit: int | None
    reset_date: str


def accepted(reply: Reply) -> Accepted:
    """Return what was accepted; raise Refused or InvalidEvent."""
    found = checked(reply)
    return Accepted(
        event_id=str(found.get("eventId", "")),
        hint=found.get("hint"),
        status=found.get("status"),
        deliveries=_deliveries(found),
        is_held=found.get("held") is True,
        repeat_of=found.get("repeatOf"),
        is_replay=reply.headers.get("idempotency-replayed") == "true",
    )


def results(reply: Reply, indexes: Sequence[int]) -> list[Result]:
    """Return what became of each event of a batch; ``indexes`` are their places in the caller's order."""
    found = checked(reply).get("results") or []
    return [_result(index, one) for index, one in zip(indexes, found, strict=True)]


def quota(reply: Reply) -> Quota:
    """Return what is used; raise Refused."""
    found = checked(reply)
    return Quota(
        plan=found["plan"],
        events_used=found["eventsUsed"],
        events_limit=found["eventsLimit"],
        categories_used=found["categoriesUsed"],
        categories_limit=found["categoriesLimit"],
        reset_date=found["resetDate"],
    )


def checked(reply: Reply) -> dict[str, Any]:
    """Return the members of a good answer; raise Refused or InvalidEvent with the server's words for any other."""
    found = reply.members
    if 200 <= reply.status < 300 and found:
        return found
    raise _error(found, reply.status, reply.retry_after_s)


def _result(index: int, one: dict[str, Any]) -> Result:
    if one.get("eventId") and 200 <= int(one["status"]) < 300:
        return Result(index, str(one["eventId"]))
    return Result(index, error=_error(one, int(one["status"]), None))


def _error(found: Mapping[str, Any], status: int, retry_after_s: float | None) -> Refused | InvalidEvent:
    said = Said(
        status=status,
        code=str(found.get("code", "")),
        hint=found.get("hint"),
        event_id=found.get("eventId"),
        retry_after_s=retry_after_s,
        deliveries=_deliveries(found),
    )
    message = str(found.get("message") or f"The server answered {status}. Is this PingPilot?")
    return error_of(said, message, found.get("errors") or ())


def _deliveries(found: Mapping[str, Any]) -> tuple[Delivery, ...]:
    return tuple(
        Delivery(
            channel=str(one.get("channel", "")),
            state=str(one.get("state", "")),
            attempts=int(one.get("attempts", 0)),
            detail=str(one.get("detail") or ""),
            destination=str(one.get("destination", "")),
        )
        for one in found.get("deliveries") or ()
    )
