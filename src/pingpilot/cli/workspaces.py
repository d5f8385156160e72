"""`pingpilot workspaces`: make and list the tenants, and the people in them."""

import sys

import click
from django.db import transaction

from pingpilot.accounts import invited
from pingpilot.accounts.verified import vouch_for
from pingpilot.cli.output import Row, json_option, show, show_all
from pingpilot.cli.tables import TablesGroup
from pingpilot.domain.errors import NotFound
from pingpilot.domain.quota import OverLimit
from pingpilot.domain.role import GIVEN, Role
from pingpilot.manage import invitations, members, payments, plans, users
from pingpilot.manage import workspaces as use_cases
from pingpilot.manage.audit import NOBODY
from pingpilot.manage.services import current
from pingpilot.store.models import Invitation, User, Workspace

workspace_option = click.option("--workspace", type=int, help="Its id; may be left out while there is only one.")


@click.group(cls=TablesGroup)
def workspaces() -> None:
    """Create and list workspaces, and manage their members."""


@workspaces.command()
@click.argument("email")
@click.option("--plan", help="Instead of the default plan.")
@click.option("--name", default="", help="What to call it.")
@click.option("--password-stdin", is_flag=True, help="Read the new account's password from standard input.")
@json_option
def create(email: str, plan: str | None, name: str, *, password_stdin: bool, as_json: bool) -> None:
    """Create a workspace for EMAIL, whose account is made, verified, if there is none.

    Without --password-stdin a new account has no password: its owner sets one with "Forgot your password?".
    """
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    services = current()
    with transaction.atomic():
        owner = users.find(email) if password is None else None
        owner = owner or _new_account(email, password)
        workspace, key = use_cases.create(services, owner, name, plan)
    show({"userId": owner.pk, "workspaceId": workspace.pk, "apiKey": key}, as_json=as_json)


@workspaces.command()
@click.argument("workspace_id", type=int)
@click.argument("plan", required=False)
@json_option
def plan(workspace_id: int, plan: str | None, *, as_json: bool) -> None:
    """Grant PLAN to the workspace WORKSPACE_ID, from the next event on; without PLAN, show which it is on.

    A bought plan that gives more stays until its subscription ends.
    """
    found = use_cases.find(workspace_id) if plan is None else plans.grant(current(), workspace_id, plan, NOBODY)
    standing = payments.standing(found)
    bought = standing.bought.plan or None if standing.bought else None
    granted = standing.granted_plan or found.plan
    show({"workspaceId": found.pk, "plan": found.plan, "granted": granted, "bought": bought}, as_json=as_json)


@workspaces.command("over-limit")
@click.argument("over_limit", metavar="reject|hold", type=click.Choice([one.value for one in OverLimit]))
@workspace_option
@json_option
def choose_over_limit(over_limit: str, workspace: int | None, *, as_json: bool) -> None:
    """Refuse events beyond the plan's number (reject), or store them and deliver them when the quota allows (hold)."""
    changed = use_cases.choose_over_limit(current(), chosen(workspace), OverLimit(over_limit), NOBODY)
    show({"workspaceId": changed.pk, "overLimit": changed.over_limit}, as_json=as_json)


@workspaces.command("list")
@json_option
def list_all(*, as_json: bool) -> None:
    """List all workspaces of this instance."""
    rows = Workspace.objects.filter(memberships__role=Role.OWNER).order_by("pk")
    columns = rows.values_list("pk", "name", "plan", "memberships__user__email", "created_at")
    names = ("workspaceId", "name", "plan", "owner", "createdAt")
    show_all([dict(zip(names, row, strict=True)) for row in columns], as_json=as_json)


@workspaces.command("members")
@workspace_option
@json_option
def list_members(workspace: int | None, *, as_json: bool) -> None:
    """List the members of a workspace."""
    rows = [
        {"email": one.user.email, "name": one.user.name, "role": one.role, "joinedAt": one.created_at}
        for one in members.list_all(chosen(workspace))
    ]
    show_all(rows, as_json=as_json)


@workspaces.command("invitations")
@workspace_option
@json_option
def list_invitations(workspace: int | None, *, as_json: bool) -> None:
    """List the invitations of a workspace that are open."""
    show_all([_invitation(one) for one in invitations.pending(chosen(workspace))], as_json=as_json)


@workspaces.command()
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in GIVEN]), default=Role.MEMBER.value)
@workspace_option
@json_option
def invite(email: str, role: str, workspace: int | None, *, as_json: bool) -> None:
    """Invite EMAIL to a workspace: by mail, or with a link to hand over where this instance sends no mail."""
    made = invitations.invite(current(), chosen(workspace), email, Role(role), NOBODY)
    link = None if invited.send(made) else made.link
    show({**_invitation(made.invitation), "isMailed": link is None, "link": link}, as_json=as_json)


@workspaces.command()
@click.argument("email")
@workspace_option
@json_option
def remove(email: str, workspace: int | None, *, as_json: bool) -> None:
    """Take the member with the address EMAIL out of a workspace, or withdraw their invitation."""
    services, found = current(), chosen(workspace)
    try:
        members.remove(services, members.find_by_address(found, email), NOBODY)
    except NotFound:
        invitations.withdraw(services, invitations.find_by_address(found, email), NOBODY)
    show({"workspaceId": found.pk, "removed": email}, as_json=as_json)


@workspaces.command()
@click.argument("email")
@workspace_option
@json_option
def transfer(email: str, workspace: int | None, *, as_json: bool) -> None:
    """Make the member with the address EMAIL the owner of a workspace; the owner becomes an admin."""
    found = chosen(workspace)
    members.transfer(current(), found, members.find_by_address(found, email), NOBODY)
    show({"workspaceId": found.pk, "owner": email}, as_json=as_json)


def chosen(workspace_id: int | None) -> Workspace:
    """Return the workspace that was named, or the only one there is; raise NotFound."""
    if workspace_id is not None:
        return use_cases.find(workspace_id)
    found = list(Workspace.objects.filter(deleted_at=None)[:2])
    if len(found) != 1:
        raise NotFound("Name a workspace with --workspace ID; `pingpilot workspaces list` shows them")
    return found[0]


def _invitation(invitation: Invitation) -> Row:
    return {"email": invitation.email, "role": invitation.role, "expiresAt": invitation.expires_at}


def _new_account(email: str, password: str | None) -> User:
    user = users.create(current(), email, password)
    vouch_for(user)
    return user
