"""From sign-up to the first destination, through the real pages."""

import re
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client, override_settings
from django.utils.module_loading import import_string

from pingpilot.accounts.settings import Choices, settings_for
from pingpilot.accounts.verified import vouch_for
from pingpilot.manage import keys, users, workspaces
from pingpilot.store.models import AuditEntry, Destination, User, Workspace
from tests.django_settings import SERVICES

FORM = {"email": "Ada@Example.com", "password1": "correct horse battery"}
WITHOUT_SMTP = {**settings_for(Choices(has_smtp=False)), "PINGPILOT": replace(SERVICES, has_smtp=False)}
pytestmark = pytest.mark.usefixtures("db", "clean")


@pytest.fixture
def clean():
    """Rate limits live in a cache, mails in a list: both outlive a test."""
    cache.clear()
    mail.outbox = []


@pytest.fixture
def client():
    return Client(HTTP_HOST="evil.example", REMOTE_ADDR="203.0.113.77")


def link_in(message, path):
    found = re.search(rf"http\S*{path}\S*", message.body)
    assert found, message.body
    return found[0]


def sign_up(client, **changes):
    return client.post("/sign-up", {**FORM, **changes})


def verify(client):
    return client.post(link_in(mail.outbox[-1], "/verify-email/").removeprefix(SERVICES.public_url))


def test_sign_up_makes_an_operator_a_workspace_and_its_key(client):
    assert sign_up(client).status_code == 302
    user = User.objects.get()
    assert (user.email, user.is_staff) == ("ada@example.com", True)
    assert user.password.startswith("md5$")  # the tests' hasher: none of it is kept in clear
    (workspace,) = workspaces.for_user(user)
    assert keys.primary(workspace).workspace == workspace
    made = AuditEntry.objects.filter(action__in=("workspace.created", "user.created"))
    assert [(entry.actor, entry.network) for entry in made] == [(user, "203.0.113.0/24")] * 2


def test_nobody_is_signed_in_before_the_address_is_verified(client):
    assert sign_up(client).headers["Location"] == "/verify-email"
    assert "_auth_user_id" not in client.session


def test_the_link_in_the_mail_stands_on_the_public_url_whatever_the_host_header_says(client):
    sign_up(client)
    assert link_in(mail.outbox[0], "/verify-email/").startswith(f"{SERVICES.public_url}/verify-email/")
    assert "evil.example" not in str(mail.outbox[0].message())


def test_a_verified_address_is_the_first_destination_and_signs_in(client):
    sign_up(client)
    assert verify(client).status_code == 302
    destination = Destination.objects.get()
    assert (destination.kind, destination.is_active) == ("email", True)
    assert client.session["_auth_user_id"] == str(User.objects.get().pk)


def test_following_the_link_alone_verifies_nothing(client):
    sign_up(client)
    client.get(link_in(mail.outbox[0], "/verify-email/").removeprefix(SERVICES.public_url))
    assert not EmailAddress.objects.get().verified
    assert not Destination.objects.exists()


@override_settings(**WITHOUT_SMTP)
def test_without_mail_one_is_in_at_once_and_no_address_becomes_a_destination(client):
    sign_up(client)
    assert "_auth_user_id" in client.session
    assert EmailAddress.objects.get().verified
    assert not Destination.objects.exists()
    assert not mail.outbox


def test_who_has_an_account_is_told_by_mail_and_nobody_else_learns_of_it(client):
    first = sign_up(client)
    cache.clear()  # one mail to an address in three minutes
    again = sign_up(client)
    assert (again.status_code, again.headers["Location"]) == (first.status_code, first.headers["Location"])
    assert User.objects.count() == Workspace.objects.count() == 1
    assert len(mail.outbox) == 2
    assert "evil.example" not in str(mail.outbox[1].message())


@pytest.mark.parametrize(
    "wrong",
    [{"email": "ada@example"}, {"email": ""}, {"password1": "short"}, {"password1": "password12"}, {"password1": ""}],
    ids=["no address", "none at all", "short", "common", "no password"],
)
def test_what_breaks_the_rules_makes_nothing(client, wrong):
    assert sign_up(client, **wrong).status_code == 200
    assert not User.objects.exists()
    assert not Workspace.objects.exists()


@override_settings(PINGPILOT=replace(SERVICES, sign_up="closed"))
def test_a_closed_instance_takes_its_operator_and_no_one_after(client):
    assert sign_up(client).status_code == 302
    assert sign_up(Client(), email="bob@example.com").status_code == 200
    assert User.objects.count() == 1


@override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_PORT=1)
def test_a_dead_mail_server_does_not_break_the_page(client):
    assert sign_up(client).status_code == 302
    assert Workspace.objects.count() == 1


def test_a_password_is_reset_by_a_link_on_the_public_url(client):
    vouch_for(users.create(SERVICES, "ada@example.com", "correct horse battery"))
    client.post("/forgot", {"email": "ada@example.com"})
    link = link_in(mail.outbox[0], "/reset/")
    assert link.startswith(SERVICES.public_url)
    form = client.get(link.removeprefix(SERVICES.public_url)).headers["Location"]
    client.post(form, {"password1": "battery horse correct", "password2": "battery horse correct"})
    assert User.objects.get().check_password("battery horse correct")


def test_a_reset_for_a_stranger_looks_the_same_and_mails_nobody(client):
    answer = client.post("/forgot", {"email": "eve@example.com"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/forgot/sent")
    assert not mail.outbox


def test_one_signs_in_whatever_the_case_of_the_address(client):
    vouch_for(users.create(SERVICES, "ada@example.com", "correct horse battery"))
    client.post("/sign-in", {"login": "ADA@example.com", "password": "correct horse battery"})
    assert client.session["_auth_user_id"] == str(User.objects.get().pk)


def test_signing_out_needs_a_click(client):
    client.force_login(users.create(SERVICES, "ada@example.com", None))
    client.get("/sign-out")
    assert "_auth_user_id" in client.session
    client.post("/sign-out")
    assert "_auth_user_id" not in client.session


def test_passwords_are_kept_with_argon2id():
    hasher = import_string(settings_for(Choices(has_smtp=True))["PASSWORD_HASHERS"][0])()
    assert hasher.encode("secret", hasher.salt()).startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(("is_https", "prefix"), [(True, "__Host-"), (False, "")])
def test_on_https_no_neighbour_can_plant_a_cookie_of_ours(is_https, prefix):
    given = settings_for(Choices(has_smtp=True, is_https=is_https))
    names = [given[f"{kind}_COOKIE_NAME"] for kind in ("SESSION", "CSRF", "KNOWN_BROWSER")]
    assert names == [f"{prefix}pingpilot_{name}" for name in ("session", "csrf", "browser")]


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
)


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_page_leads_to_another_site(client, elsewhere):
    vouch_for(users.create(SERVICES, "ada@example.com", FORM["password1"]))
    form = {"login": "ada@example.com", "password": FORM["password1"], "next": elsewhere}
    assert client.post(f"/sign-in?{urlencode({'next': elsewhere})}", form).headers["Location"] == "/dashboard"
    assert client.get(f"/sign-in?{urlencode({'next': elsewhere})}").headers["Location"] == "/dashboard"
    again = {"password": FORM["password1"], "next": elsewhere}
    assert client.post("/reauthenticate", again).headers["Location"] == "/dashboard"
    assert client.post("/sign-out", {"next": elsewhere}).headers["Location"] == "/"


@override_settings(SESSION_COOKIE_SECURE=True, CSRF_COOKIE_SECURE=True)
def test_cookies_of_https_travel_on_https_only_and_no_script_reads_them(client):
    vouch_for(users.create(SERVICES, "ada@example.com", FORM["password1"]))
    client.get("/sign-in")
    client.post("/sign-in", {"login": "ada@example.com", "password": FORM["password1"]})
    flags = {name: (one["secure"], one["httponly"], one["samesite"]) for name, one in client.cookies.items()}
    names = ("pingpilot_session", "pingpilot_csrf", "pingpilot_browser")
    assert flags == dict.fromkeys(names, (True, True, "Lax"))


@pytest.mark.parametrize("twin", ["mıke@example.com", "mike@exampłe.com", "mike@ехample.com", "ｍike@example.com"])
def test_an_address_that_only_looks_like_one_of_ours_gets_no_link_to_its_password(client, twin):
    vouch_for(users.create(SERVICES, "mike@example.com", "correct horse battery"))
    client.post("/forgot", {"email": twin})
    assert not [message for message in mail.outbox if message.to != ["mike@example.com"]]
