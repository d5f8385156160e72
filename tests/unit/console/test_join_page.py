"""The link of an invitation: who it lets in, and into what."""

import re
from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client, override_settings

from pingpilot.domain.role import Role
from pingpilot.manage import invitations, members, users
from pingpilot.manage.audit import NOBODY, Actor
from pingpilot.store.models import Destination, Invitation, Membership, User
from tests.unit.console.shop import PASSWORD, Pipeline, make_services, make_user, text_of

GRACE = "grace@example.com"


@pytest.fixture(autouse=True)
def outbox():
    mail.outbox = []


@pytest.fixture(params=[{}, {"sign_up": "invite"}, {"sign_up": "closed"}], ids=lambda one: one.get("sign_up", "open"))
def policy(request, clock, services, ada):
    """Who may make an account."""
    with override_settings(PINGPILOT=make_services(clock, Pipeline(), allow_private=True, **request.param)):
        yield request.param.get("sign_up", "open")


@pytest.fixture
def invite_only(clock, services, ada):
    made = make_services(clock, Pipeline(), allow_private=True, sign_up="invite")
    with override_settings(PINGPILOT=made):
        yield made


def page_of(services, workspace, actor=NOBODY, email=GRACE):
    """Return the path of a new invitation's page."""
    return "/join/" + invitations.invite(services, workspace, email, Role.MEMBER, actor).link.rpartition("/")[2]


def sign_up(browser, email=GRACE, **more):
    return browser.post("/sign-up", {"email": email, "password1": PASSWORD, **more}, follow=True)


def roles_in(workspace):
    return {one.user.email: one.role for one in members.list_all(workspace)}


def test_the_page_says_who_invites_to_what(nobody, services, workspace, ada):
    html = text_of(nobody.get(page_of(services, workspace, Actor(ada))))
    assert "ada@example.com invites you as <strong>member</strong>" in html
    assert f"Join “{workspace.name}”" in html


def test_opening_the_link_alone_changes_nothing(services, workspace):
    page = page_of(services, workspace)
    browser = Client()
    browser.force_login(make_user(services, GRACE))
    for asked in (browser.get, browser.head):
        assert asked(page).status_code == 200
    assert roles_in(workspace) == {"ada@example.com": Role.OWNER}


def test_who_is_signed_in_joins_and_is_there(services, workspace):
    page = page_of(services, workspace)
    browser = Client()
    browser.force_login(make_user(services, GRACE))
    html = text_of(browser.post(page, follow=True))
    assert f"Welcome to “{workspace.name}”." in html
    assert f"Workspace: </span>{workspace.name}<" in html
    assert roles_in(workspace)[GRACE] == Role.MEMBER
    assert browser.post(page).status_code == 410


def test_a_member_is_told_so_and_the_link_is_not_used_up(client, services, workspace):
    page = page_of(services, workspace)
    assert "You are a member already" in text_of(client.get(page))
    client.post(page)
    assert Invitation.objects.exists()


@pytest.mark.parametrize("token", ["unknown", "x" * 43, "../../dashboard", "%00"])
def test_a_link_that_is_none_says_what_to_do(nobody, token):
    answer = nobody.get(f"/join/{token}")
    assert answer.status_code in (404, 410)
    assert "/dashboard" in text_of(answer)


def test_a_visitor_who_sends_the_form_is_only_asked_to_sign_in(nobody, services, workspace):
    html = text_of(nobody.post(page_of(services, workspace)))
    assert "Sign in" in html
    assert Invitation.objects.exists()


def test_the_page_looks_the_same_whether_the_address_has_an_account_or_not(services, workspace):
    make_user(services, GRACE)
    pages = [page_of(services, workspace, email=email) for email in (GRACE, "nobody@example.com")]
    told = [re.sub(r"/join/[\w-]+|%2Fjoin%2F[\w-]+", "", text_of(Client().get(page))) for page in pages]
    assert told[0] == told[1]


def test_signing_in_leads_back_to_the_invitation(nobody, services, workspace):
    make_user(services, GRACE)
    EmailAddress.objects.create(user=User.objects.get(email=GRACE), email=GRACE, verified=True, primary=True)
    page = page_of(services, workspace)
    link = re.search(r'href="/sign-in\?next=([^"]+)"', text_of(nobody.get(page)))
    assert link is not None
    typed = {"login": GRACE, "password": PASSWORD, "next": unquote(link[1])}
    html = text_of(nobody.post("/sign-in", typed, follow=True))
    assert f"Join “{workspace.name}”" in html
    assert "You are signed in as grace@example.com" in html


def test_an_invitation_lets_in_as_far_as_the_operator_allows(nobody, services, workspace, policy):
    page = page_of(services, workspace)
    assert ("Sign-up is closed" in text_of(nobody.get("/sign-up"))) == (policy != "open")
    offered = "Create an account" in text_of(nobody.get(page))
    sign_up(nobody)
    assert (offered, User.objects.filter(email=GRACE).exists()) == (
        (False, False) if policy == "closed" else (True, True)
    )


def test_who_got_the_link_by_mail_needs_no_second_mail(nobody, services, workspace, invite_only):
    page = page_of(invite_only, workspace)
    nobody.get(page)
    html = text_of(sign_up(nobody, next=page))
    assert f"Join “{workspace.name}”" in html
    assert mail.outbox == []
    nobody.post(page)
    assert roles_in(workspace)[GRACE] == Role.MEMBER
    own = members.owned_by(User.objects.get(email=GRACE))
    assert [one.workspace for one in Destination.objects.all()] == own  # the first channel, of their own workspace


def test_another_address_is_verified_as_ever_and_then_leads_back(nobody, services, workspace, invite_only):
    page = page_of(invite_only, workspace)
    nobody.get(page)
    assert "Verify your address" in text_of(sign_up(nobody, "other@example.com", next=page))
    assert not EmailAddress.objects.filter(verified=True).exists()
    assert roles_in(workspace) == {"ada@example.com": Role.OWNER}
    found = re.search(r"https://pings\.example(/verify-email/\S+)", str(mail.outbox[0].body))
    assert found is not None
    assert f"Join “{workspace.name}”" in text_of(nobody.post(found[1], follow=True))


def test_a_link_that_was_handed_over_proves_no_address(nobody, services, workspace, clock):
    """Whoever invites has seen it: they could make an account in somebody else's name."""
    by_hand = make_services(clock, Pipeline(), allow_private=True, has_smtp=False)
    page = page_of(by_hand, workspace)
    nobody.get(page)
    assert "Verify your address" in text_of(sign_up(nobody, next=page))
    assert not EmailAddress.objects.filter(email=GRACE, verified=True).exists()


def test_without_an_invitation_nobody_signs_up_where_only_the_invited_may(nobody, services, workspace, invite_only):
    page = page_of(invite_only, workspace)
    nobody.get(page)
    Invitation.objects.all().delete()
    assert "Sign-up is closed" in text_of(sign_up(nobody))
    assert not User.objects.filter(email=GRACE).exists()


def test_a_person_with_an_account_joins_where_sign_up_is_closed(services, workspace, policy):
    user = users.create(services, GRACE, PASSWORD)
    browser = Client()
    browser.force_login(user)
    browser.post(page_of(services, workspace))
    assert Membership.objects.get(user=user).workspace == workspace
