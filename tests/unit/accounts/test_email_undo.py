"""Taking back another e-mail address: whoever has taken an account over loses it again."""

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail

from pingpilot.store.models import AuditEntry, Session, User
from tests.unit.accounts.people import EMAIL, is_in, is_verified, link_in, make_account, make_browser, sign_in, text_of

PAGE, UNDO, NEW = "/dashboard/account-settings/email", "/dashboard/account-settings/email-undo", "mallory@example.com"


@pytest.fixture
def thief(ada, browser):
    """The browser of somebody who knows the password."""
    sign_in(browser)
    return browser


@pytest.fixture
def owner():
    return make_browser("198.51.100.5")


def taken_over(thief, new=NEW):
    """Change the address, and return the link that the old one is sent."""
    thief.post(PAGE, {"email": new})
    thief.post(link_in(-1, PAGE))
    return link_in(-2, UNDO)


def new_password(browser):
    form = browser.get(link_in(-1, "/reset/"))["Location"]
    browser.post(form, {"password1": "another long one", "password2": "another long one"})


def test_the_account_is_its_owners_again_and_a_new_password_is_chosen(thief, owner):
    link = taken_over(thief)
    assert "Take the change back?" in text_of(owner.get(link))
    assert User.objects.get().email == NEW
    assert "yours again" in text_of(owner.post(link))
    assert (User.objects.get().email, is_verified(EMAIL), is_verified(NEW)) == (EMAIL, True, False)
    assert thief.get("/dashboard").status_code == 302
    assert not Session.objects.exclude(user=None).exists()
    new_password(owner)
    for browser, password, expected in ((thief, "correct horse battery", False), (owner, "another long one", True)):
        sign_in(browser, password=password)
        assert is_in(browser) is expected


def test_what_opens_the_account_since_goes_and_what_did_before_stays(thief, owner, ada, clock):
    before = Authenticator.objects.create(user=ada, type="webauthn", data={}, created_at=clock.now)
    Authenticator.objects.filter(pk=before.pk).update(created_at=clock.now)
    clock.advance(minutes=1)
    link = taken_over(thief)
    Authenticator.objects.create(user=ada, type="totp", data={})
    Authenticator.objects.filter(type="totp").update(created_at=clock.now)
    owner.post(link)
    assert list(Authenticator.objects.values_list("pk", flat=True)) == [before.pk]


def test_a_further_change_does_not_save_the_thief_nor_can_they_take_it_back(thief, owner):
    link = taken_over(thief)
    theirs = taken_over(thief, "mallory2@example.com")
    assert "yours again" in text_of(owner.post(link))
    for over in (theirs, link):
        assert "Nothing was changed" in text_of(thief.post(over))
    assert User.objects.get().email == EMAIL


def test_it_works_for_three_days(thief, owner, clock):
    link = taken_over(thief)
    clock.advance(days=3, seconds=1)
    assert "Nothing was changed" in text_of(owner.post(link))
    assert User.objects.get().email == NEW


def test_an_address_that_has_another_account_by_now_stays_there(thief, owner, services):
    link = taken_over(thief)
    make_account(services, EMAIL)
    assert "Nothing was changed" in text_of(owner.post(link))
    assert User.objects.filter(email=EMAIL).count() == 1


@pytest.mark.parametrize("token", ["unknown", "QUJD", "ä"])
def test_a_made_up_link_changes_nothing(ada, owner, token):
    assert "Nothing was changed" in text_of(owner.post(f"{UNDO}/{token}"))


def test_the_link_holds_no_address_and_it_is_on_record(thief, owner, ada):
    link = taken_over(thief)
    assert "example" not in link
    owner.post(link)
    entry = AuditEntry.objects.get(action="user.email_restored")
    assert (entry.target, entry.network) == (str(ada.pk), "198.51.100.0/24")
    assert mail.outbox[-1].to == [EMAIL]
