"""Notes of a session when, from where and on what it was seen last, so that its user can tell it from a stranger's."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from pingpilot.accounts.acting import actor_of, user_in
from pingpilot.accounts.session_store import SessionStore, digest_of
from pingpilot.accounts.settings import SESSION_LASTS, SESSION_RENEWED_EVERY
from pingpilot.manage import services, sessions
from pingpilot.store.models import User

_Answer = Callable[[HttpRequest], HttpResponseBase]


def presence(get_response: _Answer) -> _Answer:
    """Return the middleware; it belongs inside those of sessions and of users."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        session, user = request.session, user_in(request)
        if isinstance(session, SessionStore) and session.session_key and user is not None:
            _note(request, session, user)
        return response

    return answer


def _note(request: HttpRequest, session: SessionStore, user: User) -> None:
    """Write at most once a minute; once a day the session, which is in use, is given its full time again."""
    made, now = services.current(), services.current().now()
    if session.seen_at is not None and now - session.seen_at < sessions.SEEN_EVERY:
        return
    sessions.see(made, digest_of(session.session_key), actor_of(request, user), request.headers.get("User-Agent", ""))
    if session.expires_at is not None and session.expires_at - now < SESSION_LASTS - SESSION_RENEWED_EVERY:
        session.modified = True
