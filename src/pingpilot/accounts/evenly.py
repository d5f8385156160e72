"""Answers that take the same time whether an account exists or not."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from pingpilot.config import world

_Rest = ParamSpec("_Rest")
_View = Callable[Concatenate[HttpRequest, _Rest], HttpResponseBase]


def evenly(
    view: _View[_Rest],
    monotonic: Callable[[], float] = world.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> _View[_Rest]:
    """Answer a form no sooner than ``ACCOUNT_EVEN_ANSWER`` after it was sent."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: _Rest.args, **kwargs: _Rest.kwargs) -> HttpResponseBase:
        began = monotonic()
        response = view(request, *args, **kwargs)
        least: timedelta = settings.ACCOUNT_EVEN_ANSWER
        if request.method == "POST":
            sleep(max(0.0, began + least.total_seconds() - monotonic()))
        return response

    return answer
