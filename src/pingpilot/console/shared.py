"""Live parts drawn once for all who see the same in them, outside a request of anybody's."""

import re

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import resolve

from pingpilot.accounts.session_store import SessionStore
from pingpilot.accounts.watching import Pass, user_of
from pingpilot.console.live import ALIVE
from pingpilot.live.view import Drawn, View, message

_MARK = re.compile(r"[?&;]seen=(\w+)")
AGAIN = Drawn("again", message("again"), is_final=True)
"""The page has to ask by itself: what it would be told is more than a part."""


def draw(view: View, given: Pass) -> Drawn | None:
    """Draw a part for all who share the view, with the leave of one of them; None where that one may not see it.

    The tokens of its forms are nobody's: each page puts its own in their place.
    """
    user = user_of(given.session)
    if user is None:
        return None
    path, _, query = view.address.partition("?")
    request = _request(path, query, given.session)
    request.user = user
    try:
        found = resolve(path)
        answer: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
    except PermissionDenied:
        return None
    except Http404:
        return AGAIN
    return _drawn(answer)


def _request(path: str, query: str, session: str) -> HttpRequest:
    request = HttpRequest()
    request.method, request.path, request.path_info = "GET", path, path
    request.GET = QueryDict(query)
    request.META |= {"SERVER_NAME": "localhost", "SERVER_PORT": "0", "HTTP_HX_REQUEST": "true"}
    request.session = SessionStore(session)
    return request


def _drawn(answer: HttpResponseBase) -> Drawn:
    """Return what a page sent, as an event of the stream."""
    is_part = answer.status_code == 200 and not any(name.lower().startswith("hx-") for name in answer.headers)
    if not is_part or not isinstance(answer, HttpResponse):
        return AGAIN
    html = answer.content.decode()
    mark = _MARK.search(html)
    if mark is None or ALIVE not in html:  # it tells no mark once it does not ask any more
        return Drawn("final", message("part", html), is_final=True)
    return Drawn(mark[1], message("part", html))
