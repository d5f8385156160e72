"""The channels pages."""

import re
from urllib.parse import urlsplit

import pytest
from django.utils.html import escape

from pingpilot.store.models import Destination, Event
from tests.unit.console.shop import HOOK, text_of

CHANNELS = "/dashboard/channels"


def test_a_webhook_is_added_with_its_secret_shown_once(client, workspace):
    html = text_of(client.post(f"{CHANNELS}/add/webhook", {"url": HOOK, "label": "Ops"}))
    made = Destination.objects.get(workspace=workspace)
    assert "whsec_" in html
    assert "whsec_" not in text_of(client.get(f"{CHANNELS}/{made.pk}"))
    assert made.verified_at is None
    assert Event.objects.filter(purpose="proof").count() == 1


def test_a_given_secret_is_not_shown_again(client):
    given = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    html = text_of(client.post(f"{CHANNELS}/add/webhook", {"url": HOOK, "secret": given}, follow=True))
    assert given not in html


@pytest.mark.parametrize(("url", "sentence"), [("", "URL is required."), ("ftp://x", "Enter a full URL")])
def test_a_wrong_setting_keeps_what_was_typed_and_marks_the_field(client, url, sentence):
    response = client.post(f"{CHANNELS}/add/webhook", {"url": url, "label": "My “ops”"})
    html = text_of(response)
    assert response.status_code == 422
    assert sentence in html
    assert 'aria-invalid="true"' in html
    assert escape("My “ops”") in html
    assert not Destination.objects.exists()


def test_telegram_is_linked_by_a_one_time_link(client, workspace):
    html = text_of(client.post(f"{CHANNELS}/add/telegram", {}))
    assert re.search(r'href="https://t\.me/ping_bot\?start=[\w-]{43}"', html)
    made = Destination.objects.get(workspace=workspace)
    again = text_of(client.post(f"{CHANNELS}/{made.pk}/verify"))
    assert "https://t.me/ping_bot?start=" in again
    assert "t.me" not in text_of(client.get(f"{CHANNELS}/{made.pk}"))


def test_the_link_in_a_mail_confirms_only_when_pressed(client, nobody, workspace):
    client.post(f"{CHANNELS}/add/email", {"to": "grace@example.com"})
    link = urlsplit(Event.objects.get(purpose="proof").url or "").path
    assert "Yes, send events here" in text_of(nobody.get(link))
    assert Destination.objects.get(workspace=workspace).verified_at is None
    assert "Confirmed" in text_of(nobody.post(link))
    assert Destination.objects.get(workspace=workspace).verified_at is not None
    assert nobody.post(link).status_code == 410


def test_the_address_of_the_account_is_offered_first(client):
    assert 'value="ada@example.com"' in text_of(client.get(f"{CHANNELS}/add/email"))


@pytest.mark.parametrize("kind", ["carrier-pigeon", "webhook%20"])
def test_an_unknown_channel_says_which_there_are(client, kind):
    assert "Choose one of" in text_of(client.get(f"{CHANNELS}/add/{kind}", follow=True))


def test_switching_off_offers_to_take_it_back(client, stocked):
    number = stocked.destination.pk
    html = text_of(client.post(f"{CHANNELS}/{number}/disable", follow=True))
    assert f'action="{CHANNELS}/{number}/enable"' in html
    assert "Undo" in html
    assert not Destination.objects.get().is_active
    client.post(f"{CHANNELS}/{number}/enable")
    assert Destination.objects.get().is_active


def test_a_test_of_what_is_switched_off_says_what_to_do(client, stocked):
    number = stocked.destination.pk
    client.post(f"{CHANNELS}/{number}/disable")
    assert "Switch it on first" in text_of(client.post(f"{CHANNELS}/{number}/test", follow=True))


def test_a_test_shows_its_result(client, stocked):
    html = text_of(client.post(f"{CHANNELS}/{stocked.destination.pk}/test", follow=True))
    assert "Test event" in html
    assert "Waiting" in html


def test_removing_asks_first(client, stocked):
    number = stocked.destination.pk
    assert "Its settings are wiped" in text_of(client.get(f"{CHANNELS}/{number}/remove"))
    assert "Removed." in text_of(client.post(f"{CHANNELS}/{number}/remove", follow=True))
    assert client.get(f"{CHANNELS}/{number}").status_code == 404


def test_the_last_error_is_shown(client, services, stocked):
    Destination.objects.update(last_error="Answered 503.", last_error_at=services.now())
    assert "Failing" in text_of(client.get(CHANNELS))
    assert "Answered 503." in text_of(client.get(CHANNELS))


def test_a_secret_is_rotated_and_the_new_one_shown_once(client, stocked):
    number = stocked.destination.pk
    assert "Every call is signed with it" in text_of(client.get(f"{CHANNELS}/{number}"))
    assert "In 24 hours" in text_of(client.get(f"{CHANNELS}/{number}/rotate"))
    html = text_of(client.post(f"{CHANNELS}/{number}/rotate", {"overlap": "24h"}))
    assert "whsec_" in html
    assert "The old one signs too, until" in html
    later = text_of(client.get(f"{CHANNELS}/{number}"))
    assert "whsec_" not in later
    assert "The old one signs too, until" in later


def test_a_channel_without_a_secret_offers_no_rotation(client, workspace):
    client.post(f"{CHANNELS}/add/email", {"to": "grace@example.com"})
    number = Destination.objects.get(workspace=workspace).pk
    assert "Rotate" not in text_of(client.get(f"{CHANNELS}/{number}"))
    assert client.get(f"{CHANNELS}/{number}/rotate").status_code == 302
