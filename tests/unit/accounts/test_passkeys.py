"""Passkeys: made, used in place of the password and after it, renamed, removed."""

import json
import re
from dataclasses import replace
from html import unescape
from itertools import cycle

import pytest
from allauth.mfa.models import Authenticator as Row
from django.core import mail
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pingpilot.accounts.security import can_have_passkeys, security_of
from tests.unit.accounts.authenticator import PRESENT, Authenticator
from tests.unit.accounts.people import is_in, make_account, make_browser, sign_in, text_of

SETTINGS = "/dashboard/account-settings"
ADD = f"{SETTINGS}/passkeys/add"


def options_on(html):
    found = re.search(r'data-options="([^"]+)"', html)
    assert found
    return json.loads(unescape(found[1]))


def add(browser, device, name="Laptop"):
    credential = device.create(options_on(text_of(browser.get(ADD))))
    return browser.post(ADD, {"name": name, "credential": credential})


@pytest.fixture
def owner(ada, browser):
    sign_in(browser)
    return browser


@pytest.fixture
def device(owner):
    """A device with a passkey for the account."""
    device = Authenticator()
    assert add(owner, device)["Location"] == f"{SETTINGS}/recovery-codes"
    return device


def sign_in_with(device, browser, **more):
    options = json.loads(text_of(browser.get("/sign-in/passkey", headers={"Accept": "application/json"})))
    return browser.post("/sign-in/passkey", {"credential": device.get(options["request_options"]), **more})


def test_a_passkey_signs_in_without_password_or_second_step_and_leads_on(device, ada):
    browser = make_browser("198.51.100.5")
    assert sign_in_with(device, browser, next="/dashboard/channels")["Location"] == "/dashboard/channels"
    assert browser.session["_auth_user_id"] == str(ada.pk)


def test_word_of_a_new_passkey_goes_out_and_recovery_codes_are_made(device, ada):
    assert mail.outbox[-1].subject == "PingPilot: A passkey was added"
    security = security_of(ada)
    assert [passkey.name for passkey in security.passkeys] == ["Laptop"]
    assert (security.has_second_factor, security.recovery_codes_left) == (True, 10)


def test_signing_in_with_a_passkey_changes_the_key(device):
    browser = make_browser("198.51.100.5")
    browser.get("/sign-in/passkey", headers={"Accept": "application/json"})
    before = browser.cookies["pingpilot_session"].value
    sign_in_with(device, browser)
    assert browser.cookies["pingpilot_session"].value != before


def test_a_passkey_is_the_second_step_after_the_password(device):
    browser = make_browser("198.51.100.5")
    assert sign_in(browser)["Location"] == "/sign-in/code"
    html = text_of(browser.get("/sign-in/code"))
    assert "Use your passkey" in html
    browser.post("/sign-in/code", {"credential": device.get(options_on(html))})
    assert is_in(browser)


def test_a_passkey_shows_again_who_it_is(owner, device, clock):
    clock.advance(minutes=11)
    assert owner.get(ADD)["Location"].startswith("/reauthenticate")
    html = text_of(owner.get("/reauthenticate"))
    answer = owner.post("/reauthenticate", {"credential": device.get(options_on(html)), "next": ADD})
    assert answer["Location"] == ADD
    assert owner.get(ADD).status_code == 200


def test_somebody_elses_passkey_shows_nothing(owner, device, services, clock):
    make_account(services, "mallory@example.com")
    mallory, hers = make_browser("198.51.100.5"), Authenticator()
    sign_in(mallory, "mallory@example.com")
    add(mallory, hers)
    clock.advance(minutes=11)
    html = text_of(owner.get("/reauthenticate"))
    wrong = text_of(owner.post("/reauthenticate", {"credential": hers.get(options_on(html))}))
    assert "This passkey did not work" in wrong
    assert owner.get(ADD).status_code == 302


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://shop.pings.example"},
        {"origin": "https://pings.example:8443"},
        {"origin": "http://pings.example"},
        {"flags": PRESENT},
        {"signs": False},
        {"id": b"x" * 32},
        {"user": "zz"},
        {"user": ""},
    ],
    ids=["site", "subdomain", "port", "scheme", "not verified", "signature", "passkey", "user", "nobody"],
)
def test_an_answer_that_is_not_quite_right_signs_nobody_in(device, change):
    browser = make_browser("198.51.100.5")
    assert sign_in_with(replace(device, **change), browser)["Location"] == "/sign-in"
    assert "This passkey did not work" in text_of(browser.get("/sign-in"))
    assert not is_in(browser)


def test_an_answer_works_once(device):
    browser = make_browser("198.51.100.5")
    options = json.loads(text_of(browser.get("/sign-in/passkey", headers={"Accept": "application/json"})))
    credential = device.get(options["request_options"])
    browser.post("/sign-in/passkey", {"credential": credential})
    browser.post("/sign-out")
    browser.post("/sign-in/passkey", {"credential": credential})
    assert not is_in(browser)


@pytest.mark.parametrize("change", [{"origin": "https://evil.example"}, {"flags": PRESENT}], ids=["site", "unverified"])
def test_a_passkey_that_was_not_made_here_by_its_owner_is_not_taken(owner, change):
    assert "This passkey did not work" in text_of(add(owner, Authenticator(**change)))
    assert not Row.objects.exists()


HOSTS = cycle(range(256))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)
CREDENTIALS = st.fixed_dictionaries(
    {},
    optional={
        "id": JSON,
        "rawId": JSON,
        "type": JSON,
        "response": JSON
        | st.fixed_dictionaries(
            {"clientDataJSON": JSON | st.just("eyJvcmlnaW4iOiJodHRwczovL3BpbmdzLmV4YW1wbGUifQ")},
            optional={"authenticatorData": JSON, "signature": JSON, "userHandle": JSON, "attestationObject": JSON},
        ),
    },
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(credential=CREDENTIALS | JSON)
def test_whatever_a_stranger_sends_is_refused_and_never_a_crash(owner, credential):
    sent = {"credential": json.dumps(credential)}
    owner.get(ADD)
    assert owner.post(ADD, {"name": "x", **sent}).status_code == 200
    stranger = make_browser(f"198.51.100.{next(HOSTS)}")
    stranger.get("/sign-in/passkey", headers={"Accept": "application/json"})
    assert stranger.post("/sign-in/passkey", sent).status_code == 302
    assert not is_in(stranger)
    assert not Row.objects.exists()


def test_a_passkey_is_renamed_and_removed(owner, device):
    number = Row.objects.get(type="webauthn").pk
    owner.post(f"{SETTINGS}/passkeys/{number}/rename", {"name": "Work laptop"})
    assert "Work laptop" in text_of(owner.get(SETTINGS))
    assert "Remove “Work laptop”?" in text_of(owner.get(f"{SETTINGS}/passkeys/{number}/remove"))
    owner.post(f"{SETTINGS}/passkeys/{number}/remove")
    assert not Row.objects.exists()
    assert not is_in(sign_in_and_return(device))


def sign_in_and_return(device):
    browser = make_browser("198.51.100.5")
    sign_in_with(device, browser)
    return browser


def test_a_passkey_has_a_name_even_if_none_is_given(owner):
    add(owner, Authenticator(), "")
    add(owner, Authenticator(), "")
    assert "Passkey 2" in text_of(owner.get(SETTINGS))


def test_nobody_touches_the_passkeys_of_others(device, services):
    make_account(services, "mallory@example.com")
    mallory = make_browser("198.51.100.5")
    sign_in(mallory, "mallory@example.com")
    number = Row.objects.get(type="webauthn").pk
    for deed in ("rename", "remove"):
        assert mallory.post(f"{SETTINGS}/passkeys/{number}/{deed}", {"name": "mine"}).status_code == 404


def test_the_last_way_in_is_not_removed(owner, device, ada):
    ada.set_unusable_password()
    ada.save()
    sign_in_with(device, owner)
    number = Row.objects.get(type="webauthn").pk
    assert "only way into your account" in text_of(owner.post(f"{SETTINGS}/passkeys/{number}/remove", follow=True))
    assert Row.objects.filter(pk=number).exists()


@pytest.mark.parametrize(
    ("url", "can"),
    [
        ("https://pings.example", True),
        ("http://localhost:8000", True),
        ("http://pings.localhost", True),
        ("http://pings.example", False),
        ("http://127.0.0.1:8000", False),
        ("https://192.0.2.7", False),
        ("https://[2001:db8::1]", False),
    ],
)
def test_passkeys_are_offered_where_browsers_do_them(url, can):
    assert can_have_passkeys(url) is can


def test_where_they_cannot_work_the_pages_say_so(owner, services):
    with override_settings(PINGPILOT=replace(services, public_url="http://192.0.2.7:8000")):
        assert "Needs an https address" in text_of(owner.get(SETTINGS))
        assert "Sign in with a passkey" not in text_of(make_browser().get("/sign-in"))
