"""SPEC section 7.3: what each outcome makes of a delivery and its destination."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.deliver.settle import HOLD_BROKEN_SENDER, Moment, decide, defer
from pingpilot.domain.delivery import DeliveryState
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
from pingpilot.domain.retry import GIVE_UP_AFTER
from pingpilot.store.settlements import Health, Settle
from tests.unit.deliver.sample import NOW, a_job

TOOK = timedelta(milliseconds=250)
DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)
RETRIED = (Transient("down"), AddressSuspect("odd"), Unknown("silent"))
FINAL = (Delivered("id-1"), BadMessage("too odd"), AddressDead("gone"))
HELD = (RateLimited(MINUTE), SenderBroken("no token"))

texts = st.text(st.characters(), max_size=600) | st.sampled_from(["\x00", "\ud800", "💰" * 600])
waits = st.timedeltas(-DAY, timedelta.max) | st.none()
outcomes = st.one_of(
    st.builds(Delivered, texts, texts, texts),
    st.builds(RateLimited, st.timedeltas(), detail=texts, code=texts),
    st.builds(Transient, texts, texts, waits),
    st.builds(Unknown, texts, texts, st.booleans()),
    st.builds(BadMessage, texts, texts),
    st.builds(AddressDead, texts, texts),
    st.builds(AddressSuspect, texts, texts),
    st.builds(SenderBroken, texts, texts),
)


def settled(outcome: Outcome, spread: float = 0.5, **job: Any) -> Settle:
    return decide(a_job(**job), outcome, Moment(NOW, NOW + TOOK, spread))


def wait_of(unit: Settle) -> timedelta:
    return unit.due_at - unit.now


@pytest.mark.parametrize(
    ("outcome", "state", "health"),
    [
        (Delivered("id-1"), DeliveryState.DELIVERED, Health.WELL),
        (RateLimited(MINUTE), DeliveryState.PENDING, Health.UNTOUCHED),
        (Transient("down"), DeliveryState.PENDING, Health.AILING),
        (Unknown("silent"), DeliveryState.PENDING, Health.AILING),
        (BadMessage("too odd"), DeliveryState.DEAD, Health.UNTOUCHED),
        (AddressDead("gone"), DeliveryState.DEAD, Health.DEAD),
        (AddressSuspect("odd"), DeliveryState.PENDING, Health.SUSPECT),
        (SenderBroken("no token"), DeliveryState.PENDING, Health.UNTOUCHED),
    ],
)
def test_each_outcome_has_its_state_and_its_health(outcome: Outcome, state: DeliveryState, health: Health):
    unit = settled(outcome)
    assert (unit.state, unit.health) == (state, health)
    assert unit.tried is not None
    assert (unit.tried.number, unit.tried.outcome, unit.tried.started_at) == (1, NAMES[type(outcome)], NOW)
    assert (unit.tried.duration_ms, unit.now) == (250, NOW + TOOK)


def test_the_providers_id_is_kept():
    assert settled(Delivered("id-1")).provider_id == "id-1"


@pytest.mark.parametrize("outcome", RETRIED)
@pytest.mark.parametrize(("attempts", "wait_s"), list(enumerate([1, 5, 30, 120, 600, 1_800, 3_600, 3_600])))
def test_a_failed_attempt_waits_for_the_next_step_of_the_schedule(outcome: Outcome, attempts: int, wait_s: int):
    for spread, factor in ((0.0, 0.8), (0.5, 1.0), (1.0, 1.2)):
        unit = settled(outcome, spread, attempts=attempts)
        assert (unit.attempts, unit.begun_at) == (attempts + 1, NOW)
        assert wait_of(unit) == timedelta(seconds=wait_s) * factor


@pytest.mark.parametrize("outcome", RETRIED)
def test_a_delivery_is_dead_when_its_next_try_would_be_later_than_a_day_after_the_first(outcome: Outcome):
    assert settled(outcome, attempts=20, begun_at=NOW + TOOK - DAY + timedelta(minutes=59)).state == "DEAD"
    assert settled(outcome, attempts=20, begun_at=NOW + TOOK - DAY + timedelta(minutes=61)).state == "PENDING"


def test_a_provider_may_ask_for_a_longer_wait_and_not_for_a_shorter_one():
    assert wait_of(settled(Transient(retry_after=timedelta(minutes=3)))) == timedelta(minutes=3)
    assert wait_of(settled(Transient(retry_after=timedelta(seconds=2)), attempts=6)) == timedelta(hours=1)
    assert wait_of(settled(Transient(retry_after=timedelta(days=9)), begun_at=NOW + TOOK)) == DAY


@pytest.mark.parametrize("outcome", HELD)
def test_what_is_held_spends_no_attempt_and_no_time_of_its_schedule(outcome: Outcome):
    unit = settled(outcome, attempts=3, begun_at=NOW - timedelta(hours=23))
    assert (unit.state, unit.attempts) == ("PENDING", 3)
    assert unit.begun_at == NOW - timedelta(hours=23) + wait_of(unit)


def test_a_rate_limit_waits_as_told_and_a_broken_sender_for_a_while():
    assert wait_of(settled(RateLimited(timedelta(seconds=90)))) == timedelta(seconds=90)
    assert wait_of(settled(SenderBroken())) == HOLD_BROKEN_SENDER


def test_a_rate_limit_is_capped_at_a_day_and_never_in_the_past():
    assert wait_of(settled(RateLimited(timedelta(days=400)))) == DAY
    assert wait_of(settled(RateLimited(-MINUTE))) == timedelta(0)


@pytest.mark.parametrize(("is_idempotent", "is_marked"), [(True, False), (False, True)])
def test_an_unknown_end_marks_a_possible_repeat_unless_the_provider_can_tell(is_idempotent: bool, is_marked: bool):
    assert settled(Unknown(is_idempotent=is_idempotent)).is_maybe_repeat == is_marked


@pytest.mark.parametrize("outcome", [*RETRIED, *HELD, *FINAL])
def test_the_mark_of_a_possible_repeat_stays(outcome: Outcome):
    assert settled(outcome, is_maybe_repeat=True).is_maybe_repeat


def test_a_deferred_delivery_was_not_attempted_and_loses_nothing():
    until = NOW + timedelta(hours=2)
    unit = defer(a_job(attempts=4, begun_at=NOW - timedelta(hours=23)), until, NOW)
    assert (unit.state, unit.due_at, unit.attempts, unit.tried) == ("PENDING", until, 4, None)
    assert (unit.health, unit.detail) == (Health.UNTOUCHED, "")
    assert unit.begun_at == NOW - timedelta(hours=21)


@given(outcomes, st.integers(0, 40), st.timedeltas(timedelta(0), 3 * DAY), st.floats(0, 1))
def test_any_outcome_can_be_recorded(outcome: Outcome, attempts: int, age: timedelta, spread: float):
    unit = settled(outcome, spread, attempts=attempts, begun_at=NOW - age)
    assert unit.tried is not None
    for text, limit in (
        *((unit.detail, 500), (unit.provider_id, 200), (unit.tried.detail, 500), (unit.tried.code, 64)),
    ):
        assert len(text) <= limit
        assert "\x00" not in text
        text.encode()
    assert unit.attempts - attempts in (0, 1)
    if unit.state is DeliveryState.PENDING:
        assert timedelta(0) <= wait_of(unit) <= GIVE_UP_AFTER


def test_one_that_alone_is_refused_has_a_broken_credential_of_its_own():
    unit = settled(SenderBroken("Answered 403.", "403", Scope.ADDRESS))
    assert (unit.health, unit.broken_sender) == (Health.BROKEN, "")


@pytest.mark.parametrize("scope", [Scope.CREDENTIAL, Scope.CHANNEL, Scope.PROCESS])
def test_a_credential_of_the_instance_blames_no_destination(scope):
    unit = settled(SenderBroken("Answered 401.", "401", scope), channel="telegram")
    assert (unit.health, unit.broken_sender) == (Health.UNTOUCHED, "telegram")
