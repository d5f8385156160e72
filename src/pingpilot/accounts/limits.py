"""How often one may ask for what costs us much."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.core.internal.ratelimit import consume, respond_429
from django.http import HttpRequest, HttpResponseBase

_Rest = ParamSpec("_Rest")
_View = Callable[Concatenate[HttpRequest, _Rest], HttpResponseBase]


def refusal_after_many(request: HttpRequest, action: str) -> HttpResponseBase | None:
    """Count something that went wrong; return the answer in place of the usual one where it was too often."""
    is_free = consume(request, app="allauth.account", action=action, limit_get=True)
    return None if is_free else respond_429(request)


def at_most(action: str, *, counts_strangers: bool = False) -> Callable[[_View[_Rest]], _View[_Rest]]:
    """Limit a page, also when it is only looked at, to the rate that the settings give the action.

    Of those who have not signed in only where ``counts_strangers``: the others are sent to sign in anyway.
    """

    def decorate(view: _View[_Rest]) -> _View[_Rest]:
        @wraps(view)
        def limited(request: HttpRequest, /, *args: _Rest.args, **kwargs: _Rest.kwargs) -> HttpResponseBase:
            is_counted = counts_strangers or request.user.is_authenticated
            if is_counted and not consume(request, app="allauth.account", action=action, limit_get=True):
                return respond_429(request)
            return view(request, *args, **kwargs)

        return limited

    return decorate
