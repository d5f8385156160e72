"""From an outcome to the next state of a delivery, the time of the next try, and the health of its destination."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, assert_never

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.incoming import MessageFailed
from pingpilot.domain.outcome import (
    HELD,
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
_MILLISECOND = timedelta(milliseconds=1)


class Moment(NamedTuple):
    """When an attempt began and ended, and a random number from 0 to 1 that spreads retries."""

    started_at: datetime
    ended_at: datetime
    spread: float


@dataclass(frozen=True, slots=True)
class Moved:
    """An address that is another one from now on: its sealed settings, and by what its person is found again."""

    sealed: bytes | None = field(repr=False)
    identity: bytes | None = field(repr=False)


def decide(job: Job, outcome: Outcome, moment: Moment, moved: Moved | None = None) -> Settle:
    """Return what the store shall record; pure.

    Source: SPEC section 7.3.
    """
    match outcome:
        case Delivered():
            provider_id = _kept(outcome.provider_id, PROVIDER_ID_MAX_CHARS)
            return _settlement(job, outcome, moment, DeliveryState.DELIVERED, provider_id=provider_id, moved=moved)
        case RateLimited():
            wait = max(timedelta(0), min(outcome.retry_after, RETRY_AFTER_MAX))
            return _held(job, outcome, moment, moment.ended_at + wait)
        case SenderBroken():
            return _held(job, outcome, moment, moment.ended_at + HOLD_BROKEN_SENDER)
        case Transient():
            return _retried(job, outcome, moment, outcome.retry_after)
        case AddressSuspect() | Unknown():
            return _retried(job, outcome, moment, None)
        case BadMessage() | AddressDead():
            return _settlement(job, outcome, moment, DeliveryState.DEAD)
        case _:
            assert_never(outcome)


def defer(job: Job, until: datetime, now: datetime) -> Settle:
    """Give a lease back without an attempt, to be taken up at an instant."""
    return _held(job, None, Moment(now, now, 0), until)


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


def _settlement(  # noqa: PLR0913 - all that may differ between one end and another
    job: Job,
    outcome: Outcome | None,
    moment: Moment,
    state: DeliveryState,
    *,
    due_at: datetime | None = None,
    begun_at: datetime | None = None,
    provider_id: str = "",
    moved: Moved | None = None,
) -> Settle:
    is_spent = outcome is not None and not isinstance(outcome, HELD)
    is_unknown = isinstance(outcome, Unknown) and not outcome.is_idempotent
    tried = None if outcome is None else _try(job, outcome, moment)
    return Settle(
        delivery=job.delivery,
        event=job.source.event_id,
        owner=job.owner,
        workspace=job.workspace,
        destination=job.destination,
        state=state,
        now=moment.ended_at,
        due_at=due_at or moment.ended_at,
        begun_at=begun_at or job.begun_at,
        attempts=job.attempts + is_spent,
        is_maybe_repeat=job.is_maybe_repeat or is_unknown,
        provider_id=provider_id,
        detail=tried.detail if tried else "",
        tried=tried,
        health=_health(outcome),
        proves=job.proves,
        sealed=moved.sealed if moved else None,
        identity=moved.identity if moved else None,
        broken_sender=_broken_sender(job.channel, outcome),
    )


def _try(job: Job, outcome: Outcome, moment: Moment) -> Try:
    return Try(
        number=job.attempts + 1,
        started_at=moment.started_at,
        duration_ms=(moment.ended_at - moment.started_at) // _MILLISECOND,
        outcome=NAMES[type(outcome)],
        code=_kept(outcome.code, CODE_MAX_CHARS),
        detail=_kept(outcome.detail, DETAIL_MAX_CHARS),
    )


def _kept(text: str, limit: int) -> str:
    """Return text that a database takes, whatever a channel made of a provider's answer."""
    if not text:
        return text
    return text[:limit].encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _health(outcome: Outcome | None) -> Health:
    """Return what an outcome says of its destination; where it alone is refused, its own credential is broken."""
    if outcome is None:
        return Health.UNTOUCHED
    is_own = isinstance(outcome, SenderBroken) and outcome.scope is Scope.ADDRESS
    return Health.BROKEN if is_own else _HEALTH[type(outcome)]


def _broken_sender(channel: str, outcome: Outcome | None) -> str:
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


def _held(job: Job, outcome: Outcome | None, moment: Moment, until: datetime) -> Settle:
    """Hold a delivery without spending an attempt: the time it is held does not count against its schedule."""
    begun_at = job.begun_at + (until - moment.ended_at)
    return _settlement(job, outcome, moment, DeliveryState.PENDING, due_at=until, begun_at=begun_at)


def _retried(job: Job, outcome: Outcome, moment: Moment, retry_after: timedelta | None) -> Settle:
    wait = wait_after(job.attempts + 1, moment.ended_at - job.begun_at, moment.spread, retry_after)
    if wait is None:
        return _settlement(job, outcome, moment, DeliveryState.DEAD)
    return _settlement(job, outcome, moment, DeliveryState.PENDING, due_at=moment.ended_at + wait)
