"""The banners of what is wrong with channels."""

import pytest

from pingpilot.store.models import BrokenSender, Destination, User
from tests.unit.console.shop import text_of

PAGES = ["/dashboard", "/dashboard/channels"]


@pytest.fixture
def gone(services, stocked):
    now = services.now()
    Destination.objects.update(
        gone_at=now, disabled_at=now, disabled_reason="Answered 410: <gone>", verified_at=now, label="Shop hook"
    )
    return stocked.destination.pk


@pytest.fixture
def refused(services, stocked):
    now = services.now()
    BrokenSender.objects.create(channel="webhook", since=now, last_at=now, detail="Answered 401: Unauthorized")


@pytest.mark.parametrize("path", PAGES)
def test_the_owner_sees_what_was_switched_off_why_and_where_to_mend_it(client, gone, path):
    html = text_of(client.get(path))
    assert "<strong>Shop hook</strong> was switched off" in html
    assert "Answered 410: &lt;gone&gt;" in html
    assert f'href="/dashboard/channels/{gone}">Mend it and switch it on' in html


@pytest.mark.parametrize("path", PAGES)
def test_the_banner_goes_when_it_is_switched_on(client, gone, path):
    client.post(f"/dashboard/channels/{gone}/enable")
    assert "was switched off" not in text_of(client.get(path))


def test_its_page_says_what_to_do(client, gone):
    html = text_of(client.get(f"/dashboard/channels/{gone}"))
    assert "because its provider says that it cannot be reached any more" in html
    assert "switch it on again below" in html


def test_a_refused_credential_says_that_nothing_is_lost(client, services, stocked):
    now = services.now()
    Destination.objects.update(broken_at=now, last_error="Answered 403.", last_error_at=now)
    assert "its events are held, and none is lost" in text_of(client.get("/dashboard"))
    assert "Refused" in text_of(client.get("/dashboard/channels"))
    assert "Answered 403." in text_of(client.get(f"/dashboard/channels/{stocked.destination.pk}"))


@pytest.mark.parametrize("path", PAGES)
def test_the_operator_sees_what_the_provider_said_and_others_that_it_is_known(client, refused, path):
    assert User.objects.get(email="ada@example.com").is_staff  # the first account
    assert "Answered 401: Unauthorized" in text_of(client.get(path))
    User.objects.update(is_staff=False)
    html = text_of(client.get(path))
    assert "<strong>Webhook</strong> began to refuse this instance" in html
    assert "Its operator is told." in html
    assert "Answered 401" not in html


def test_a_stranger_sees_nothing_of_it(stranger, gone, refused):
    User.objects.update(is_staff=False)
    assert "note--bad" not in text_of(stranger.get("/dashboard"))


def test_the_operator_s_pages_begin_with_it(client, refused):
    html = text_of(client.get("/admin"))
    assert "<strong>Webhook</strong> began to refuse this instance" in html
