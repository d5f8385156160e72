"""Signing out of other browsers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from pingpilot.accounts import journal
from pingpilot.accounts.session_store import digest_of
from pingpilot.console.present import complain, say
from pingpilot.console.viewer import Person, for_users
from pingpilot.domain.errors import NotFound
from pingpilot.manage import sessions


@for_users
@require_POST
def end(request: HttpRequest, viewer: Person, number: int) -> HttpResponse:
    """Sign out of one browser."""
    try:
        sessions.end(viewer.user, number)
    except NotFound as error:
        complain(request, error.message)
    else:
        journal.note(request, viewer.user, "session_ended")
        say(request, "Signed out there.")
    return redirect("account-settings")


@for_users
@require_POST
def end_others(request: HttpRequest, viewer: Person) -> HttpResponse:
    """Sign out everywhere but here."""
    sessions.end_all(viewer.user, except_for=digest_of(request.session.session_key))
    journal.note(request, viewer.user, "sessions_ended")
    say(request, "Signed out everywhere else.")
    return redirect("account-settings")
