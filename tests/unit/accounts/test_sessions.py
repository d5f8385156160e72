"""Sessions: where they are kept, what they note, how they end."""

import hashlib
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.test import override_settings

from pingpilot.accounts.session_store import SessionStore
from pingpilot.accounts.settings import SESSION_LASTS
from pingpilot.domain.errors import NotFound
from pingpilot.manage import sessions
from pingpilot.store.models import Session, User
from tests.unit.accounts.people import PASSWORD, PHONE, is_in, link_in, make_account, make_browser, sign_in
from tests.unit.manage.sample import Clock, Pipeline, make_services

NEW = {"password1": "another long one", "password2": "another long one"}


def test_a_session_is_found_by_its_key_alone(services):
    store = SessionStore()
    store["name"] = "Ada"
    store.save()
    assert store.session_key is not None
    assert SessionStore(store.session_key)["name"] == "Ada"
    assert "name" not in SessionStore("x" * 32)


def test_whoever_reads_the_database_gets_no_session_and_sees_nothing_of_it(services, ada, browser):
    sign_in(browser)
    key, row = browser.cookies[settings.SESSION_COOKIE_NAME].value, Session.objects.get()
    assert bytes(row.digest) == hashlib.sha256(key.encode()).digest()
    assert ada.email.encode() not in bytes(row.data)


def test_another_secret_ends_every_session(services, ada, browser):
    sign_in(browser)
    stranger = make_services(Clock(), Pipeline(), box=type(services.box)(b"t" * 32, services.entropy))
    with override_settings(PINGPILOT=stranger):
        assert not is_in(browser)


def test_signing_in_changes_the_key(services, ada, browser):
    browser.get("/sign-in")
    planted = SessionStore()
    planted["from"] = "an attacker"
    planted.save()
    browser.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
    sign_in(browser)
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != planted.session_key
    assert "from" not in SessionStore(planted.session_key)


def test_a_session_says_when_where_and_on_what_it_was_seen(services, ada, clock):
    phone = make_browser("2001:db8:1:2::3", **{"User-Agent": PHONE})
    sign_in(phone)
    row = Session.objects.get()
    assert (row.user, row.device, row.network, row.seen_at) == (ada, PHONE, "2001:db8:1::/48", clock.now)


def test_it_is_noted_once_a_minute_that_it_was_seen(services, ada, browser, clock):
    sign_in(browser)
    began = clock.now
    clock.advance(seconds=59)
    browser.get("/dashboard")
    assert Session.objects.get().seen_at == began
    clock.advance(seconds=1)
    browser.get("/dashboard")
    assert Session.objects.get().seen_at == clock.now


def test_a_session_in_use_lives_on_and_another_ends(services, ada, clock):
    used, idle = make_browser(), make_browser()
    sign_in(used)
    sign_in(idle)
    for _ in range(3):
        clock.advance(days=5)
        used.get("/dashboard")
    assert is_in(used)
    assert not is_in(idle)
    assert used.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == int(SESSION_LASTS.total_seconds())


def test_who_has_not_signed_in_is_remembered_for_an_hour_only(services, clock):
    store = SessionStore()
    store["account_login"] = "half way"
    store.set_expiry(int(SESSION_LASTS.total_seconds()))
    store.save()
    assert Session.objects.get().expires_at - clock.now == timedelta(hours=1)


def test_what_has_expired_is_taken_away_when_something_new_begins(services, clock):
    SessionStore().save()
    clock.advance(hours=2)
    SessionStore().save()
    assert Session.objects.count() == 1


def test_a_session_that_was_ended_is_not_brought_back_by_a_request_still_under_way(services, ada, browser):
    sign_in(browser)
    late = SessionStore(browser.cookies[settings.SESSION_COOKIE_NAME].value)
    late["cart"] = "full"
    sessions.end_all(ada)
    with pytest.raises(UpdateError):
        late.save()


def test_a_user_ends_sessions_of_their_own_only(services, ada, browser):
    bob = make_account(services, "bob@example.com")
    sign_in(browser)
    row = Session.objects.get()
    with pytest.raises(NotFound):
        sessions.end(bob, row.pk)
    sessions.end(ada, row.pk)
    assert not is_in(browser)


def test_a_new_password_signs_out_everywhere_else(services, ada, browser):
    elsewhere = make_browser()
    sign_in(browser)
    sign_in(elsewhere)
    browser.post("/dashboard/account-settings/password", {"oldpassword": PASSWORD, **NEW})
    assert is_in(browser)
    assert not is_in(elsewhere)
    assert [row.user for row in Session.objects.filter(user=ada)] == [ada]


def test_a_password_that_was_reset_signs_out_everywhere(services, ada, browser):
    sign_in(browser)
    other = make_browser()
    other.post("/forgot", {"email": ada.email})
    form = other.get(link_in(0, "/reset/"))["Location"]
    other.post(form, NEW)
    assert not is_in(browser)
    assert not Session.objects.filter(user=ada).exists()


def test_sessions_go_with_their_user(services, ada, browser):
    sign_in(browser)
    User.objects.all().delete()
    assert not is_in(browser)
