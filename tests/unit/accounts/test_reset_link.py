"""A link to a new password where no mail is sent."""

from dataclasses import replace

from django.test import override_settings

from pingpilot.accounts.reset_link import reset_link
from tests.unit.accounts.people import is_in, sign_in, text_of


def test_it_opens_the_form_once_and_the_new_password_signs_in(services, ada, browser):
    path = reset_link(services, ada).removeprefix(services.public_url)
    form = browser.get(path)["Location"]
    browser.post(form, {"password1": "another long one", "password2": "another long one"})
    sign_in(browser, password="another long one")
    assert is_in(browser)
    assert "no longer works" in text_of(browser.get(path, follow=True))


def test_where_no_mail_is_sent_the_page_says_how_to_get_one(services, browser):
    assert "Send the link" in text_of(browser.get("/forgot"))
    with override_settings(PINGPILOT=replace(services, has_smtp=False)):
        html = text_of(browser.get("/forgot"))
    assert "pingpilot accounts reset-link" in html
    assert "<form" not in html.partition("<main")[2]
