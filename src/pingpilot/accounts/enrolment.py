"""A new account, however its owner came."""

from allauth.core.exceptions import ImmediateHttpResponse
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect

from pingpilot.accounts.acting import actor_of
from pingpilot.domain.errors import AccountExists
from pingpilot.manage import users, workspaces
from pingpilot.manage.services import current
from pingpilot.observe import get_logger
from pingpilot.store.models import User

_log = get_logger(__name__)


def enrol(request: HttpRequest, user: User) -> User:
    """Save a new user, whose e-mail address and password are set, with a workspace and its key, or nothing at all.

    Answers with the sign-in page where another sign-up was quicker.
    """
    services = current()
    try:
        with transaction.atomic():
            users.enrol(services, user)
            workspace, _ = workspaces.create(services, user, actor=actor_of(request, user))
    except AccountExists as error:  # the form saw no such account
        raise ImmediateHttpResponse(redirect("account_login")) from error
    _log.info("account.created", user=user.pk, workspace=workspace.pk, is_operator=user.is_staff)
    return user
