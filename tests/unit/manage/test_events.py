"""Events as their owner sees them."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from pingpilot.domain.errors import NotFound, Overloaded
from pingpilot.domain.event import Purpose
from pingpilot.domain.message import Field
from pingpilot.manage import categories, destinations, events
from pingpilot.store.events import QuotaFull, Stale
from pingpilot.store.models import Attempt, Delivery, Event, Workspace
from tests.unit.manage.sample import make_workspace, report

VERIFIED = destinations.Draft("webhook", {"url": "https://example.com/x"}, is_verified=True)


@pytest.fixture
def category(services, workspace):
    return categories.create(services, workspace, categories.Draft("sale", "#112233"))


def ids(page):
    return [event.id.hex for event in page.events]


def test_a_list_is_newest_first_by_when_it_happened(services, workspace, category, clock):
    first = report(services, category)
    second = report(services, category)
    earlier = report(services, category, at=clock.now - timedelta(hours=1))
    assert ids(events.recent(workspace)) == [second, first, earlier]


def test_pages_follow_each_other_without_gap_or_repeat(services, workspace, category, clock):
    made = []
    for _ in range(7):
        made += [report(services, category), report(services, category)]  # two at the same instant
        clock.advance(seconds=1)
    seen, cursor = [], None
    while True:
        page = events.recent(workspace, before=cursor, limit=3)
        seen += ids(page)
        cursor = page.cursor
        report(services, category)  # what comes in meanwhile shifts nothing
        if cursor is None:
            break
    assert seen == made[::-1]


@pytest.mark.parametrize("cursor", ["x", "-", "1-x", "x-" + "a" * 32, "9" * 40 + "-" + "a" * 32])
def test_a_cursor_that_is_none_is_refused(workspace, cursor):
    with pytest.raises(NotFound):
        events.recent(workspace, before=cursor)


def test_a_list_holds_one_workspace_and_if_asked_one_category(services, workspace, category):
    other = categories.create(services, workspace, categories.Draft("bug", "#112233"))
    strange = make_workspace(services, "bob@example.com")
    report(services, categories.create(services, strange, categories.Draft("sale", "#112233")))
    mine = report(services, category)
    report(services, other)
    assert ids(events.recent(workspace, category)) == [mine]
    assert len(events.recent(workspace).events) == 2


def test_a_test_reaches_all_active_destinations_and_costs_nothing(services, workspace, pipeline):
    active = destinations.add(services, workspace, VERIFIED).destination
    destinations.add(services, workspace, replace(VERIFIED, is_verified=False))
    pipeline.submitted.clear()
    event_id = events.send_test(services, workspace)
    (unit,) = pipeline.submitted
    assert [route.destination for route in unit.routes] == [active.pk]
    assert (unit.event.category, unit.purpose, unit.revision) == ("test", Purpose.TEST, None)
    assert Event.objects.get(pk=event_id).status == "PENDING"


def test_without_a_destination_a_test_is_shown_in_the_dashboard(services, workspace):
    event_id = events.send_test(services, workspace)
    assert events.receipt(workspace, event_id).event.status == "DELIVERED"
    assert ids(events.recent(workspace)) == [event_id]


def test_a_receipt_holds_deliveries_and_attempts_in_order(services, workspace, category):
    destination = destinations.add(services, workspace, VERIFIED).destination
    (route,) = events.routes_to([destination])
    event_id = report(services, category, '{"amount": 99.90, "ok": false}', routes=[route])
    delivery = Delivery.objects.get(event_id=UUID(event_id))
    for number in (1, 2):
        Attempt.objects.create(
            delivery=delivery, number=number, started_at=services.now(), duration_ms=5, outcome="transient"
        )
    found = events.receipt(workspace, event_id)
    assert found.fields == (Field("amount", "99.90"), Field("ok", "false"))
    ((shown, tries),) = found.deliveries
    assert shown.destination == destination
    assert [attempt.number for attempt in tries] == [1, 2]


def test_a_receipt_is_for_the_workspaces_own_events(services, workspace, category):
    event_id = report(services, category)
    for strange, wanted in ((Workspace(pk=workspace.pk + 1), event_id), (workspace, "f" * 32), (workspace, "x")):
        with pytest.raises(NotFound):
            events.receipt(strange, wanted)


@pytest.mark.parametrize(("answer", "error"), [(Stale(), NotFound), (QuotaFull(1), Overloaded)])
def test_what_the_store_refuses_is_an_error(services, workspace, answer, error):
    with pytest.raises(error):
        events.send_test(replace(services, submit=lambda _: answer), workspace)
