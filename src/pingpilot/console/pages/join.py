"""What the link of an invitation opens: who invites to what, and the way in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from pingpilot.accounts import invited
from pingpilot.accounts.acting import actor_of, user_in
from pingpilot.accounts.adapter import AccountAdapter
from pingpilot.accounts.audience import for_everybody
from pingpilot.console.present import say
from pingpilot.console.whereabouts import SESSION_KEY
from pingpilot.console.words import ROLE_WORDS
from pingpilot.domain.errors import InvalidProof
from pingpilot.domain.role import Role
from pingpilot.manage import invitations, members, services
from pingpilot.store.models import Invitation, User


@for_everybody
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to join, and do it once; opening the link alone, as scanners do, changes nothing."""
    user = user_in(request)
    if user is not None:
        invited.forget(request)
    try:
        invitation = invitations.look(services.current(), token)
        if user is not None and request.method == "POST":
            return _enter(request, token, user)
    except InvalidProof as error:
        return _shown(request, {"refusal": error.message}, status=410)
    if user is None:
        invited.note(request, token)
    return _shown(request, _told(request, invitation, user))


def _enter(request: HttpRequest, token: str, user: User) -> HttpResponse:
    member = invitations.accept(services.current(), token, user, actor_of(request, user))
    request.session[SESSION_KEY] = member.workspace_id
    say(request, f"Welcome to “{member.workspace.name}”.")
    return redirect("dashboard")


def _told(request: HttpRequest, invitation: Invitation, user: User | None) -> dict[str, object]:
    mine = members.memberships_of(user) if user else []
    return {
        "invitation": invitation,
        "role": ROLE_WORDS[Role(invitation.role)],
        "user": user,
        "is_member": any(one.workspace_id == invitation.workspace_id for one in mine),
        "may_sign_up": AccountAdapter(request).is_open_for_signup(request),
    }


def _shown(request: HttpRequest, context: dict[str, object], status: int = 200) -> HttpResponse:
    response = render(request, "console/join.html", context, status=status)
    add_never_cache_headers(response)
    return response
