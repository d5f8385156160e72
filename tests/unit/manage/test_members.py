"""Members: their roles, and how they go."""

import pytest

from pingpilot.domain.errors import InvalidRequest, NotFound
from pingpilot.domain.role import GIVEN, Role
from pingpilot.manage import audit, invitations, members, users
from pingpilot.manage.audit import NOBODY, Actor
from pingpilot.store.models import Invitation, Membership
from tests.unit.manage.sample import PASSWORD, make_workspace


@pytest.fixture
def owner(workspace):
    return members.list_all(workspace)[0]


def joined(services, workspace, role=Role.MEMBER, email="grace@example.com"):
    return members.join(services, workspace, users.create(services, email, PASSWORD), role)


def latest(workspace):
    entry = audit.page(workspace).entries[0]
    return entry.action, entry.detail


def role_of(member):
    return Membership.objects.get(pk=member.pk).role


def test_members_are_listed_the_mightiest_first(services, workspace, owner):
    for role in (Role.VIEWER, Role.ADMIN, Role.MEMBER):
        joined(services, workspace, role, f"{role}@example.com")
    assert [one.role for one in members.list_all(workspace)] == list(Role)


def test_a_member_is_found_in_their_own_workspace_only(services, workspace):
    grace = joined(services, workspace)
    other = make_workspace(services, "bob@example.com")
    assert members.find(workspace, grace.pk) == members.find_by_address(workspace, " GRACE@example.com") == grace
    with pytest.raises(NotFound):
        members.find(other, grace.pk)
    with pytest.raises(NotFound):
        members.find_by_address(other, "grace@example.com")


@pytest.mark.parametrize("role", GIVEN)
def test_a_role_is_given_and_on_record(services, workspace, owner, role):
    grace = joined(services, workspace)
    members.give_role(services, grace, role, Actor(owner.user))
    assert role_of(grace) == role
    assert latest(workspace) == (
        "member.role_changed",
        {"email": "grace@example.com", "from": "member", "to": role.value},
    )


def test_nobody_is_made_an_owner_by_giving_a_role(services, workspace):
    grace = joined(services, workspace)
    with pytest.raises(InvalidRequest, match="admin, member, viewer"):
        members.give_role(services, grace, Role.OWNER, NOBODY)
    assert role_of(grace) == Role.MEMBER


@pytest.mark.parametrize("deed", [members.remove, members.leave])
def test_who_goes_is_gone_and_on_record(services, workspace, deed):
    grace = joined(services, workspace)
    deed(services, grace, NOBODY)
    assert not Membership.objects.filter(pk=grace.pk).exists()
    assert latest(workspace)[1] == {"email": "grace@example.com", "role": "member"}
    with pytest.raises(NotFound):
        deed(services, grace, NOBODY)


def test_the_owner_stays_whatever_is_tried(services, workspace, owner):
    for deed in (members.remove, members.leave):
        with pytest.raises(InvalidRequest, match="Transfer the workspace"):
            deed(services, owner, NOBODY)
    with pytest.raises(InvalidRequest, match="Transfer the workspace"):
        members.give_role(services, owner, Role.VIEWER, NOBODY)
    assert role_of(owner) == Role.OWNER


@pytest.mark.parametrize(
    "deed",
    [
        members.remove,
        members.leave,
        lambda services, member, actor: members.give_role(services, member, Role.MEMBER, actor),
    ],
    ids=["removed", "left", "demoted"],
)
def test_who_may_invite_no_more_takes_their_invitations_along(services, workspace, deed):
    """Somebody who is shown the door must not have left it ajar."""
    admin = joined(services, workspace, Role.ADMIN)
    invitations.invite(services, workspace, "grace.again@example.com", Role.ADMIN, Actor(admin.user))
    kept = invitations.invite(services, workspace, "linus@example.com", Role.MEMBER, NOBODY).invitation
    deed(services, admin, NOBODY)
    assert list(Invitation.objects.all()) == [kept]


def test_an_admin_who_stays_one_keeps_their_invitations(services, workspace):
    admin = joined(services, workspace, Role.ADMIN)
    invitations.invite(services, workspace, "linus@example.com", Role.MEMBER, Actor(admin.user))
    members.give_role(services, admin, Role.ADMIN, NOBODY)
    assert Invitation.objects.count() == 1


def test_a_transfer_changes_the_owner_and_leaves_exactly_one(services, workspace, owner):
    grace = joined(services, workspace, Role.VIEWER)
    members.transfer(services, workspace, grace, Actor(owner.user))
    assert (role_of(grace), role_of(owner)) == (Role.OWNER, Role.ADMIN)
    assert latest(workspace) == ("workspace.transferred", {"from": "ada@example.com", "to": "grace@example.com"})
    assert members.owned_by(owner.user) == []


def test_a_transfer_to_nobody_changes_nothing(services, workspace, owner):
    stranger = members.list_all(make_workspace(services, "bob@example.com"))[0]
    gone = joined(services, workspace)
    members.remove(services, gone, NOBODY)
    for heir in (owner, stranger, gone):
        with pytest.raises(NotFound):
            members.transfer(services, workspace, heir, NOBODY)
        assert role_of(owner) == Role.OWNER


def test_memberships_come_in_the_order_of_joining(services, workspace, clock):
    older = make_workspace(services, "bob@example.com")
    clock.advance(days=1)
    user = users.create(services, "grace@example.com", PASSWORD)
    members.join(services, workspace, user, Role.MEMBER)
    clock.advance(days=1)
    members.join(services, older, user, Role.VIEWER)
    assert [one.workspace for one in members.memberships_of(user)] == [workspace, older]
