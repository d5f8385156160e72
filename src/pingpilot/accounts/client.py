"""Whose request it is, where a proxy stands in front: limits and records would be about the proxy otherwise."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from pingpilot.security.network import client_of

_Answer = Callable[[HttpRequest], HttpResponseBase]


def behind_proxies(get_response: _Answer) -> _Answer:
    """Return the middleware that puts the client's address where Django keeps it."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        peer, said = str(request.META.get("REMOTE_ADDR", "")), request.headers.get("X-Forwarded-For", "")
        if said:
            request.META["REMOTE_ADDR"] = client_of(peer, said.split(","), settings.TRUSTED_PROXIES)
        return get_response(request)

    return answer
