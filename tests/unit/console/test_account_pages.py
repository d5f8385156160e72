"""The pages and mails of sign-up, verification and reset, as a newcomer meets them."""

import re

import pytest
from django.core import mail

from pingpilot.store.models import Destination
from tests.unit.console.shop import PASSWORD, text_of

NEWCOMER = {"email": "grace@example.com", "password1": PASSWORD}


@pytest.fixture(autouse=True)
def outbox():
    mail.outbox = []


def link_in(message):
    found = re.search(r"https://pings\.example(/\S+)", message.body)
    assert found is not None
    return found[1]


def test_a_newcomer_verifies_the_address_and_is_in(nobody):
    sent = nobody.post("/sign-up", NEWCOMER, follow=True)
    assert "Verify your address" in text_of(sent)
    (message,) = mail.outbox
    assert message.subject == "PingPilot: Verify your address"
    assert "&" not in message.body
    page = link_in(message)
    assert "Is <strong>grace@example.com</strong> yours?" in text_of(nobody.get(page))
    inside = nobody.post(page, follow=True)
    assert "First steps" in text_of(inside)
    assert Destination.objects.get().address == "g…e@example.com"


def test_a_forgotten_password_is_replaced_by_the_link(ada, nobody):
    assert "Check your inbox" in text_of(nobody.post("/forgot", {"email": ada.email}, follow=True))
    link = link_in(mail.outbox[-1])
    page = nobody.get(link, follow=True)
    assert "Choose a new password" in text_of(page)
    done = nobody.post(
        page.redirect_chain[-1][0], {"password1": "another long one", "password2": "another long one"}, follow=True
    )
    assert "Password saved" in text_of(done)
    assert "This link no longer works" in text_of(nobody.get(link, follow=True))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"email": "nonsense"}, "Enter a valid email address."),
        ({"password1": "short"}, "This password is too short."),
        ({"email": ""}, "This field is required."),
    ],
)
def test_a_wrong_sign_up_keeps_what_was_typed_and_marks_the_field(nobody, typed, sentence):
    html = text_of(nobody.post("/sign-up", {**NEWCOMER, **typed}))
    assert sentence in html
    assert 'aria-invalid="true"' in html
    assert f'value="{({**NEWCOMER, **typed})["password1"]}"' not in html


def test_a_wrong_password_says_so_once(ada, nobody):
    html = text_of(nobody.post("/sign-in", {"login": ada.email, "password": "wrong"}))
    assert "not correct" in html
    assert 'role="alert"' in html


def test_signing_out_asks_first(client):
    assert "Sign out?" in text_of(client.get("/sign-out"))
    assert client.post("/sign-out")["Location"] == "/"


def test_a_password_is_changed(client, ada):
    new = {"oldpassword": PASSWORD, "password1": "another long one", "password2": "another long one"}
    client.post("/dashboard/account-settings/password", new)
    ada.refresh_from_db()
    assert ada.check_password("another long one")
