"""Looking for events, and sending them again."""

import pytest

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.role import Role
from pingpilot.manage import events
from pingpilot.store.models import Category, Delivery, Event
from tests.unit.console.conftest import signed_in
from tests.unit.console.shop import colleague, report, text_of


@pytest.fixture
def dead(services, workspace, stocked):
    """The id of an event whose one delivery has failed."""
    event_id = events.send_test(services, workspace)
    Delivery.objects.update(state=DeliveryState.DEAD, final_at=services.now())
    Event.objects.filter(pk=event_id).update(status="FAILED")
    return event_id


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ({}, True),
        ({"category": "SALE"}, True),
        ({"category": "gone"}, False),
        ({"status": "FAILED"}, False),
        ({"field": "amount", "is": "lte", "value": "99.90"}, True),
        ({"severity": "critical"}, False),
        ({"q": "nothing"}, False),
    ],
)
def test_events_are_found_by_what_they_are(client, stocked, query, is_found):
    html = text_of(client.get("/dashboard/events", query))
    assert (stocked.event_id in html) == is_found
    is_empty = "Nothing matches" in html or "Nothing has failed" in html
    assert is_empty != is_found


def test_what_is_looked_for_can_be_left_out_again(client, stocked):
    html = text_of(client.get("/dashboard/events?category=sale&status=FAILED&field=amount&is=gt&value=1"))
    assert 'href="?category=sale&amp;field=amount&amp;is=gt&amp;value=1"' in html
    assert 'href="?category=sale&amp;status=FAILED"' in html
    assert "amount is more than 1" in html


def test_pages_follow_one_another(client, services, stocked):
    for _ in range(60):
        report(services, stocked.category)
    html = text_of(client.get("/dashboard/events?category=sale"))
    assert html.count("data-key") == 50
    href = html.split('id="older" href="')[1].split('"')[0].replace("&amp;", "&")
    older = text_of(client.get(f"/dashboard/events{href}"))
    assert older.count("data-key") == 11
    assert 'href="?category=sale"' in older


@pytest.mark.parametrize("page", ["/dashboard/events", "/dashboard/category/sale", "/dashboard"])
@pytest.mark.parametrize(
    ("severity", "mark"),
    [
        ("critical", '<span class="badge badge--bad">Critical</span> Till\nIt is stuck'),
        ("warning", '<span class="badge badge--warn">Warning</span> Till\nIt is stuck'),
        ("success", 'cut--lines">Till\nIt is stuck'),
        ("info", 'cut--lines">Till\nIt is stuck'),
    ],
)
def test_lists_say_what_matters_and_keep_the_title_on_its_line(client, services, stocked, page, severity, mark):
    event_id = report(services, stocked.category)
    Event.objects.filter(pk=event_id).update(severity=severity, description="Till\nIt is stuck")
    assert mark in text_of(client.get(page))


def test_a_repeat_leads_to_what_it_repeats_and_that_says_how_many(client, services, stocked):
    repeat = report(services, stocked.category)
    Event.objects.filter(pk=repeat).update(repeat_of=stocked.event_id, dedupe_key="db-down", status="DELIVERED")
    Delivery.objects.filter(event__id=repeat).delete()
    html = text_of(client.get(f"/dashboard/events/{repeat}"))
    assert "Counted, not delivered again" in html
    assert f'href="/dashboard/events/{stocked.event_id}"' in html
    assert "1 time, counted and not delivered again" in text_of(client.get(f"/dashboard/events/{stocked.event_id}"))
    assert "Repeat</span>" in text_of(client.get("/dashboard/events"))


def test_an_event_is_sent_again_by_one_press(client, dead):
    assert "Replay" in text_of(client.get(f"/dashboard/events/{dead}"))
    html = text_of(client.post(f"/dashboard/events/{dead}/replay", follow=True))
    assert "Sending again: 1 delivery." in html
    assert Delivery.objects.get(event=dead).state == DeliveryState.PENDING
    assert "Nothing could be sent again" in text_of(client.post(f"/dashboard/events/{dead}/replay", follow=True))


def test_a_destination_that_is_off_or_none_is_told(client, stocked, dead):
    stocked.destination.disabled_at = stocked.event.received_at
    stocked.destination.save()
    for destination in (stocked.destination.pk, 4711):
        html = text_of(client.post(f"/dashboard/events/{dead}/replay", {"destination": destination}, follow=True))
        assert "toast--error" in html
    assert Delivery.objects.get(event=dead).state == DeliveryState.DEAD


def test_all_that_has_failed_lately_is_sent_again(client, clock, dead):
    assert "What has failed in the last" in text_of(client.get("/dashboard/events?status=FAILED"))
    clock.advance(days=2)
    assert "Nothing could be" in text_of(client.post("/dashboard/deliveries/replay", {"hours": "24"}, follow=True))
    assert "1 delivery" in text_of(client.post("/dashboard/deliveries/replay", {"hours": "168"}, follow=True))


def test_who_may_only_look_sends_nothing_again(services, workspace, dead):
    viewer = signed_in(colleague(services, workspace, Role.VIEWER))
    assert "Replay" not in text_of(viewer.get(f"/dashboard/events/{dead}"))
    assert viewer.post(f"/dashboard/events/{dead}/replay").status_code == 403


def test_a_category_is_muted_and_that_can_be_taken_back(client, stocked):
    html = text_of(client.post("/dashboard/category/sale/mute", follow=True))
    assert 'action="/dashboard/category/sale/unmute"' in html
    assert "Undo" in html
    assert Category.objects.get().is_muted
    client.post("/dashboard/category/sale/unmute")
    assert not Category.objects.get().is_muted


def test_a_category_gets_channels_of_its_own(client, stocked):
    path = "/dashboard/category/sale/route"
    client.post(path, {"channels": "own", "destination": stocked.destination.pk})
    assert [one.pk for one in Category.objects.get().destinations.all()] == [stocked.destination.pk]
    assert "Choose at least one channel" in text_of(client.post(path, {"channels": "own"}, follow=True))
    assert "no such destination" in text_of(client.post(path, {"channels": "own", "destination": 4711}, follow=True))
    client.post(path, {"channels": "all", "destination": stocked.destination.pk})
    assert not Category.objects.get().has_own_destinations


def test_the_plan_says_what_is_used_and_what_is_left(client, services, stocked):
    html = text_of(client.get("/dashboard/upgrade"))
    for shown in ("of 100", "1 of 3", "30 days", "$29", "Mon 1 Jun 2026", "whoever runs this instance"):
        assert shown in html


def test_sample_data_comes_on_request_and_goes_with_one_press(client, workspace):
    assert "Look around with sample data" in text_of(client.get("/dashboard"))
    assert "You are looking at sample data" in text_of(client.post("/dashboard/sample-data", follow=True))
    html = text_of(client.post("/dashboard/sample-data/remove", follow=True))
    assert "You are looking" not in html
    assert not Category.objects.exists()
