"""From an outcome to the next state of a delivery, the time of the next try, and the health of its destination."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.incoming import MessageFailed
from pingpilot.domain.outcome import (
    NAMES,
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    Outcome,
    RateLimited,
    Scope,
    SenderBroken,
    Transient,
    Unknown,
)
from pingpilot.domain.retry import RETRY_AFTER_MAX, wait_after
from pingpilot.store.deliveries import Job
from pingpilot.store.overturn import Overturn
from pingpilot.store.settlements import Health, Settle, Try

HOLD_BROKEN_SENDER = timedelta(minutes=5)
"""How long deliveries of a broken credential are held before one of them tries again."""
CODE_MAX_CHARS = 64
DETAIL_MAX_CHARS = 500
PROVIDER_ID_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class Moment:
    """When an attempt began and ended, and a random number from 0 to 1 that spreads retries."""

    started_at: datetime
    ended_at: datetime
    spread: float


def decide(job: Job, outcome: Outcome, moment: Moment) -> Settle:
    """Return what the store shall record; pure.

    Source: SPEC section 7.3.
    """
    unit = _settlement(job, outcome, moment)
    match outcome:
        case Delivered():
            provider_id = _kept(outcome.provider_id, PROVIDER_ID_MAX_CHARS)
            return replace(unit, state=DeliveryState.DELIVERED, provider_id=provider_id)
        case RateLimited():
            wait = max(timedelta(0), min(outcome.retry_after, RETRY_AFTER_MAX))
            return _wait(job, unit, moment.ended_at + wait)
        case SenderBroken():
            return _wait(job, unit, moment.ended_at + HOLD_BROKEN_SENDER)
        case Transient():
            return _retry(job, unit, moment, outcome.retry_after)
        case AddressSuspect():
            return _retry(job, unit, moment, None)
        case Unknown():
            retried = _retry(job, unit, moment, None)
            return replace(retried, is_maybe_repeat=job.is_maybe_repeat or not outcome.is_idempotent)
        case BadMessage() | AddressDead():
            return replace(unit, state=DeliveryState.DEAD)
        case _:
            assert_never(outcome)


def defer(job: Job, until: datetime, now: datetime) -> Settle:
    """Give a lease back without an attempt, to be taken up at an instant."""
    unit = replace(_settlement(job, Delivered(), Moment(now, now, 0)), tried=None, health=Health.UNTOUCHED)
    return _wait(job, replace(unit, attempts=job.attempts), until)


def overturned(channel: str, heard: MessageFailed, now: datetime) -> Overturn:
    """Return what the store shall record when a provider says that a message failed which it had taken."""
    outcome = heard.outcome
    return Overturn(
        channel=channel,
        provider_id=_kept(heard.provider_id, PROVIDER_ID_MAX_CHARS),
        now=now,
        outcome=NAMES[type(outcome)],
        code=_kept(outcome.code, CODE_MAX_CHARS),
        detail=_kept(outcome.detail, DETAIL_MAX_CHARS),
        health=_health(outcome),
        broken_sender=_broken_sender(channel, outcome),
        may_retry=isinstance(outcome, Transient | RateLimited | SenderBroken),
        retry_after=outcome.retry_after if isinstance(outcome, Transient | RateLimited) else None,
    )


def _settlement(job: Job, outcome: Outcome, moment: Moment) -> Settle:
    duration_ms = int((moment.ended_at - moment.started_at) / timedelta(milliseconds=1))
    detail, number = _kept(outcome.detail, DETAIL_MAX_CHARS), job.attempts + 1
    return Settle(
        delivery=job.delivery,
        event=job.source.event_id,
        owner=job.owner,
        workspace=job.workspace,
        destination=job.destination,
        state=DeliveryState.PENDING,
        now=moment.ended_at,
        due_at=moment.ended_at,
        begun_at=job.begun_at,
        attempts=job.attempts if isinstance(outcome, RateLimited | SenderBroken) else number,
        is_maybe_repeat=job.is_maybe_repeat,
        provider_id="",
        detail=detail,
        tried=Try(
            number, moment.started_at, duration_ms, NAMES[type(outcome)], _kept(outcome.code, CODE_MAX_CHARS), detail
        ),
        health=_health(outcome),
        proves=job.proves,
        broken_sender=_broken_sender(job.channel, outcome),
    )


def _kept(text: str, limit: int) -> str:
    """Return text that a database takes, whatever a channel made of a provider's answer."""
    return text[:limit].encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _health(outcome: Outcome) -> Health:
    """Return what an outcome says of its destination; where it alone is refused, its own credential is broken."""
    is_own = isinstance(outcome, SenderBroken) and outcome.scope is Scope.ADDRESS
    return Health.BROKEN if is_own else _HEALTH[type(outcome)]


def _broken_sender(channel: str, outcome: Outcome) -> str:
    """Return the channel whose credential is refused for everybody; empty where none is."""
    return channel if isinstance(outcome, SenderBroken) and outcome.scope is not Scope.ADDRESS else ""


_HEALTH: dict[type[Outcome], Health] = {
    Delivered: Health.WELL,
    RateLimited: Health.UNTOUCHED,
    Transient: Health.AILING,
    Unknown: Health.AILING,
    BadMessage: Health.UNTOUCHED,
    AddressDead: Health.DEAD,
    AddressSuspect: Health.SUSPECT,
    SenderBroken: Health.UNTOUCHED,
}


def _wait(job: Job, unit: Settle, until: datetime) -> Settle:
    """Hold a delivery without spending an attempt: the time it is held does not count against its schedule."""
    return replace(unit, due_at=until, begun_at=job.begun_at + (until - unit.now))


def _retry(job: Job, unit: Settle, moment: Moment, retry_after: timedelta | None) -> Settle:
    wait = wait_after(unit.attempts, moment.ended_at - job.begun_at, moment.spread, retry_after)
    if wait is None:
        return replace(unit, state=DeliveryState.DEAD)
    return replace(unit, due_at=moment.ended_at + wait)
