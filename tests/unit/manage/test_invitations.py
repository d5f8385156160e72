"""Invitations to a workspace."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from pingpilot.domain.errors import InvalidProof, InvalidRequest, NotFound
from pingpilot.domain.role import Role
from pingpilot.manage import audit, invitations, members, users
from pingpilot.manage.audit import NOBODY, Actor
from pingpilot.manage.services import Services
from pingpilot.store.models import Invitation, Membership
from tests.unit.manage.sample import PASSWORD, make_workspace

GRACE = "grace@example.com"


@pytest.fixture
def ada(workspace):
    return workspace.members.get()


@pytest.fixture
def grace(services):
    return users.create(services, GRACE, PASSWORD)


def invited(services, workspace, email=GRACE, role=Role.MEMBER, actor=NOBODY):
    """Return an invitation, and what its link holds."""
    made = invitations.invite(services, workspace, email, role, actor)
    return made.invitation, made.link.rpartition("/")[2]


def actions(workspace):
    return [entry.action for entry in audit.page(workspace).entries]


def test_a_link_leads_in_once(services, workspace, ada, grace):
    invitation, token = invited(services, workspace, role=Role.ADMIN, actor=Actor(ada))
    assert invitations.look(services, token) == invitation
    member = invitations.accept(services, token, grace, Actor(grace))
    assert (member.workspace, member.user, member.role) == (workspace, grace, Role.ADMIN)
    assert actions(workspace)[:2] == ["invitation.accepted", "invitation.sent"]
    with pytest.raises(InvalidProof):
        invitations.look(services, token)
    with pytest.raises(InvalidProof):
        invitations.accept(services, token, users.create(services, "bob@example.com", PASSWORD), NOBODY)


def test_two_who_open_the_same_link_at_once_do_not_both_get_in(services, workspace, grace):
    _, token = invited(services, workspace)
    both = [grace, users.create(services, "mallory@example.com", PASSWORD)]
    start = Barrier(2)

    def enter(user):
        start.wait(10)
        try:
            invitations.accept(services, token, user, Actor(user))
        except InvalidProof:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(enter, both)) == [False, True]
    assert Membership.objects.filter(user__in=both).count() == 1


def test_the_link_is_nowhere_in_the_database(services, workspace):
    invitation, token = invited(services, workspace)
    assert bytes(Invitation.objects.get().digest) == hashlib.sha256(token.encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM store_invitation")
        assert token not in str(cursor.fetchall())
    assert token not in repr(audit.page(workspace).entries[0].detail)
    assert token not in repr(invitations.Invited(invitation, token))


def test_it_works_for_seven_days(services, workspace, grace, clock):
    _, token = invited(services, workspace)
    clock.advance(days=7, seconds=-1)
    invitations.look(services, token)
    clock.advance(seconds=1)
    with pytest.raises(InvalidProof, match="7 days"):
        invitations.accept(services, token, grace, Actor(grace))


def test_one_that_has_expired_is_listed_for_a_while_and_can_be_sent_again(services, workspace, clock):
    invitation, _ = invited(services, workspace)
    clock.advance(days=8)
    assert invitations.pending(workspace) == [invitation]
    token = invitations.resend(services, invitation, NOBODY).link.rpartition("/")[2]
    invitations.look(services, token)
    clock.advance(days=38)
    invited(services, workspace, "linus@example.com")
    assert [one.email for one in invitations.pending(workspace)] == ["linus@example.com"]


def test_sending_again_voids_the_link_before(services, workspace, clock):
    invitation, old = invited(services, workspace)
    clock.advance(minutes=1)
    new = invitations.resend(services, invitation, NOBODY).link.rpartition("/")[2]
    assert invitations.look(services, new).expires_at == clock.now + timedelta(days=7)
    with pytest.raises(InvalidProof):
        invitations.look(services, old)
    assert actions(workspace)[0] == "invitation.resent"


def test_inviting_an_address_again_changes_its_role_and_voids_the_link_before(services, workspace, clock):
    _, old = invited(services, workspace)
    clock.advance(minutes=1)
    renewed, new = invited(services, workspace, GRACE.upper(), Role.VIEWER)
    assert (Invitation.objects.count(), renewed.email, renewed.role) == (1, GRACE, Role.VIEWER)
    invitations.look(services, new)
    with pytest.raises(InvalidProof):
        invitations.look(services, old)


def test_one_that_was_withdrawn_leads_nowhere(services, workspace, grace):
    invitation, token = invited(services, workspace)
    invitations.withdraw(services, invitation, NOBODY)
    with pytest.raises(InvalidProof):
        invitations.accept(services, token, grace, Actor(grace))
    with pytest.raises(NotFound):
        invitations.withdraw(services, invitation, NOBODY)
    assert actions(workspace)[0] == "invitation.withdrawn"


def test_a_member_who_opens_a_link_neither_uses_it_up_nor_gets_another_role(services, workspace, ada):
    _, token = invited(services, workspace, role=Role.VIEWER)
    assert invitations.accept(services, token, ada, Actor(ada)).role == Role.OWNER
    invitations.look(services, token)


@pytest.mark.parametrize(
    ("email", "role", "field"),
    [("nonsense", Role.MEMBER, "email"), ("", Role.MEMBER, "email"), (GRACE, Role.OWNER, "role")],
)
def test_what_is_wrong_is_said_beside_its_field(services, workspace, email, role, field):
    with pytest.raises(InvalidRequest) as refused:
        invitations.invite(services, workspace, email, role, NOBODY)
    assert [issue.path for issue in refused.value.issues] == [(field,)]
    assert not Invitation.objects.exists()


def test_who_is_a_member_is_not_invited(services, workspace):
    with pytest.raises(InvalidRequest, match="member already"):
        invitations.invite(services, workspace, "Ada@Example.com", Role.VIEWER, NOBODY)


def test_whether_an_address_has_an_account_makes_no_difference(services, workspace, grace):
    known, _ = invited(services, workspace, GRACE)
    unknown, _ = invited(services, workspace, "nobody@example.com")
    told = ("role", "is_mailed", "created_at", "sent_at", "expires_at")
    assert [getattr(known, name) for name in told] == [getattr(unknown, name) for name in told]


def test_no_mailbox_is_filled(services, workspace, clock):
    invitation, _ = invited(services, workspace)
    for again in (
        lambda: invitations.resend(services, invitation, NOBODY),
        lambda: invitations.invite(services, workspace, GRACE, Role.VIEWER, NOBODY),
    ):
        with pytest.raises(InvalidRequest, match="a moment ago"):
            again()


def test_a_workspace_invites_fifty_a_day_even_if_it_withdraws_them(services, workspace, clock):
    for number in range(invitations.A_DAY_MAX):
        invitation, _ = invited(services, workspace, f"n{number}@example.com")
        invitations.withdraw(services, invitation, NOBODY)
    with pytest.raises(InvalidRequest, match="50 invitations"):
        invited(services, workspace, "one.more@example.com")
    invited(services, make_workspace(services, "bob@example.com"), "one.more@example.com")
    clock.advance(days=1)
    invited(services, workspace, "one.more@example.com")


def test_only_a_link_that_went_by_mail_proves_the_address(services, workspace):
    by_hand = Services(**{name: getattr(services, name) for name in services.__slots__} | {"has_smtp": False})
    assert invited(services, workspace)[0].is_mailed
    assert not invited(by_hand, workspace, "linus@example.com")[0].is_mailed


def test_another_workspace_has_no_such_invitation(services, workspace):
    invitation, _ = invited(services, workspace)
    other = make_workspace(services, "bob@example.com")
    with pytest.raises(NotFound):
        invitations.find(other, invitation.pk)
    with pytest.raises(NotFound):
        invitations.find_by_address(other, GRACE)
    assert invitations.find_by_address(workspace, " Grace@example.com") == invitation


def test_an_invitation_goes_with_the_account_that_sent_it(services, workspace):
    admin = users.create(services, "admin@example.com", PASSWORD)
    members.join(services, workspace, admin, Role.ADMIN)
    invited(services, workspace, actor=Actor(admin))
    admin.delete()
    assert not Invitation.objects.exists()
