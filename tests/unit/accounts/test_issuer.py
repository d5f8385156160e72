"""Signing in with an OpenID Connect issuer, over a real one on the loopback."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core import mail
from django.test import override_settings

from pingpilot.accounts.settings import Choices, settings_for
from pingpilot.accounts.settings import Issuer as Chosen
from pingpilot.manage import users, workspaces
from pingpilot.store.models import Destination, User
from tests.servers.issuer import CLIENT_ID, CLIENT_SECRET, running_issuer
from tests.unit.accounts.people import EMAIL, PASSWORD, is_in, make_account, make_browser, sign_in, text_of

GO, SETTINGS = "/sign-in/with/oidc", "/dashboard/account-settings"
PERSON = {"sub": "ada-7", "email": EMAIL, "email_verified": True, "name": "Ada Lovelace"}


def as_chosen(url):
    """Return the settings that differ with an issuer."""
    issuer = Chosen(url, CLIENT_ID, CLIENT_SECRET, "Acme ID")
    made = settings_for(Choices(has_smtp=True, is_https=True, issuer=issuer))
    return {name: made[name] for name in ("SOCIALACCOUNT_PROVIDERS", "ACCOUNT_DEFAULT_HTTP_PROTOCOL")}


@pytest.fixture
def issuer(services):
    with running_issuer(**PERSON) as issuer, override_settings(**as_chosen(issuer.url)):
        yield issuer


def sent_to(browser, **form):
    """Return where the button leads."""
    html = text_of(browser.post(f"{GO}{form.pop('query', '')}", form))
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', html)
    assert found, html
    return unescape(found[1])


def go(browser, issuer, **form):
    """Press the button, sign in at the issuer, and come back."""
    return browser.get(issuer.follow(sent_to(browser, **form)), follow=True)


def test_the_button_is_there_where_an_issuer_is_set_up(issuer, browser):
    for page in ("/sign-in", "/sign-up"):
        assert "Continue with Acme ID" in text_of(browser.get(page))
    with override_settings(SOCIALACCOUNT_PROVIDERS=settings_for(Choices(has_smtp=True))["SOCIALACCOUNT_PROVIDERS"]):
        assert "Continue with" not in text_of(browser.get("/sign-in"))
        assert browser.post(GO).status_code == 404


def test_the_way_there_says_who_we_are_and_what_we_ask_for(issuer, browser):
    address = urlsplit(sent_to(browser))
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}" == issuer.url
    assert asked["redirect_uri"] == "https://pings.example/sign-in/with/oidc/callback"
    assert (asked["client_id"], asked["response_type"]) == (CLIENT_ID, "code")
    assert set(asked["scope"].split()) == {"openid", "email", "profile"}
    assert (asked["code_challenge_method"], len(asked["state"])) == ("S256", 16)


def test_a_newcomer_gets_an_account_a_workspace_and_a_first_destination(issuer, browser):
    assert "First steps" in text_of(go(browser, issuer))
    user = User.objects.get()
    assert (user.email, user.name, user.is_staff, user.has_usable_password()) == (EMAIL, "Ada Lovelace", True, False)
    assert len(workspaces.for_user(user)) == 1
    assert Destination.objects.get().is_active
    assert not SocialToken.objects.exists()


def test_who_comes_back_is_the_same_whatever_the_address_is_by_now(issuer, browser):
    go(browser, issuer)
    issuer.person["email"] = "countess@example.com"
    other = make_browser("198.51.100.5")
    go(other, issuer)
    assert other.session["_auth_user_id"] == str(User.objects.get().pk)


def test_the_sign_in_leads_on_to_where_it_was_asked_for_and_nowhere_else(issuer, browser):
    assert go(browser, issuer, next="/dashboard/channels").redirect_chain[-1][0] == "/dashboard/channels"
    other = make_browser("198.51.100.5")
    assert go(other, issuer, next="https://evil.example/").redirect_chain[-1][0] == "/dashboard"


def test_an_address_that_is_proven_here_and_there_opens_the_account(issuer, ada, browser):
    go(browser, issuer)
    assert browser.session["_auth_user_id"] == str(ada.pk)
    assert SocialAccount.objects.get().user == ada
    assert mail.outbox[-1].subject == "PingPilot: Your account was connected"


@pytest.mark.parametrize("claim", [False, "false", None, 0], ids=repr)
def test_an_address_the_issuer_does_not_vouch_for_opens_nothing(issuer, ada, browser, claim):
    issuer.person["email_verified"] = claim
    page = go(browser, issuer)
    assert not is_in(browser)
    assert not SocialAccount.objects.exists()
    assert "Verify your address" in text_of(page)
    assert [message.subject for message in mail.outbox] == ["PingPilot: You have an account already"]


def test_an_issuer_may_write_verified_as_text(issuer, ada, browser):
    issuer.person["email_verified"] = "true"
    go(browser, issuer)
    assert is_in(browser)


def test_who_took_an_address_without_proving_it_does_not_share_the_account_with_its_owner(issuer, services, browser):
    squatter = make_account(services)
    EmailAddress.objects.update(verified=False)
    go(browser, issuer)
    assert not is_in(browser)
    squatter.refresh_from_db()
    assert squatter.check_password(PASSWORD)


def test_without_mail_no_address_here_is_proven_and_none_opens_an_account(issuer, ada, services, browser):
    off = {**settings_for(Choices(has_smtp=False)), "PINGPILOT": replace(services, has_smtp=False)}
    del off["SOCIALACCOUNT_PROVIDERS"]
    with override_settings(**off):
        assert "One thing is missing" in text_of(go(browser, issuer))
        assert not is_in(browser)


def test_an_unproven_address_of_a_newcomer_is_proven_by_mail_first(issuer, browser):
    issuer.person["email_verified"] = False
    assert "Verify your address" in text_of(go(browser, issuer))
    assert not is_in(browser)
    assert not Destination.objects.exists()


def test_who_has_no_address_at_the_issuer_is_asked_for_one(issuer, browser):
    del issuer.person["email"], issuer.person["email_verified"]
    assert "One thing is missing" in text_of(go(browser, issuer))
    browser.post("/sign-up/address", {"email": "Grace@Example.com"})
    assert User.objects.get().email == "grace@example.com"
    assert not is_in(browser)


@pytest.mark.parametrize("sign_up", ["closed", "invite"])
def test_where_strangers_make_no_accounts_an_issuer_makes_none_and_opens_those_there_are(
    issuer, ada, services, browser, sign_up
):
    with override_settings(PINGPILOT=replace(services, sign_up=sign_up)):
        issuer.person |= {"sub": "eve", "email": "eve@example.com"}
        assert "Sign-up is closed" in text_of(go(browser, issuer))
        assert users.find("eve@example.com") is None
        issuer.person |= PERSON
        go(browser, issuer)
        assert browser.session["_auth_user_id"] == str(ada.pk)


def test_the_issuer_does_not_go_round_the_second_step(issuer, ada, browser):
    sign_in(browser)
    html = text_of(browser.get(f"{SETTINGS}/two-factor/app"))
    assert "otpauth" in html
    SocialAccount.objects.create(user=ada, provider="oidc", uid="ada-7")
    ada.authenticator_set.create(type="totp", data={"secret": ""})
    other = make_browser("198.51.100.5")
    assert "One more step" in text_of(go(other, issuer))
    assert not is_in(other)


def test_an_account_is_connected_by_its_owner_and_disconnected(issuer, ada, browser):
    issuer.person["email"] = "somebody.else@example.com"
    sign_in(browser)
    assert "Your account is connected." in text_of(go(browser, issuer, process="connect"))
    assert SocialAccount.objects.get().user == ada
    assert "Disconnect Acme ID?" in text_of(browser.get(f"{SETTINGS}/connections/remove"))
    browser.post(f"{SETTINGS}/connections/remove")
    assert not SocialAccount.objects.exists()


def test_connecting_asks_who_it_is_after_ten_minutes(issuer, ada, browser, clock):
    sign_in(browser)
    clock.advance(minutes=11)
    assert browser.post(GO, {"process": "connect"})["Location"].startswith("/reauthenticate")
    assert issuer.asked == []


def test_what_opens_one_account_is_not_taken_for_another(issuer, ada, services, browser):
    go(browser, issuer)
    make_account(services, "mallory@example.com")
    mallory = make_browser("198.51.100.5")
    sign_in(mallory, "mallory@example.com")
    assert "opens another account already" in text_of(go(mallory, issuer, process="connect"))
    assert SocialAccount.objects.get().user == ada


def test_the_only_way_in_is_not_taken_away(issuer, browser):
    go(browser, issuer)
    assert "only way into your account" in text_of(browser.post(f"{SETTINGS}/connections/remove", follow=True))
    assert SocialAccount.objects.exists()


def test_who_has_nothing_but_the_issuer_shows_again_there_who_they_are(issuer, browser, clock):
    go(browser, issuer)
    clock.advance(minutes=11)
    guarded = f"{SETTINGS}/two-factor/app"
    assert browser.get(guarded)["Location"].startswith("/reauthenticate")
    assert "Continue with Acme ID" in text_of(browser.get("/reauthenticate"))
    go(browser, issuer, query="?auth_params=prompt%3Dlogin")
    assert issuer.asked[-1]["prompt"] == "login"
    assert browser.get(guarded).status_code == 200


def test_an_issuer_that_looked_long_ago_has_not_just_looked(issuer, browser, clock):
    issuer.told["auth_time"] = int(clock.now.timestamp()) - 3_600
    go(browser, issuer)
    assert is_in(browser)
    assert browser.get(f"{SETTINGS}/two-factor/app")["Location"].startswith("/reauthenticate")


@pytest.mark.parametrize(
    ("told", "answers"),
    [
        ({"aud": "another"}, {}),
        ({"iss": "https://evil.example"}, {}),
        ({"exp": 1}, {}),
        ({"sub": "bob"}, {}),
        ({}, {"/token": (500, None)}),
        ({}, {"/token": (200, {"error": "invalid_grant"})}),
        ({}, {"/userinfo": (503, None)}),
        ({}, {"/userinfo": (200, [1])}),
        ({}, {"/userinfo": (200, {"email": EMAIL, "email_verified": True})}),
    ],
    ids=["audience", "issuer", "expired", "two people", "no token", "refusal", "no info", "list", "nobody"],
)
def test_nobody_is_signed_in_by_an_answer_that_is_not_right(issuer, ada, browser, told, answers):
    issuer.told |= told
    issuer.answers |= answers
    assert "That did not work" in text_of(go(browser, issuer))
    assert not is_in(browser)
    assert not SocialAccount.objects.exists()


def test_a_way_back_that_nobody_went_out_on_leads_nowhere(issuer, ada, browser):
    back = issuer.follow(sent_to(browser))
    stranger = make_browser("198.51.100.5")
    assert "That did not work" in text_of(stranger.get(back))
    assert not is_in(stranger)


def test_a_way_back_works_once(issuer, ada, browser):
    back = issuer.follow(sent_to(browser))
    browser.get(back)
    browser.post("/sign-out")
    browser.get(back)
    assert not is_in(browser)


def test_who_changes_their_mind_at_the_issuer_is_back_where_they_were(issuer, browser):
    issuer.refusal = "access_denied"
    assert "Not signed in" in text_of(go(browser, issuer))


@pytest.mark.parametrize("discovery", [(500, None), (200, {}), (200, [])], ids=["fails", "empty", "list"])
def test_an_issuer_that_does_not_answer_is_no_crash(issuer, browser, discovery):
    issuer.answers["/.well-known/openid-configuration"] = discovery
    answer = browser.post(GO)
    assert (answer.status_code, "That did not work" in text_of(answer)) == (502, True)


def test_an_issuer_that_is_away_is_no_crash(services, browser):
    with override_settings(**as_chosen("http://127.0.0.1:9")):
        assert browser.post(GO).status_code == 502


def test_a_link_alone_sends_nobody_to_the_issuer(issuer, browser):
    assert browser.get(GO).status_code == 405
