"""Repeats within a category's cooldown: stored and counted, not delivered again, on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from msgspec.structs import replace

from pingpilot.domain.ids import CategoryId
from pingpilot.store import batches
from pingpilot.store.batches import AcceptMany, Many, Once, written
from pingpilot.store.events import Accept, Accepted, QuotaFull, Repeated
from pingpilot.store.models import Category, Delivery, Event, Quota
from pingpilot.store.workspaces import changing
from tests.conformance.store.house import NOW, House
from tests.conformance.store.shelf import plans, put, report
from tests.conformance.store.test_settling_together import beside

MINUTE = timedelta(minutes=1)
DOWN = report(dedupe_key="db-down")


def accept(*units: Any) -> list[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        return list(batches.accept_all(cursor, units))


def about(house: House, minutes: float = 0, key: str | None = "db-down", **members: Any) -> Accept:
    return house.unit(at=NOW + minutes * MINUTE, event=report(dedupe_key=key), **members)


def cooldown(house: House, seconds: int) -> None:
    with changing(house.workspace) as workspace:
        Category.objects.filter(pk=house.category).update(cooldown_s=seconds)
        house.revision = workspace.revision


def deliveries(unit: Accept) -> int:
    return Delivery.objects.filter(event__id=unit.event_id).count()


def test_one_is_delivered_and_those_after_it_are_counted(house: House):
    units = [about(house, minute) for minute in (0, 1, 9.9, 10, 11)]
    answers = [accept(unit)[0] for unit in units]
    assert answers == [
        Accepted(1),
        Repeated(2, first=units[0].event_id),
        Repeated(3, first=units[0].event_id),
        Accepted(4),
        Repeated(5, first=units[3].event_id),
    ]
    assert [deliveries(unit) for unit in units] == [3, 0, 0, 3, 0]
    repeat = Event.objects.get(pk=units[1].event_id)
    assert (repeat.status, repeat.repeat_of and repeat.repeat_of.hex) == ("DELIVERED", units[0].event_id)
    assert Event.objects.filter(repeat_of=units[0].event_id).count() == 2


@pytest.mark.parametrize("is_one_call", [True, False])
def test_of_those_that_come_together_the_first_is_delivered(house: House, is_one_call: bool):
    units = [about(house), about(house, key="other"), about(house), about(house, key=None), about(house, key="other")]
    answers = accept(*units)
    if is_one_call:
        units = [about(house, 60, unit.event.dedupe_key) for unit in units]
        (many,) = accept(AcceptMany(units, None))
        answers = many.answers
    assert [type(answer) for answer in answers] == [Accepted, Accepted, Repeated, Accepted, Repeated]
    assert [deliveries(unit) for unit in units] == [3, 3, 0, 3, 0]


def test_another_category_or_workspace_has_its_own(house: House):
    accept(about(house))
    other = Category.objects.create(workspace_id=house.workspace, name="other", color=0)
    (answer,) = accept(replace(about(house, 1), category=CategoryId(other.pk)))
    assert type(answer) is Accepted


def test_without_a_cooldown_all_are_delivered(house: House):
    cooldown(house, 0)
    assert [type(answer) for answer in accept(about(house), about(house, 1))] == [Accepted, Accepted]


def test_a_longer_cooldown_counts_from_the_one_that_was_delivered(house: House):
    cooldown(house, 3_600)
    answers = [accept(about(house, minutes))[0] for minutes in (0, 50, 59, 61)]
    assert [type(answer) for answer in answers] == [Accepted, Repeated, Repeated, Accepted]


def test_what_went_nowhere_or_failed_is_no_reason_to_keep_silent(house: House):
    put(house, DOWN)
    first = about(house, 1)
    assert type(accept(first)[0]) is Accepted
    Event.objects.filter(pk=first.event_id).update(status="FAILED")
    assert type(accept(about(house, 2))[0]) is Accepted
    assert type(accept(about(house, 3))[0]) is Repeated
    assert type(accept(about(house, 4, routes=()))[0]) is Accepted  # nothing to deliver, nothing to keep back


def test_what_is_beyond_the_quota_is_refused_and_repeats_take_units(house: House):
    house.set_plan("FREE")
    house.use(98)
    answers = accept(about(house), about(house), about(house))
    assert [type(answer) for answer in answers] == [Accepted, Repeated, QuotaFull]
    assert Quota.objects.get().used == 100


def test_an_answer_that_is_given_once_says_so_each_time(house: House):
    def once() -> Once:
        return Once("k" * 8, b"d" * 32, 200, [('{"eventId":"1"}', "", "")])

    accept(about(house, -1))
    first = about(house)
    (many,) = accept(AcceptMany([first], once()))
    assert isinstance(many, Many)
    text = written(once().pieces, many.answers)
    assert text.startswith('{"eventId":"1","repeatOf":"')
    (again,) = accept(AcceptMany([about(house)], once()))
    assert again.answer == text


def test_two_processes_at_one_moment_deliver_one(house: House):
    mine, yours = about(house), about(house)
    found: list[Any] = []
    with beside(lambda: found.extend(accept(yours))) as let, connection.cursor() as cursor:
        found.extend(batches.accept_all(cursor, [mine]))
        let()
    assert sorted(type(answer).__name__ for answer in found) == ["Accepted", "Repeated"]
    assert {deliveries(mine), deliveries(yours)} == {0, 3}


def test_others_cost_no_question_and_a_suspect_a_short_one(house: House):
    for minutes in range(0, 300, 11):
        accept(about(house, minutes))
    accept(*[about(house, 301) for _ in range(50)])
    with plans() as seen:
        accept(about(house, 302, key=None))
    assert not any("event_first_of_its_kind" in line for line in seen)
    with plans() as seen:
        accept(about(house, 303))
    assert any("event_first_of_its_kind" in line for line in seen), seen
