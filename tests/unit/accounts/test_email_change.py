"""Another e-mail address: asked for, confirmed by a link to it, told to both. Taking it back: test_email_undo."""

from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import RequestFactory, override_settings

from pingpilot.accounts.email_change import Change, confirm, mark_of
from pingpilot.accounts.settings import Choices, settings_for
from pingpilot.domain.errors import InvalidProof
from pingpilot.store.models import User
from tests.unit.accounts.people import EMAIL, is_in, is_verified, link_in, make_account, make_browser, sign_in, text_of

PAGE, NEW = "/dashboard/account-settings/email", "countess@example.com"


@pytest.fixture
def owner(ada, browser):
    sign_in(browser)
    return browser


def asked(owner, new=NEW):
    """Ask for the change, and return the link."""
    html = text_of(owner.post(PAGE, {"email": new}))
    assert "Check the new inbox" in html
    return link_in(-1, PAGE)


def test_the_address_changes_once_the_link_is_opened_and_confirmed(owner, ada):
    link = asked(owner, "Countess@Example.com")
    assert mail.outbox[-1].to == [NEW]
    assert "Use this address?" in text_of(owner.get(link))
    assert User.objects.get().email == EMAIL
    assert "Your e-mail address is now" in text_of(owner.post(link, follow=True))
    assert User.objects.get().email == NEW
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [(NEW, True, True)]


def test_both_addresses_hear_of_it_when_it_is_asked_for_and_when_it_is_done(owner):
    link = asked(owner)
    told, _ = mail.outbox
    assert (told.subject, told.to) == ("PingPilot: Another e-mail address was asked for", [EMAIL])
    assert NEW in told.body
    assert "https://pings.example/forgot" in told.body
    owner.post(link)
    told, confirmed = mail.outbox[2:]
    assert (told.subject, told.to) == ("PingPilot: Your e-mail address was changed", [EMAIL])
    assert NEW in told.body
    assert (confirmed.subject, confirmed.to) == ("PingPilot: This address opens your account now", [NEW])


def test_a_new_password_voids_the_link(owner, ada):
    link = asked(owner)
    ada.set_password("another long one")
    ada.save()
    assert "Nothing was changed" in text_of(owner.post(link))
    assert User.objects.get().email == EMAIL


def test_one_signs_in_with_the_new_address_only(owner):
    owner.post(asked(owner))
    old, new = make_browser("198.51.100.5"), make_browser("198.51.100.6")
    sign_in(old)
    sign_in(new, NEW)
    assert (is_in(old), is_in(new)) == (False, True)


def test_the_link_works_on_another_device_and_signs_nobody_in_there(owner):
    link, phone = asked(owner), make_browser("198.51.100.5")
    phone.post(link)
    assert User.objects.get().email == NEW
    assert not is_in(phone)


def test_the_link_holds_no_address(owner):
    link = asked(owner)
    assert "example" not in link
    assert "countess" not in mail.outbox[-1].body.partition(PAGE)[2]


def test_a_link_works_once_and_not_after_another_change(owner):
    first = asked(owner)
    owner.post(asked(owner, "third@example.com"))
    assert "Nothing was changed" in text_of(owner.post(first))
    assert User.objects.get().email == "third@example.com"


def test_a_link_is_over_after_a_day(owner, clock):
    link = asked(owner)
    clock.advance(hours=24, seconds=1)
    assert "Nothing was changed" in text_of(owner.post(link))
    assert User.objects.get().email == EMAIL


@pytest.mark.parametrize("link", [f"{PAGE}/unknown", f"{PAGE}/QUJD", f"{PAGE}/ä"])
def test_a_made_up_link_changes_nothing(owner, link):
    assert "Nothing was changed" in text_of(owner.post(link))


def test_an_address_with_an_account_looks_the_same_and_only_its_owner_hears_why(owner, services):
    make_account(services, NEW)
    html = text_of(owner.post(PAGE, {"email": NEW}))
    assert "Check the new inbox" in html
    assert (mail.outbox[-1].subject, mail.outbox[-1].to) == ("PingPilot: This address has an account already", [NEW])
    assert PAGE not in mail.outbox[-1].body


def test_an_address_that_was_taken_meanwhile_stays_taken(owner, services, ada):
    link = asked(owner)
    make_account(services, NEW)
    assert "Nothing was changed" in text_of(owner.post(link))
    ada.refresh_from_db()
    assert ada.email == EMAIL
    assert is_verified(EMAIL)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [(EMAIL, "your address already"), ("ADA@example.com", "your address already"), ("ada", "Enter a valid")],
)
def test_what_is_no_new_address_is_refused(owner, typed, sentence):
    answer = owner.post(PAGE, {"email": typed})
    assert (answer.status_code, sentence in text_of(answer)) == (422, True)
    assert not mail.outbox


def test_mailboxes_of_strangers_are_not_flooded(owner):
    for number in range(5):
        asked(owner, f"stranger{number}@example.com")
    assert "often in a short time" in text_of(owner.post(PAGE, {"email": NEW}))
    assert len([one for one in mail.outbox if one.to != [EMAIL]]) == 5


def test_without_mail_the_address_changes_at_once(owner, services):
    off = {**settings_for(Choices(has_smtp=False)), "PINGPILOT": replace(services, has_smtp=False)}
    with override_settings(**off):
        assert "is changed" in text_of(owner.post(PAGE, {"email": NEW}, follow=True))
        make_account(services, "bob@example.com")
        assert "exists already" in text_of(owner.post(PAGE, {"email": "bob@example.com"}))
    assert User.objects.filter(email=NEW).exists()
    assert not mail.outbox


def test_of_two_links_opened_at_the_same_moment_one_counts(services, ada):
    off = replace(services, has_smtp=False)
    request = RequestFactory().post(PAGE)
    first, second = (
        Change(ada.pk, EMAIL, new, services.now().timestamp(), mark_of(ada)) for new in (NEW, "third@example.com")
    )
    confirm(off, first, request)
    with pytest.raises(InvalidProof):
        confirm(off, second, request)
    assert User.objects.get().email == NEW
