"""How often a signed-in user may ask for what costs us much."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.core.internal.ratelimit import consume, respond_429
from django.http import HttpRequest, HttpResponseBase

_Rest = ParamSpec("_Rest")
_View = Callable[Concatenate[HttpRequest, _Rest], HttpResponseBase]


def at_most(action: str) -> Callable[[_View[_Rest]], _View[_Rest]]:
    """Limit a page, also when it is only looked at, to the rate that the settings give the action."""

    def decorate(view: _View[_Rest]) -> _View[_Rest]:
        @wraps(view)
        def limited(request: HttpRequest, /, *args: _Rest.args, **kwargs: _Rest.kwargs) -> HttpResponseBase:
            is_known = request.user.is_authenticated
            if is_known and not consume(request, app="allauth.account", action=action, limit_get=True):
                return respond_429(request)
            return view(request, *args, **kwargs)

        return limited

    return decorate
