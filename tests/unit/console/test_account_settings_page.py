"""The account settings page."""

import json
from datetime import timedelta
from typing import cast

import pytest
from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client

from pingpilot.store.models import Session, User
from tests.unit.console.shop import text_of

PAGE = "/dashboard/account-settings"


def test_name_and_time_zone_are_changed(client, ada):
    html = text_of(client.post(PAGE, {"name": "Ada", "time_zone": "Asia/Tokyo"}, follow=True))
    ada.refresh_from_db()
    assert (ada.name, ada.time_zone) == ("Ada", "Asia/Tokyo")
    assert "Saved." in html


def test_an_unknown_time_zone_is_refused_with_an_example(client, ada):
    html = text_of(client.post(PAGE, {"name": "Ada", "time_zone": "Mars/Olympus"}))
    ada.refresh_from_db()
    assert ada.time_zone == "UTC"
    assert "Europe/Lisbon" in html
    assert 'value="Mars/Olympus"' in html


def test_times_are_shown_in_the_viewers_time_zone(client, ada, stocked):
    ada.time_zone = "Asia/Tokyo"
    ada.save()
    assert "Wed 20 May 2026, 21:00:00 JST" in text_of(client.get(f"/dashboard/events/{stocked.event_id}"))


def test_a_time_zone_that_this_machine_does_not_know_is_utc(client, ada):
    ada.time_zone = "Not/Here"
    ada.save()
    assert client.get("/dashboard").status_code == 200


def test_only_a_new_account_is_asked_for_the_browsers_time_zone(client, clock, ada):
    assert "data-guess-zone" in text_of(client.get("/dashboard"))
    clock.now += timedelta(days=2)
    assert "data-guess-zone" not in text_of(client.get("/dashboard"))


def test_the_browsers_time_zone_is_taken(client, ada):
    client.post(f"{PAGE}/time-zone", {"time_zone": "Europe/Lisbon"})
    ada.refresh_from_db()
    assert ada.time_zone == "Europe/Lisbon"
    client.post(f"{PAGE}/time-zone", {"time_zone": "<script>"})
    ada.refresh_from_db()
    assert ada.time_zone == "Europe/Lisbon"


def test_what_opens_the_account_is_shown(client, ada):
    html = text_of(client.get(PAGE))
    for said in (ada.email, "Password", "Passkey", "Authenticator app", "Off", "This browser"):
        assert said in html
    assert "Recovery codes" not in html


def test_sessions_are_shown_with_device_and_network_and_ended(client, ada):
    phone = Client(
        REMOTE_ADDR="203.0.113.7", headers={"User-Agent": "Mozilla/5.0 (iPhone; …) Version/18.0 Safari/604.1"}
    )
    phone.force_login(ada)
    phone.get("/dashboard")
    html = text_of(client.get(PAGE))
    assert "Safari on iPhone" in html
    assert "203.0.113.0/24" in html
    number = Session.objects.get(network="203.0.113.0/24").pk
    assert "Signed out there." in text_of(client.post(f"{PAGE}/sessions/{number}/end", follow=True))
    assert phone.get("/dashboard").status_code == 302
    assert "over already" in text_of(client.post(f"{PAGE}/sessions/{number}/end", follow=True))


def test_all_other_sessions_are_ended_at_once(client, ada):
    others = [Client(), Client()]
    for other in others:
        other.force_login(ada)
    assert "Signed out everywhere else." in text_of(client.post(f"{PAGE}/sessions/end-others", follow=True))
    assert [other.get("/dashboard").status_code for other in others] == [302, 302]
    assert client.get("/dashboard").status_code == 200


def test_nobody_ends_the_sessions_of_others(client, stranger, workspace):
    client.get("/dashboard")
    number = Session.objects.get(user__email="ada@example.com").pk
    stranger.post(f"{PAGE}/sessions/{number}/end")
    assert client.get("/dashboard").status_code == 200


def test_the_account_is_handed_out_as_a_file(client, stocked):
    answer = client.get(f"{PAGE}/export")
    assert answer["Content-Disposition"] == 'attachment; filename="pingpilot-account.json"'
    assert json.loads(text_of(answer))["profile"]["email"] == "ada@example.com"


async def test_the_events_are_handed_out_page_by_page(ada, stocked):
    browser = AsyncClient()
    await sync_to_async(browser.force_login)(ada)
    answer = cast("StreamingHttpResponse", await browser.get(f"{PAGE}/export/events"))
    pages = [page async for page in answer]
    assert answer["Content-Disposition"] == 'attachment; filename="pingpilot-events.ndjson"'
    assert json.loads(pages[0])["id"] == stocked.event_id


@pytest.mark.parametrize("path", ["export", "export/events", "delete"])
def test_what_is_taken_along_or_deleted_is_so_only_right_after_a_sign_in(client, clock, path):
    clock.advance(minutes=11)
    assert client.get(f"{PAGE}/{path}")["Location"].startswith("/reauthenticate?next=%2Fdashboard%2F")


def test_deleting_says_what_goes_and_wants_the_address_typed(client, ada, stocked):
    stocked.member.user.delete()  # other members stand in the way
    html = text_of(client.get(f"{PAGE}/delete"))
    assert "1 event, 1 category, 1 channel, 2 keys" in html
    wrong = client.post(f"{PAGE}/delete", {"email": "ada@example.org"})
    assert (wrong.status_code, User.objects.count()) == (422, 1)
    assert "Your account is deleted" in text_of(client.post(f"{PAGE}/delete", {"email": " Ada@Example.com"}))
    assert not User.objects.exists()
    assert client.get("/dashboard")["Location"].startswith("/sign-in")


def test_what_stands_in_the_way_of_deleting_is_said(client, ada, workspace, stranger):
    mallory = User.objects.get(email="mallory@example.com")
    workspace.memberships.create(user=mallory, role="member")
    html = text_of(client.post(f"{PAGE}/delete", {"email": ada.email}))
    assert "have other members" in html
    assert "only operator" in html
    assert User.objects.count() == 2


def test_nobody_keeps_the_service_busy_with_exports(client, ada):
    assert [client.get(f"{PAGE}/export").status_code for _ in range(11)] == [200] * 10 + [429]
