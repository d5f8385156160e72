"""What happens to accounts is on record, and its user sees it."""

import json

import pytest
from django.contrib.auth.signals import user_login_failed
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from pingpilot.manage import audit
from pingpilot.store.models import AuditEntry, User
from tests.unit.accounts.people import EMAIL, PASSWORD, make_account, make_browser, sign_in, text_of

SETTINGS = "/dashboard/account-settings"


def told(user):
    return [entry.action for entry in audit.page_of_user(user).entries]


def test_a_sign_in_is_noted_with_what_it_was_done_by(ada, browser):
    sign_in(browser)
    entry = AuditEntry.objects.get(action="user.signed_in")
    assert (entry.actor, entry.target, entry.network) == (ada, str(ada.pk), "203.0.113.0/24")
    assert "signed in with the password" in text_of(browser.get(f"{SETTINGS}/activity"))


def test_a_failure_is_noted_of_the_account_and_of_nobody(ada, browser):
    sign_in(browser, password="wrong")
    sign_in(browser, "eve@example.com", "wrong")
    rows = AuditEntry.objects.filter(action="user.sign_in_failed").order_by("pk")
    assert [(row.actor, row.target, row.detail) for row in rows] == [(None, str(ada.pk), {}), (None, "", {})]
    assert told(ada) == ["user.sign_in_failed"]


def test_a_failed_sign_in_writes_as_much_whoever_it_is(ada):
    """A write to the disk takes long enough to be measured from outside."""
    written = []
    for email in (EMAIL, "eve@example.com"):
        browser = make_browser()
        with CaptureQueriesContext(connection) as queries:
            sign_in(browser, email, "wrong")
        written.append([query["sql"].split("(")[0] for query in queries if not query["sql"].startswith("SELECT")])
    assert written[0] == written[1]
    assert written[0]


def test_strangers_do_not_fill_the_log(services):
    request = RequestFactory().post("/sign-in")
    for number in range(301):
        user_login_failed.send(__name__, credentials={"email": f"eve{number}@example.com"}, request=request)
    assert AuditEntry.objects.count() == 300


def test_what_guards_the_account_changes_on_record(ada, browser):
    sign_in(browser)
    fields = {"oldpassword": PASSWORD, "password1": "another long one", "password2": "another long one"}
    browser.post(f"{SETTINGS}/password", fields)
    browser.post(f"{SETTINGS}/email", {"email": "countess@example.com"})
    browser.post(f"{SETTINGS}/sessions/end-others")
    browser.get(f"{SETTINGS}/export")
    assert told(ada) == [
        "user.exported",
        "user.sessions_ended",
        "user.email_change_asked",
        "user.password_changed",
        "user.signed_in",
    ]


def test_a_deleted_account_leaves_its_number_alone(ada, services, browser):
    make_account(services, "bob@example.com")
    User.objects.filter(email="bob@example.com").update(is_staff=True)
    sign_in(browser)
    number = ada.pk
    browser.post(f"{SETTINGS}/delete", {"email": EMAIL})
    entry = AuditEntry.objects.get(action="user.deleted")
    assert (entry.actor, entry.target, entry.detail) == (None, str(number), {})


def test_one_sees_ones_own_alone(services, ada, browser):
    bob = make_account(services, "bob@example.com")
    sign_in(browser)
    other = make_browser("198.51.100.7")
    sign_in(other, "bob@example.com")
    assert told(bob) == ["user.signed_in"]
    for page in (SETTINGS, f"{SETTINGS}/activity"):
        html = text_of(other.get(page))
        assert "198.51.100.0/24" in html
        assert "203.0.113.0/24" not in html


@pytest.mark.parametrize("before", ["x", "1", "1-x", "9" * 40 + "-1"])
def test_a_page_that_is_none(ada, browser, before):
    sign_in(browser)
    assert browser.get(f"{SETTINGS}/activity?before={before}").status_code == 404


def test_a_call_of_the_api_is_known_by_its_key(services, ada, browser):
    sign_in(browser)
    page = json.loads(text_of(browser.post("/dashboard/api-key/copy", headers={"Accept": "application/json"})))
    body = json.dumps({"name": "app", "scopes": ["events:write"]})
    headers = {"Authorization": f"Bearer {page['key']}"}
    browser.post("/api/v1/keys", body, content_type="application/json", headers=headers)
    entry = AuditEntry.objects.get(action="key.created")
    assert entry.detail["by_key"] == page["key"][3:27]
    assert f"A call with key {page['key'][3:15]}" in text_of(browser.get("/dashboard/workspace/log"))
