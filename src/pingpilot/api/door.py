"""What holds for every answer of the API: one shape, no cache, the quota's headers."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from pingpilot.api.answers import refuse
from pingpilot.api.caller import Caller, quota_headers_of
from pingpilot.domain.errors import BadRequest, InternalError, MethodNotAllowed, NotFound

_PREFIX = "/api/"
_ELSEWHERE = {"/api/v1/events": ("POST",)}
"""What the raw doors take on paths that are also Django's."""
_Answer = Callable[[HttpRequest], HttpResponseBase]


def api_door(get_response: _Answer) -> _Answer:
    """Return the middleware; paths outside the API pass untouched."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not request.path.startswith(_PREFIX):
            return response
        if response.status_code >= 400 and not response.get("Content-Type", "").startswith("application/json"):
            response = _in_our_shape(request, response)
        caller = getattr(request, "auth", None)
        if isinstance(caller, Caller):
            for name, value in quota_headers_of(caller):
                response[name.decode()] = value.decode()
        response["Cache-Control"] = "no-store"
        return response

    return answer


def _in_our_shape(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    """Say in JSON what Django would have said in HTML: unknown path, wrong method, broken request."""
    if response.status_code == 405:
        allowed = sorted({*response.get("Allow", "").split(", "), *_ELSEWHERE.get(request.path, ())})
        shaped = refuse(MethodNotAllowed(f"This address takes {' and '.join(allowed)} only"))
        shaped["Allow"] = ", ".join(allowed)
        return shaped
    if response.status_code == 404:
        return refuse(NotFound("There is nothing at this address. The API is described at /docs/api"))
    return refuse(BadRequest() if response.status_code == 400 else InternalError())
