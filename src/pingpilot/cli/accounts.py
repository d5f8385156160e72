"""`pingpilot accounts`: those who sign in, ways back in for who has lost theirs, and who operates this instance."""

import click
from django.db import transaction

from pingpilot.accounts import second_factor
from pingpilot.accounts.reset_link import reset_link
from pingpilot.cli.output import json_option, show, show_all
from pingpilot.cli.tables import TablesGroup
from pingpilot.domain.errors import NotFound
from pingpilot.manage import operations, sessions, users
from pingpilot.manage.audit import NOBODY, record
from pingpilot.manage.services import current
from pingpilot.store.models import User


@click.group(cls=TablesGroup)
def accounts() -> None:
    """List accounts, let people in again who cannot sign in any more, and say who operates this instance."""


@accounts.command("list")
@json_option
def list_all(*, as_json: bool) -> None:
    """List all accounts of this instance."""
    guarded = second_factor.guarded()
    rows = [
        {
            "userId": user.pk,
            "email": user.email,
            "isOperator": user.is_staff,
            "isActive": user.is_active,
            "hasSecondFactor": user.pk in guarded,
            "joinedAt": user.date_joined,
        }
        for user in User.objects.order_by("pk")
    ]
    show_all(rows, as_json=as_json)


@accounts.command("reset-second-factor")
@click.argument("email")
@json_option
def reset_second_factor(email: str, *, as_json: bool) -> None:
    """Remove the authenticator app, the passkeys and the recovery codes of EMAIL, and sign them out everywhere.

    For somebody who has lost them all, once you know that it is them who asks. The password stays.
    """
    user = _find(email)
    with transaction.atomic():
        removed, ended = second_factor.remove_all(user), sessions.end_all(user)
        record(current(), None, NOBODY, "user.second_factor_reset", user.pk)
    show({"userId": user.pk, "removed": removed, "sessionsEnded": ended}, as_json=as_json)


@accounts.command("reset-link")
@click.argument("email")
@json_option
def make_reset_link(email: str, *, as_json: bool) -> None:
    """Make a link by which EMAIL chooses a new password; it works once, for an hour.

    For where this instance sends no mail, or none arrives. Hand it over to nobody but its owner.
    """
    user, services = _find(email), current()
    record(services, None, NOBODY, "user.reset_link_made", user.pk)
    show({"userId": user.pk, "link": reset_link(services, user)}, as_json=as_json)


@accounts.command("grant-operator")
@click.argument("email")
@json_option
def grant_operator(email: str, *, as_json: bool) -> None:
    """Let EMAIL operate this instance, too: its workspaces, plans, accounts and channels."""
    user = operations.set_operator(current(), _find(email).pk, NOBODY, is_operator=True)
    show({"userId": user.pk, "isOperator": True}, as_json=as_json)


@accounts.command("withdraw-operator")
@click.argument("email")
@json_option
def withdraw_operator(email: str, *, as_json: bool) -> None:
    """Let EMAIL operate this instance no longer; the last operator stays."""
    user = operations.set_operator(current(), _find(email).pk, NOBODY, is_operator=False)
    show({"userId": user.pk, "isOperator": False}, as_json=as_json)


def _find(email: str) -> User:
    user = users.find(email)
    if user is None:
        raise NotFound("There is no such account; `pingpilot accounts list` shows them")
    return user
