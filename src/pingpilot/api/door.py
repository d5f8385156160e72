"""What holds for every answer of the API: one shape, no cache, the quota's headers; and for programs gone astray."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from pingpilot.api.answers import refuse
from pingpilot.api.caller import Caller, quota_headers_of
from pingpilot.domain.errors import BadRequest, InternalError, MethodNotAllowed, NotFound

_PREFIX = "/api/"
_ELSEWHERE = {"/api/v1/events": ("POST",)}
"""What the raw doors take on paths that are also Django's."""
NOTHING = "There is nothing at this address. The API is described at /docs/api"
NO_DOOR = (
    "There is nothing at this address. A client of another service has to bring its API key, and what it may call is "
    "described at /docs/doors"
)
_Answer = Callable[[HttpRequest], HttpResponseBase]


def api_door(get_response: _Answer) -> _Answer:
    """Return the middleware; outside the API all passes untouched but a 404 for a program."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not request.path.startswith(_PREFIX):
            is_nowhere = response.status_code == 404 and request.resolver_match is None  # a page may have its own 404
            return refuse(NotFound(NO_DOOR)) if is_nowhere and _is_program(request) else response
        if response.status_code >= 400 and not response.get("Content-Type", "").startswith("application/json"):
            response = _in_our_shape(request, response)
        caller = getattr(request, "auth", None)
        if isinstance(caller, Caller):
            for name, value in quota_headers_of(caller):
                response[name.decode()] = value.decode()
        response["Cache-Control"] = "no-store"
        return response

    return answer


def _is_program(request: HttpRequest) -> bool:
    """Tell whether it is a service's client that went astray, which wants no page: it sends something, or a key."""
    if request.COOKIES or "text/html" in request.headers.get("Accept", ""):
        return False
    brings_key = any(name in request.headers for name in ("Authorization", "X-Gotify-Key"))
    return brings_key or request.method not in {"GET", "HEAD"}


def _in_our_shape(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    """Say in JSON what Django would have said in HTML: unknown path, wrong method, broken request."""
    if response.status_code == 405:
        allowed = sorted({*response.get("Allow", "").split(", "), *_ELSEWHERE.get(request.path, ())})
        shaped = refuse(MethodNotAllowed(f"This address takes {' and '.join(allowed)} only"))
        shaped["Allow"] = ", ".join(allowed)
        return shaped
    if response.status_code == 404:
        return refuse(NotFound(NOTHING))
    return refuse(BadRequest() if response.status_code == 400 else InternalError())
