"""`pingpilot accounts`: those who sign in, and a way back in for who has lost the second step."""

import click
from django.db import transaction

from pingpilot.accounts import second_factor
from pingpilot.cli.output import json_option, show, show_all
from pingpilot.cli.tables import TablesGroup
from pingpilot.domain.errors import NotFound
from pingpilot.manage import sessions, users
from pingpilot.manage.audit import NOBODY, record
from pingpilot.manage.services import current
from pingpilot.store.models import User


@click.group(cls=TablesGroup)
def accounts() -> None:
    """List accounts, and let people in again who have lost their second step."""


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
    user = users.find(email)
    if user is None:
        raise NotFound("There is no such account; `pingpilot accounts list` shows them")
    with transaction.atomic():
        removed, ended = second_factor.remove_all(user), sessions.end_all(user)
        record(current(), None, NOBODY, "second_factor.reset", user.pk)
    show({"userId": user.pk, "removed": removed, "sessionsEnded": ended}, as_json=as_json)
