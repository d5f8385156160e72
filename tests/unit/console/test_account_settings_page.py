"""The account settings page."""

from datetime import timedelta

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
