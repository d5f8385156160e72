"""Guessing passwords is hopeless, and yet shuts nobody out."""

import re

import pytest
from django.contrib.auth import hashers
from django.core import mail
from django.test import override_settings

from pingpilot.store.models import User
from tests.unit.accounts.people import EMAIL, PASSWORD, is_in, link_in, make_account, make_browser, sign_in, text_of

TOO_MANY = "Too many failed tries."


def guess(browser, times, email=EMAIL):
    answers = [text_of(sign_in(browser, email, f"wrong {number}")) for number in range(times)]
    return [TOO_MANY in answer for answer in answers]


def test_who_guesses_has_to_wait_even_with_the_right_password(ada, browser):
    assert guess(browser, 6) == [False] * 5 + [True]
    assert TOO_MANY in text_of(sign_in(browser))
    assert not is_in(browser)


def test_a_stranger_elsewhere_shuts_nobody_out(ada, browser):
    guess(browser, 10)
    owner = make_browser("198.51.100.5")
    sign_in(owner)
    assert is_in(owner)


def test_guesses_from_many_networks_are_counted_together(ada):
    for network in range(30):
        assert guess(make_browser(f"198.51.{network}.1"), 1) == [False]
    late = make_browser("192.0.2.1")
    assert guess(late, 1) == [True]
    sign_in(late)
    assert not is_in(late)


def test_a_browser_that_was_signed_in_before_counts_on_its_own(ada, browser):
    sign_in(browser)
    browser.post("/sign-out")
    for network in range(30):
        guess(make_browser(f"198.51.{network}.1"), 1)
    guess(make_browser(browser.defaults["REMOTE_ADDR"]), 6)
    sign_in(browser)
    assert is_in(browser)


def test_a_known_browser_may_not_guess_for_ever_nor_at_other_accounts(services, ada, browser):
    make_account(services, "bob@example.com")
    sign_in(browser)
    browser.post("/sign-out")
    assert guess(browser, 11) == [False] * 10 + [True]
    assert guess(browser, 6, "bob@example.com") == [False] * 5 + [True]


def test_the_mark_of_a_known_browser_cannot_be_made_up(ada, browser):
    sign_in(browser)
    mark = browser.cookies["pingpilot_browser"]
    forger = make_browser("198.51.100.5")
    forger.cookies["pingpilot_browser"] = mark.value[:-1] + ("a" if mark.value[-1] != "a" else "b")
    assert guess(forger, 6)[-1]
    assert (mark["httponly"], mark["samesite"], ada.email in mark.value) == (True, "Lax", False)


def test_right_passwords_in_between_do_not_hide_guesses(services, ada, browser):
    make_account(services, "mallory@example.com")
    for _ in range(5):
        guess(browser, 1)
        mallory = make_browser(browser.defaults["REMOTE_ADDR"])
        sign_in(mallory, "mallory@example.com")
        assert is_in(mallory)
    assert guess(browser, 1) == [True]


def test_a_new_password_by_mail_opens_the_door_again(ada, browser):
    guess(browser, 6)
    browser.post("/forgot", {"email": EMAIL})
    form = browser.get(link_in(0, "/reset/"))["Location"]
    browser.post(form, {"password1": "another long one", "password2": "another long one"})
    sign_in(browser, password="another long one")
    assert is_in(browser)


def test_an_account_that_is_not_there_answers_alike(ada, browser):
    known, unknown = (
        re.sub(r'csrfmiddlewaretoken" value="\w+"', "", text_of(sign_in(make_browser(), email, "wrong")))
        for email in (EMAIL, "eve@example.com")
    )
    assert "not correct" in known
    assert known.replace(EMAIL, "eve@example.com") == unknown
    assert guess(browser, 5, "eve@example.com") == guess(browser, 5)


class Counting(hashers.MD5PasswordHasher):
    """Counts how often it had to work."""

    work: list[str] = []  # noqa: RUF012 - shared, and emptied by the test

    def encode(self, password, salt):
        self.work.append(password)
        return super().encode(password, salt)


@pytest.mark.parametrize("email", [EMAIL, "bob@example.com", "eve@example.com"], ids=["password", "none", "unknown"])
@override_settings(PASSWORD_HASHERS=[f"{__name__}.Counting"])
def test_a_failed_sign_in_costs_the_same_whoever_it_is(services, browser, email):
    make_account(services)
    make_account(services, "bob@example.com", password=None)
    Counting.work.clear()
    sign_in(browser, email, "wrong")
    assert len(Counting.work) == 1


def test_a_mailbox_is_not_flooded_with_links_and_the_first_one_works(ada, browser):
    answers = {browser.post("/forgot", {"email": EMAIL})["Location"] for _ in range(4)}
    assert (answers, len(mail.outbox)) == ({"/forgot/sent"}, 1)
    browser.get(link_in(0, "/reset/"), follow=True)
    assert User.objects.get().check_password(PASSWORD)
