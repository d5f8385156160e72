"""Parts of pages that keep themselves up to date."""

import re

import pytest

from pingpilot.domain.delivery import DeliveryState
from pingpilot.manage import destinations, events
from pingpilot.store.models import Attempt, Delivery
from tests.unit.console.shop import report, text_of


def asked_again(html, region):
    found = re.search(rf'id="{region}" data-live hx-get="([^"]+)"', html)
    assert found is not None
    return found[1].replace("&amp;", "&")


@pytest.mark.parametrize(
    ("page", "region"),
    [
        ("/dashboard", "glance"),
        ("/dashboard/category/sale", "category-events"),
        ("/dashboard/events", "event-list"),
        ("/dashboard/channels", "channel-list"),
    ],
)
def test_a_part_is_sent_again_only_when_it_says_something_new(client, clock, services, stocked, page, region):
    url = asked_again(text_of(client.get(page)), region)
    clock.advance(minutes=2)
    assert client.get(url).status_code == 204
    report(services, stocked.category)
    stocked.destination.label = "New name"
    stocked.destination.save()
    response = client.get(url)
    assert response.status_code == 200
    assert asked_again(text_of(response), region) != url
    assert 'id="usage" hx-swap-oob="true"' in text_of(response)


def test_the_page_of_a_new_category_turns_over_by_itself(client, services, stocked):
    stocked.event.delete()
    html = text_of(client.get("/dashboard/category/sale"))
    assert "Listening for events…" in html
    url = asked_again(html, "category-events")
    assert client.get(url).status_code == 204
    report(services, stocked.category, '{"plan": "PRO"}')
    html = text_of(client.get(url))
    assert "<table" in html
    assert 'id="category-bar" hx-swap-oob="true"' in html


def test_the_empty_dashboard_is_asked_again_for_nothing(client):
    url = asked_again(text_of(client.get("/dashboard")), "glance")
    assert client.get(url).status_code == 204


def test_a_receipt_stops_asking_when_all_is_final(client, services, workspace, stocked):
    event_id = events.send_test(services, workspace)
    page = f"/dashboard/events/{event_id}"
    asked_again(text_of(client.get(page)), f"outcome-{event_id}")
    Delivery.objects.update(state=DeliveryState.DELIVERED, final_at=services.now())
    assert "data-live" not in text_of(client.get(page))


def test_a_receipt_shows_every_attempt_and_the_next(client, clock, services, workspace):
    draft = destinations.Draft("webhook", {"url": "https://hooks.example/in"}, is_verified=True)
    destinations.add(services, workspace, draft)
    event_id = events.send_test(services, workspace)
    delivery = Delivery.objects.get()
    started = {"delivery": delivery, "started_at": services.now(), "duration_ms": 1204}
    Attempt.objects.create(**started, number=1, outcome="transient", code="503", detail="Answered 503.")
    html = text_of(client.get(f"/dashboard/events/{event_id}"))
    for shown in ("Temporary problem", "503", "Answered 503.", "1,204 ms", "Next attempt"):
        assert shown in html
